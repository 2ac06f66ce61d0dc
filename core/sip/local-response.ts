/** A response made by us for a request of ours: time-out, transport failure. It was never on a wire. */
import { reasonPhrase } from './reason-phrases.ts';
import type { SipResponse } from './types.ts';

/** A response of that status without headers and body. */
export function localResponse(status: number, reason: string = reasonPhrase(status)): SipResponse {
  return {
    kind: 'response',
    status,
    reason,
    body: new Uint8Array(0),
    header: () => null,
    headers: () => [],
    allHeaders: () => [],
  };
}
