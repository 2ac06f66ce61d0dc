/** MESSAGE in and out (RFC 3428): short texts, in a call or without one. */
import { arg, type Bus, type CallContext, Int, opt, rowsFor, Text } from '../di/index.ts';
import { CodedError, type Disposable, formatEndpoint, Type } from '../runtime/index.ts';
import { parseNameAddress, type ServerRequest, type SipResponse } from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import type { Engine } from './engine.ts';
import { mayDial } from './may-dial.ts';

/** Longest text that is taken or sent, bytes. RFC 3428 8 keeps a MESSAGE outside a session below 1300. */
const MAX_TEXT_BYTES = 8192;
const ACCEPT = 'text/plain';

/** Answers a MESSAGE, and tells it on the bus; the status. `call`: the call that it came in, or null. */
export function takeMessage(engine: Engine, request: ServerRequest, call: LayeredCall | null): number {
  const { request: message, flow } = request;
  const respond = (status: number, headers: readonly (readonly [string, string])[] = []): number => {
    request.respond(status, undefined, { headers });
    return status;
  };
  const refuses = engine.parts.config.calls.messages === 'refuse';
  if (refuses && engine.messageTakers.size === 0) return respond(501);
  const contentType = message.header('Content-Type') ?? ACCEPT;
  const isTooLong = message.body.length > MAX_TEXT_BYTES;
  const text = isTooLong ? null : textOf(contentType, message.header('Content-Encoding'), message.body);
  const taken = text === null ? null : askTakers(engine, request, call, text);
  if (taken === null && refuses) return respond(501);
  if (isTooLong) return respond(413);
  if (text === null) return respond(415, [['Accept', ACCEPT]]);
  const status = respond(taken ?? 200);
  if (refuses || status >= 300) return status;
  engine.parts.bus.publish('message.received', {
    call: call?.tag ?? null,
    trace: call?.traceId ?? engine.newTrace(),
    from: message.header('From') ?? '',
    to: message.header('To') ?? '',
    ruri: message.uri,
    contentType,
    text,
    source: formatEndpoint(flow.remote),
  });
  return status;
}

/** The status of the first that takes it; null: nobody does. */
function askTakers(
  engine: Engine,
  { request, flow }: ServerRequest,
  call: LayeredCall | null,
  text: string,
): number | null {
  for (const taker of engine.messageTakers) {
    const status = taker({
      call,
      from: request.header('From') ?? '',
      to: request.header('To') ?? '',
      ruri: request.uri,
      text,
      source: flow.remote.address,
    });
    if (status !== null) return status;
  }
  return null;
}

/** Text types only, in UTF-8 or ASCII; null for all else. */
function textOf(contentType: string, encoding: string | null, body: Uint8Array): string | null {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  if (!/^\s*text\/[a-z0-9.+-]+\s*$/.test(type) || (encoding !== null && encoding.toLowerCase() !== 'identity'))
    return null;
  const charset = /charset\s*=\s*"?([a-z0-9_-]+)/.exec(parameters.join(';'))?.[1] ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'us-ascii') return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

interface MessageState {
  readonly engine: Engine;
}

const { fn, defineFunctions } = rowsFor<MessageState>();
const Outcome = Type.Object({ status: Int, reason: Text });
const control = 'message:control';

export const messageFunctions = defineFunctions({
  send: fn({
    summary: 'Sends a MESSAGE and waits for its answer.',
    params: [
      arg('to', Text, 'SIP URI; the dial rules apply.'),
      arg('from', Text, 'SIP URI or name-addr.'),
      arg('text', Text, 'At most 8192 bytes.'),
      opt('contentType', Text, 'A text type; default text/plain.'),
    ],
    result: Outcome,
    scope: control,
    examples: [
      {
        params: ['sip:alice@example.org', 'sip:callbus@example.org', 'The conference begins at ten.'],
        result: { status: 200, reason: 'OK' },
      },
    ],
    handler: ({ state, caller }, to, from, text, contentType = ACCEPT) =>
      send(state.engine, caller, { to, from, text, contentType }),
  }),
  send_in_call: fn({
    summary: 'Sends a MESSAGE to the peer of a call and waits for its answer.',
    params: [
      arg('call', Text, 'Call tag.'),
      arg('text', Text, 'At most 8192 bytes.'),
      opt('contentType', Text, 'Default text/plain.'),
    ],
    result: Outcome,
    scope: control,
    examples: [
      { params: ['6f0c2b3d4e5f60718293a4b5', 'The conference begins at ten.'], result: { status: 200, reason: 'OK' } },
    ],
    async handler({ state }, tag, text, contentType = ACCEPT) {
      const call = state.engine.find(tag);
      if (call === null) throw new CodedError('call.unknown', tag);
      const response = await call.session.request('MESSAGE', { body: bodyOf(text, contentType) });
      return outcome(response);
    },
  }),
});

export function registerMessages(engine: Engine): Disposable {
  const { bus }: { readonly bus: Bus } = engine.parts;
  return bus.register('message', messageFunctions, { engine });
}

async function send(
  engine: Engine,
  caller: CallContext['caller'],
  order: { readonly to: string; readonly from: string; readonly text: string; readonly contentType: string },
) {
  const { to, from, text, contentType } = order;
  const target = parseNameAddress(to)?.uriText;
  if (target === undefined) throw new CodedError('dial.failed', `to: ${to.slice(0, 200)} is no SIP address`);
  if (parseNameAddress(from) === null)
    throw new CodedError('dial.failed', `from: ${from.slice(0, 200)} is no SIP address`);
  const permit = mayDial(engine.dialRules, target);
  engine.accounts.check(`rpc:${caller.name}`);
  const { response } = await engine.parts.sip.request({
    method: 'MESSAGE',
    requestUri: target,
    from: asNameAddress(from),
    to: `<${target}>`,
    body: bodyOf(text, contentType),
    admitTarget: ({ address }) => permit.admits(address),
  });
  return outcome(response);
}

const asNameAddress = (text: string): string => (text.includes('<') ? text : `<${text}>`);

function bodyOf(text: string, contentType: string) {
  const content = new TextEncoder().encode(text);
  if (!/^text\/[a-z0-9.+-]+(;[ -~]*)?$/i.test(contentType))
    throw new CodedError('rpc.wrongType', `contentType: ${contentType.slice(0, 100)} is no text type`);
  if (content.length > MAX_TEXT_BYTES)
    throw new CodedError('rpc.wrongType', `text: ${content.length} bytes, at most ${MAX_TEXT_BYTES}`);
  return { contentType, content };
}

function outcome({ status, reason }: SipResponse) {
  return { status, reason };
}
