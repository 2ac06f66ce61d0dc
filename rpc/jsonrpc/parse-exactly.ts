/** The exact JSON reader (RFC 8259): Int, LongLong and Double stay apart, and faults have a place. */
import { type DiValue, Double, setMember } from '../../core/di/index.ts';
import { CodedError } from '../../core/runtime/index.ts';

const escapes: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const literals: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?(?:[eE]([+-]?)\d+)?/y;
/** A bigint costs time that grows faster than its digits; nothing has use for more. */
const maxDigits = 400;

/** @throws CodedError `rpc.parse` or `rpc.tooLarge`. */
export function parseExactly(text: string, maxDepth: number): DiValue {
  return new Reader(text, maxDepth).document();
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): DiValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('the end of the text');
    return value;
  }

  #value(depth: number): DiValue {
    this.#space();
    const letter = this.#text[this.#at];
    if (letter === '{') return this.#object(depth + 1);
    if (letter === '[') return this.#array(depth + 1);
    if (letter === '"') return this.#string();
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): DiValue {
    this.#enter(depth);
    const members: Record<string, DiValue> = {};
    if (this.#takes('}')) return members;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#fault('a member name in quotes');
      const name = this.#string();
      if (!this.#takes(':')) throw this.#fault('a colon');
      // The last of equal names wins.
      setMember(members, name, this.#value(depth));
    } while (this.#takes(','));
    if (!this.#takes('}')) throw this.#fault('a comma or a closing brace');
    return members;
  }

  #array(depth: number): DiValue {
    this.#enter(depth);
    const items: DiValue[] = [];
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth));
    while (this.#takes(','));
    if (!this.#takes(']')) throw this.#fault('a comma or a closing bracket');
    return items;
  }

  #enter(depth: number): void {
    if (depth > this.#maxDepth) throw tooDeep(this.#maxDepth);
    this.#at++;
  }

  #string(): string {
    const parts: string[] = [];
    let from = ++this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) throw this.#fault('a closing quote');
      if (code === 0x22) break;
      // RFC 8259, 7: control characters MUST be escaped.
      if (code < 0x20) throw this.#fault('an escape instead of a control character');
      if (code === 0x5c) {
        parts.push(this.#text.slice(from, this.#at), this.#escape());
        from = this.#at;
      } else this.#at++;
    }
    parts.push(this.#text.slice(from, this.#at++));
    return parts.length === 1 ? (parts[0] ?? '') : parts.join('');
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fault('four hexadecimal digits after \\u');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes[letter];
    if (character === undefined) throw this.#fault('a known escape');
    this.#at += 2;
    return character;
  }

  /**
   * A fraction or a negative exponent makes a Double, as in SEMS; `1e3` is Int 1000; an integer
   * beyond 32 bits is a bigint.
   */
  #number(): number | bigint | Double {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) throw this.#fault('a value');
    const [literal, fraction, exponentSign] = match;
    const value = Number(literal);
    if (literal.length > maxDigits || !Number.isFinite(value)) throw this.#fault('a number of usable size');
    this.#at += literal.length;
    if (fraction !== undefined || exponentSign === '-') return Number.isInteger(value) ? new Double(value) : value;
    if (value >= -2147483648 && value <= 2147483647) return value === 0 ? 0 : value;
    return BigInt(exponentSign === undefined ? literal : value);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #takes(letter: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #fault(expected: string): CodedError {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    const found = this.#at >= this.#text.length ? 'the end' : JSON.stringify(this.#text.slice(this.#at, this.#at + 12));
    return new CodedError('rpc.parse', `line ${line}, column ${column}: expected ${expected}, found ${found}`);
  }
}

export function tooDeep(maxDepth: number): CodedError {
  return new CodedError('rpc.tooLarge', `nested more than ${maxDepth} deep (rpc.limits.depth)`);
}
