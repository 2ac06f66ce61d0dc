/** Requests that are made of another one: ACK of a refusal, CANCEL. */
import type { ParsedResponse } from './message.ts';
import type { RequestParts } from './print.ts';
import type { HeaderLine } from './types.ts';

const sharedNames = new Set(['via', 'max-forwards', 'route', 'from', 'call-id']);

/**
 * The ACK of a 300–699 (17.1.1.3): "the values of the Call-ID, From, and Request-URI that are
 * equal to … the request passed to the transport"; the To of the response; "a single Via header
 * field … equal to the top Via"; "the Route header fields … MUST appear".
 */
export function ackOfRefusal(invite: RequestParts, response: ParsedResponse): RequestParts {
  return derived(invite, 'ACK', response.header('to') ?? '', []);
}

/**
 * The CANCEL of a request (9.1): "The Request-URI, Call-ID, To, the numeric part of CSeq, and From
 * header fields in the CANCEL request MUST be identical", the same single Via and Route.
 */
export function cancelOf(invite: RequestParts, headers: readonly HeaderLine[]): RequestParts {
  const to = invite.headers.find(([name]) => name === 'To')?.[1] ?? '';
  return derived(invite, 'CANCEL', to, headers);
}

function derived(invite: RequestParts, method: string, to: string, headers: readonly HeaderLine[]): RequestParts {
  const shared = invite.headers.filter(([name]) => sharedNames.has(name.toLowerCase()));
  const cseq = invite.headers.find(([name]) => name === 'CSeq')?.[1] ?? '';
  const number = cseq.split(' ')[0] ?? '';
  return {
    method,
    uri: invite.uri,
    headers: [...shared, ['To', to], ['CSeq', `${number} ${method}`], ...headers],
  };
}
