/** Key presses in INFO bodies (reference/applications 3.2, 4.6). */

const keyOfEvent = '0123456789*#ABCD';
const defaultDurationMs = 250;
const maxDurationMs = 1000;

export interface KeyPress {
  readonly key: string;
  readonly durationMs: number;
}

/** Media types of INFO that carry a key; also the `Accept` of a 415. */
export const keyTypes = ['application/dtmf-relay', 'application/dtmf'] as const;

/** The press that an INFO of `contentType` tells; null when it tells none. */
export function parseKeyInfo(contentType: string, body: Uint8Array): KeyPress | null {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  const text = new TextDecoder().decode(body.subarray(0, 1000));
  if (type === 'application/dtmf-relay') return parseRelay(text);
  if (type === 'application/dtmf') return press(text.trim(), null);
  return null;
}

/** `Signal=5` and `Duration=160` lines. */
function parseRelay(text: string): KeyPress | null {
  let signal: string | null = null;
  let duration: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\s*(signal|duration)\s*=\s*(.*?)\s*$/i.exec(line);
    if (match === null) continue;
    if (match[1]?.toLowerCase() === 'signal') signal ??= match[2] ?? '';
    else duration ??= match[2] ?? '';
  }
  return signal === null ? null : press(signal, duration);
}

function press(signal: string, duration: string | null): KeyPress | null {
  const key = parseKey(signal);
  if (key === null) return null;
  const given = duration !== null && /^[0-9]{1,9}$/.test(duration) ? Number(duration) : defaultDurationMs;
  return { key, durationMs: Math.min(given, maxDurationMs) };
}

/** `0`–`9`, `*`, `#`, `A`–`D` in either case, or an event number 10–15 of RFC 4733. */
function parseKey(signal: string): string | null {
  if (/^[0-9*#A-D]$/i.test(signal)) return signal.toUpperCase();
  return /^1[0-5]$/.test(signal) ? (keyOfEvent[Number(signal)] ?? null) : null;
}
