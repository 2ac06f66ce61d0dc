/** What the end of one leg of a coupled call is for the other. */
import type { Why } from '../runtime/index.ts';
import type { HeaderLine } from '../sip/index.ts';
import type { CoupledLeg } from './coupling-leg.ts';
import { reasonHeader, statusOfWhy } from './coupling-reason.ts';
import type { EndCause } from './ends.ts';
import type { CallEnd } from './types.ts';

/** Reason headers for the other leg: those of the peer, else why the leg ended (RFC 3326). */
export function reasonsOf(leg: CoupledLeg, end: CallEnd): readonly HeaderLine[] {
  if (leg.reason.length > 0) return leg.reason;
  const [why] = end.why;
  if (why === undefined || why.code === 'call.bye' || why.code === 'call.cancelled') return [];
  return [reasonHeader(statusOfWhy(why.code) ?? (end.status >= 300 ? end.status : 200), why.sentence)];
}

/** The end of the one leg as the cause of the other's. */
export function otherLegEnded(leg: CoupledLeg, end: CallEnd, status: number): EndCause {
  const cause: Why = { code: 'call.otherLeg', sentence: 'The other leg of the call ended.', cause: leg.session.tag };
  return { status, reason: end.reason, endedBy: 'local', why: [cause, ...end.why] };
}
