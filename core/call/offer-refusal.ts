import type { CodedError } from '../runtime/index.ts';
import type { HeaderLine } from '../sip/index.ts';

/** Incompatible media format, and miscellaneous (RFC 3261 20.43). */
const warnCodes: ReadonlyMap<string, number> = new Map([
  ['sdp.noCommonCodec', 305],
  ['sdp.srtp', 302],
  ['sdp.webRtc', 302],
  ['sdp.malformed', 399],
]);
const textChars = 200;

/**
 * Why an offer was refused, for the peer's people: a 488 "SHOULD include a Warning header field
 * value explaining why the offer was rejected" (RFC 3261 13.3.1.3). None for other faults.
 */
export function offerWarning({ code, detail, row }: CodedError): readonly HeaderLine[] {
  const warnCode = warnCodes.get(code);
  if (warnCode === undefined) return [];
  const text = (detail || row.sentence).replace(/[^ -~]+/g, '?').replace(/["\\]/g, '\\$&');
  return [['Warning', `${warnCode} callbus "${text.slice(0, textChars).replace(/\\$/, '')}"`]];
}
