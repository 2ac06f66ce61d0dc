/** What a new INVITE may carry and expect (RFC 3261 8.2.3, 13.3.1): session descriptions. */
import { splitHeaderList } from './grammar.ts';
import type { ParsedRequest } from './message.ts';
import type { RequestRefusal } from './request-check.ts';

/** Types that an INVITE's body may have; multipart is looked into later. */
const bodyTypes = ['application/sdp', 'application/csta+xml'];
/** Entries of Accept that our SDP satisfies. */
const acceptable = ['application/sdp', 'application/*', '*/*'];

/** 415 and 406, or null. */
export function checkInviteBody(request: ParsedRequest): RequestRefusal | null {
  if (request.body.length > 0 && isRequired(request)) {
    const type = mediaType(request.header('content-type') ?? 'application/sdp');
    // 8.2.3: "the UAS MUST reject the request with a 415 … the response MUST contain an Accept header field".
    if (!bodyTypes.includes(type) && !type.startsWith('multipart/')) {
      return refusal(415, 'Unsupported Media Type', 'Accept', 'application/sdp');
    }
    const encoding = request.header('content-encoding')?.trim().toLowerCase();
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
      return refusal(415, 'Unsupported Media Type', 'Accept-Encoding', 'identity');
    }
  }
  const accept = request.headers('accept');
  if (accept.length === 0) return null;
  const types = accept.flatMap(splitHeaderList).map(mediaType);
  return types.some((type) => acceptable.includes(type))
    ? null
    : refusal(406, 'Not Acceptable', 'Accept', 'application/sdp');
}

function refusal(status: number, reason: string, name: string, value: string): RequestRefusal {
  return { status, reason, headers: [[name, value]] };
}

/** `application/sdp` of `application/SDP;charset=x`. */
function mediaType(value: string): string {
  if (value === 'application/sdp') return value;
  return (value.split(';')[0] ?? '').replace(/\s+/g, '').toLowerCase();
}

/** 20.11: `handling=optional` lets us ignore a body that we do not understand. */
function isRequired(request: ParsedRequest): boolean {
  const disposition = request.header('content-disposition');
  return disposition === null || !/;\s*handling\s*=\s*optional/i.test(disposition);
}
