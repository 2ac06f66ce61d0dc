/**
 * Reading of message bytes where they lie. Every reader takes a range of `Codes`: one byte a
 * character, at the same positions as in the Latin-1 text that pieces are cut from. An element of a
 * byte array costs a third of `charCodeAt`. No reader visits a character more than twice.
 */

/** Character codes, those above 255 as 255: beyond ASCII all mean the same to this grammar. */
export type Codes = Uint8Array;

/** Buffers as those of messages are: one kind of array is read faster than two. */
const scratch = Buffer.alloc(4096);

/** The codes of a text that is no part of a message. Valid until the next call. */
export function codesOf(text: string): Codes {
  const { length } = text;
  const codes = length <= scratch.length ? scratch : Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    codes[at] = Math.min(code, 255);
  }
  return codes;
}

/** A table with 1 for each of these characters. */
export function flags(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 1 for the characters of a `token`. */
export const tokenFlags = flags(`${alphanumeric}-.!%*_+\`'~`);

/** Where the run of `table`'s characters that begins at `from` ends. */
export function runEnd(codes: Codes, from: number, to: number, table: Uint8Array): number {
  let at = from;
  while (at < to && table[codes[at] ?? 0] === 1) at++;
  return at;
}

/** Position of the first character at or after `from` that is no blank. */
export function afterBlanks(codes: Codes, from: number, to: number): number {
  let at = from;
  while (at < to && (codes[at] === 0x20 || codes[at] === 0x09)) at++;
  return at;
}

/** Position after the last character before `to` that is no blank; not before `from`. */
export function beforeBlanks(codes: Codes, from: number, to: number): number {
  let end = to;
  while (end > from && (codes[end - 1] === 0x20 || codes[end - 1] === 0x09)) end--;
  return end;
}

/** The first `code` at or after `from`, or `to`. */
export function codeAt(codes: Codes, code: number, from: number, to: number): number {
  let at = from;
  while (at < to && codes[at] !== code) at++;
  return at;
}

/** True when the range is `word`, which is lower-case letters, in any case. */
export function isWord(codes: Codes, from: number, to: number, word: string): boolean {
  if (to - from !== word.length) return false;
  for (let index = 0; index < word.length; index++) {
    if (((codes[from + index] ?? 0) | 0x20) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** Just after the quoted string that opens at `open`, or -1: a backslash takes the next character with it. */
export function afterQuoted(codes: Codes, open: number, to: number): number {
  for (let at = open + 1; at < to; at++) {
    if (codes[at] === 0x5c) at++;
    else if (codes[at] === 0x22) return at + 1;
  }
  return -1;
}

/** The comma that ends the value at `from`, or `to`: commas in quotes and angle brackets do not count. */
export function itemEnd(codes: Codes, from: number, to: number): number {
  let inAngles = false;
  for (let at = from; at < to; at++) {
    const code = codes[at] ?? 0;
    if (code > 0x3e) continue;
    if (code === 0x22 && !inAngles) {
      const end = afterQuoted(codes, at, to);
      if (end < 0) return to;
      at = end - 1;
    } else if (code === 0x3c) inAngles = true;
    else if (code === 0x3e) inAngles = false;
    else if (code === 0x2c && !inAngles) return at;
  }
  return to;
}

/** The values of a comma list as `read` reads each; null when one is malformed. */
export function itemsIn<T>(
  text: string,
  codes: Codes,
  from: number,
  to: number,
  read: (text: string, codes: Codes, from: number, to: number) => T | null,
): T[] | null {
  const items: T[] = [];
  for (let start = from; start <= to; ) {
    const end = itemEnd(codes, start, to);
    const item = read(text, codes, start, end);
    if (item === null) return null;
    items.push(item);
    start = end + 1;
  }
  return items;
}

/** As `parseDecimal` of a range. */
export function decimalIn(codes: Codes, from: number, to: number, max: number): number | null {
  if (from >= to || to - from > 20) return null;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (codes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value <= max ? value : null;
}
