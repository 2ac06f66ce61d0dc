/**
 * JSON text to DI values (di-interfaces 1.6, with the standard where SEMS departs from it). Almost
 * every request holds only strings and small integers: those go through `JSON.parse` after one cheap
 * scan. Numbers that JavaScript would blur (`2.0`, `1e3`, integers beyond 32 bits) and texts with a
 * fault go through the exact parser, which keeps Int, LongLong and Double apart and names the place.
 */
import type { DiValue } from '../../core/di/index.ts';
import { parseExactly, tooDeep } from './parse-exactly.ts';

const quote = 0x22;
const backslash = 0x5c;

/**
 * @throws CodedError `rpc.parse` naming the position, `rpc.tooLarge` when arrays and objects are
 * nested more than `maxDepth` deep.
 */
export function parseJson(text: string, maxDepth: number): DiValue {
  if (scan(text, maxDepth) === 'plain') {
    try {
      return JSON.parse(text);
    } catch {
      // The exact parser below finds the place.
    }
  }
  return parseExactly(text, maxDepth);
}

/**
 * `exact` when a number outside strings has a fraction, an exponent or ten digits and more. Nesting
 * is bounded here, before `JSON.parse` recurses.
 */
function scan(text: string, maxDepth: number): 'plain' | 'exact' {
  let depth = 0;
  let digits = 0;
  let kind: 'plain' | 'exact' = 'plain';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === 10) kind = 'exact';
      continue;
    }
    // `.`, `e`, `E` and the sign of zero after or before digits; `true` and `false` have no digit before the e.
    if (code === 0x2e || ((code === 0x65 || code === 0x45) && digits > 0)) kind = 'exact';
    digits = 0;
    if (code === quote) {
      at = endOfString(text, at + 1);
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) throw tooDeep(maxDepth);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return kind;
}

/** Index of the closing quote, or the text's length. */
function endOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    at += code === backslash ? 2 : 1;
  }
  return at;
}
