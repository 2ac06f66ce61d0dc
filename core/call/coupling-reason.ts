import type { HeaderLine } from '../sip/index.ts';

/** `Reason: SIP;cause=408;text="…"` (RFC 3326). */
export function reasonHeader(status: number, text: string): HeaderLine {
  const quoted = text.replace(/["\\]/g, (char) => `\\${char}`);
  return ['Reason', `SIP;cause=${status};text="${quoted}"`];
}
