/** Starts a client transaction on the transport that the size of the request asks for (RFC 3261 18.1.1). */
import type { ClientOwner, ClientTransaction } from './client-transaction.ts';
import { type Channel, viaLine } from './flow.ts';
import type { RequestParts } from './print.ts';
import type { SipCore } from './sip-core.ts';
import { UDP_REQUEST_LIMIT_BYTES } from './stack-limits.ts';
import type { HeaderLine } from './types.ts';

export interface Sending {
  onStarted?(transaction: ClientTransaction): void;
  /** Asked right before the request leaves, which may be later than now. */
  isWanted?(): boolean;
}

/** Sends at once, or after a TCP connection stands when the request is too large for UDP. */
export function sendRequest(
  core: SipCore,
  request: RequestParts,
  branch: string,
  channel: Channel,
  owner: ClientOwner,
  { onStarted, isWanted }: Sending,
): void {
  if (channel.reliable || lengthOf(request) <= UDP_REQUEST_LIMIT_BYTES) {
    const transaction = core.transactions.request(request, branch, channel, owner);
    onStarted?.(transaction);
    return;
  }
  void core.transports.streamFor(channel).then((stream) => {
    const used = stream ?? channel;
    // "If this causes a change in the transport protocol from the one indicated in the top Via, the
    // value in the top Via MUST be changed."
    const [, ...headers] = request.headers;
    const changed: RequestParts = {
      ...request,
      headers: [['Via', viaLine(used, branch)], ...headers.map((line) => contactFor(core, line, channel, used))],
    };
    if (isWanted !== undefined && !isWanted()) return;
    const transaction = core.transactions.request(changed, branch, used, owner);
    onStarted?.(transaction);
  });
}

/** Our Contact, too, names the transport, so that large requests of the peer need no UDP; where we take connections. */
function contactFor(core: SipCore, line: HeaderLine, from: Channel, to: Channel): HeaderLine {
  if (to === from || line[0] !== 'Contact' || !core.transports.listeners.some(({ transport }) => transport === 'tcp'))
    return line;
  return ['Contact', line[1].replace(`${from.sentBy}>`, `${to.sentBy};transport=tcp>`)];
}

/** Bytes of a request, without printing it; text beyond ASCII counts as if it were ASCII. */
function lengthOf({ method, uri, headers, body }: RequestParts): number {
  let length = method.length + uri.length + 12 + 22;
  for (const [name, value] of headers) length += name.length + value.length + 4;
  return body == null ? length : length + body.content.length + body.contentType.length + 16;
}
