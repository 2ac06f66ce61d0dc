/** What every request is checked for before anybody acts on it (RFC 3261 8.2.2, 16.3). */
import { splitHeaderList } from './grammar.ts';
import type { ParsedRequest } from './message.ts';
import type { HeaderLine } from './types.ts';

export interface RequestRefusal {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
}

/**
 * 483 and 420, null when there is nothing to say. An ACK passes always, as it is never answered.
 *
 * @param supported option tags that we understand, lower-case
 */
export function checkRequest(request: ParsedRequest, supported: readonly string[]): RequestRefusal | null {
  if (request.method === 'ACK') return null;
  // 16.3: a proxy may answer an OPTIONS with Max-Forwards 0 itself (11): we do, as SEMS does.
  if (request.maxForwards === 0 && request.method !== 'OPTIONS') {
    return { status: 483, reason: 'Too Many Hops', headers: [] };
  }
  // 8.2.2.3: "MUST NOT be used in a SIP CANCEL request, or in an ACK …; these header fields MUST
  // be ignored if they are present in these requests." Proxy-Require concerns proxies only, but a
  // back-to-back agent acts for one, and SEMS refuses it too (reference 2.5).
  if (request.method === 'CANCEL') return null;
  const { section } = request;
  if (section.lineOf('require') < 0 && section.lineOf('proxy-require') < 0) return null;
  const unknown = unknownTags(request, 'require', supported);
  const forProxies = unknownTags(request, 'proxy-require', supported);
  const refused = unknown.length > 0 ? unknown : forProxies;
  return refused.length === 0
    ? null
    : { status: 420, reason: 'Bad Extension', headers: [['Unsupported', refused.join(', ')]] };
}

/** Option tags of a header that are not in `supported`, as they were written. */
function unknownTags(request: ParsedRequest, name: string, supported: readonly string[]): string[] {
  return request
    .headers(name)
    .flatMap(splitHeaderList)
    .filter((tag) => tag !== '' && !supported.includes(tag.toLowerCase()));
}
