import { errorTable } from '../runtime/index.ts';
import type { HeaderLine } from '../sip/index.ts';
import type { EndCause } from './ends.ts';

const maxTextChars = 160;

/** `Reason: SIP;cause=408;text="…"` (RFC 3326): text of one line, escaped, cut to what a display holds. */
export function reasonHeader(status: number, text: string): HeaderLine {
  return ['Reason', `SIP;cause=${status};text=${quoted(text)}`];
}

/** Ends that say enough by themselves, or were the peer's or the application's wish: no Reason of ours. */
const plainEnds: ReadonlySet<string> = new Set([
  ...['call.hangup', 'call.rejected', 'call.transferred', 'call.otherLeg'],
  ...['call.bye', 'call.cancelled', 'call.refused'],
]);

const statuses: ReadonlyMap<string, number> = new Map([
  ['call.noAck', 408],
  ['call.noPrack', 504],
  ['call.noAnswer', 408],
  ['call.sessionExpired', 408],
  ['call.rtpTimeout', 408],
  ['call.remoteGone', 481],
  ['call.iceFailed', 480],
  ['call.dtlsFailed', 488],
  ['call.consentLost', 408],
]);

/** The SIP status that says what a `why` of that code means; null: none does. */
export function statusOfWhy(code: string): number | null {
  return statuses.get(code) ?? (isErrorCode(code) ? errorTable[code].sip : null);
}

/** Q.850 causes (RFC 3398 8.2.6.1); all others are 31, normal, unspecified. */
const q850Causes: ReadonlyMap<number, number> = new Map([
  [402, 21],
  [403, 21],
  [404, 1],
  [408, 102],
  [480, 20],
  [486, 17],
  [488, 88],
  [500, 41],
  [503, 42],
  [504, 102],
]);

/**
 * What the peer's device may show of an end of our own making: the sentence that `call.ended` has. BYE and CANCEL
 * carry it with a SIP cause. RFC 3326 2 has no Reason in a response; RFC 6432 allows one there, of Q.850.
 * `status`: what the end means, where its code does not say.
 */
export function ownReason(
  { why: [why], status: ended }: EndCause,
  form: 'request' | 'refusal',
  status: number | null = null,
): readonly HeaderLine[] {
  if (why === undefined || plainEnds.has(why.code)) return [];
  if (form === 'refusal')
    return [['Reason', `Q.850;cause=${q850Causes.get(ended) ?? 31};text=${quoted(why.sentence)}`]];
  return [reasonHeader(statusOfWhy(why.code) ?? status ?? ended, why.sentence)];
}

const isErrorCode = (code: string): code is keyof typeof errorTable => Object.hasOwn(errorTable, code);

/** A quoted string (RFC 3261 25.1): no line can be broken out of it. */
function quoted(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  const characters = Array.from(line);
  const cut = characters.length <= maxTextChars ? line : `${characters.slice(0, maxTextChars - 1).join('')}…`;
  return `"${cut.replace(/["\\]/g, '\\$&')}"`;
}
