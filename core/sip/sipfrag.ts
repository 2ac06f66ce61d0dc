/** `message/sipfrag` (RFC 3420): how a referred request goes, told in NOTIFY (RFC 3515 2.4.5). */
import { mediaType } from './multipart.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { SipBody } from './types.ts';

export interface SipFragment {
  readonly status: number;
  readonly reason: string;
}

/** The Content-Type of fragments that we send; `version` as RFC 3515's examples have it. */
const SIPFRAG = 'message/sipfrag;version=2.0';

/** Only the start line is read, however long the rest. */
const LONGEST_LINE_BYTES = 512;

/** The status line that begins a fragment; null when it is of another type or begins with none. */
export function parseSipFragment(contentType: string | null, body: Uint8Array): SipFragment | null {
  if (contentType === null || mediaType(contentType) !== 'message/sipfrag') return null;
  const line = new TextDecoder().decode(body.subarray(0, LONGEST_LINE_BYTES)).split(/\r?\n/, 1)[0] ?? '';
  const match = /^SIP\/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t]+(.*))?$/i.exec(line.trim());
  return match === null ? null : { status: Number(match[1]), reason: (match[2] ?? '').trim() };
}

/** "The body of each NOTIFY MUST begin with a SIP Response Status-Line" (RFC 3515 2.4.5). */
export function sipFragment(status: number, reason: string = reasonPhrase(status)): SipBody {
  const line = `SIP/2.0 ${status} ${reason.replace(/[\0\r\n]+/g, ' ')}\r\n`;
  return { contentType: SIPFRAG, content: new TextEncoder().encode(line) };
}
