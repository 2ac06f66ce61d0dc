import type { SipRequest } from '../sip/index.ts';

/** Longer than a day is as good as never; 0 is what careless phones send. */
const longestExpirySeconds = 86_400;

/** How long an INVITE may wait for its answer by its Expires (RFC 3261 13.3.1), in ms; null: as long as it likes. */
export function expiryOf(invite: SipRequest): number | null {
  const value = invite.header('Expires');
  if (value === null) return null;
  const seconds = Number(/^\s*([0-9]{1,10})\s*$/.exec(value)?.[1] ?? 0);
  return seconds > 0 && seconds <= longestExpirySeconds ? seconds * 1000 : null;
}
