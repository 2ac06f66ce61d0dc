/** Writes DER (X.690), as much of it as a certificate needs. */

/** One value: tag, length, content. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Uint8Array.of(tag, ...lengthBytes(length)), ...contents]);
}

export const derSequence = (...contents: readonly Uint8Array[]): Uint8Array => der(0x30, ...contents);
export const derSet = (...contents: readonly Uint8Array[]): Uint8Array => der(0x31, ...contents);
export const derOctets = (content: Uint8Array): Uint8Array => der(0x04, content);
export const derUtf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text));
export const derTrue: Uint8Array = der(0x01, Uint8Array.of(0xff));

/** A bit string of whole bytes, or with `unused` bits at its end. */
export const derBits = (content: Uint8Array, unused = 0): Uint8Array => der(0x03, Uint8Array.of(unused), content);

/** A number that is not negative, given by its bytes. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const shortest = bytes.subarray(first);
  return (shortest[0] ?? 0) >= 0x80 ? der(0x02, Uint8Array.of(0), shortest) : der(0x02, shortest);
}

/** An object identifier from its dotted form. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** "CAs … MUST always encode certificate validity dates through the year 2049 as UTCTime" (RFC 5280 4.1.2.5). */
export function derTime(unixMs: number): Uint8Array {
  const [date = '', time = ''] = new Date(unixMs).toISOString().split('T');
  const digits = `${date.replaceAll('-', '')}${time.slice(0, 8).replaceAll(':', '')}Z`;
  return Number(date.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}
