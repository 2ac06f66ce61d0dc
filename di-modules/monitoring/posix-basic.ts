/**
 * POSIX basic regular expressions (IEEE Std 1003.1, chapter 9.3) with the GNU operators `\+ \? \|`,
 * searched anywhere in a text. Parsed here; matched by `regex-machine.ts` in time proportional to
 * text × pattern, so that no pattern from outside can hold up the server. Back-references, which
 * need backtracking, are refused.
 */
import { type CharacterTest, type Fragment, Program, type Regex } from './regex-machine.ts';

const maxPatternLength = 1000;
/** RE_DUP_MAX of POSIX. */
const maxRepeat = 255;

const classes: Readonly<Record<string, CharacterTest>> = {
  alpha: (c) => /\p{L}/u.test(c),
  digit: (c) => c >= '0' && c <= '9',
  alnum: (c) => /[\p{L}0-9]/u.test(c),
  upper: (c) => /\p{Lu}/u.test(c),
  lower: (c) => /\p{Ll}/u.test(c),
  space: (c) => /\s/.test(c),
  blank: (c) => c === ' ' || c === '\t',
  punct: (c) => /[!-/:-@[-`{-~]/.test(c),
  print: (c) => c >= ' ' && c !== '\x7f',
  graph: (c) => c > ' ' && c !== '\x7f',
  cntrl: (c) => c < ' ' || c === '\x7f',
  xdigit: (c) => /[0-9A-Fa-f]/.test(c),
};

/** Compiles a pattern. @throws Error saying what is wrong and at which character. */
export function compileBasicRegex(pattern: string): Regex {
  if (pattern.length > maxPatternLength) throw new Error(`longer than ${maxPatternLength} characters`);
  return new BasicParser(pattern).parse();
}

class BasicParser {
  readonly #text: string;
  readonly #program = new Program();
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Regex {
    const whole = this.#alternatives();
    if (this.#at < this.#text.length) this.#fail('\\) without \\(');
    return this.#program.finish(whole);
  }

  #alternatives(): Fragment {
    let result = this.#sequence();
    while (this.#take('\\|')) result = this.#program.either(result, this.#sequence());
    return result;
  }

  #sequence(): Fragment {
    let result = this.#program.empty();
    let first = true;
    while (this.#at < this.#text.length && !this.#looksAt('\\|') && !this.#looksAt('\\)')) {
      if (first && this.#take('^')) {
        result = this.#program.chain(result, this.#program.begin());
        continue; // a `*` after it is still an ordinary character
      }
      const atom = this.#atom(first);
      result = this.#program.chain(result, this.#repeated(atom));
      first = false;
    }
    if (this.#looksAt('\\)') && this.#depth === 0) this.#fail('\\) without \\(');
    return result;
  }

  #atom(first: boolean): Fragment {
    const start = this.#at;
    const c = this.#next();
    if (c === '.') return this.#program.character(() => true);
    if (c === '[') return this.#program.character(this.#bracket());
    if (c === '$' && this.#isAtEnd()) return this.#program.end();
    if (c === '*' && !first) this.#fail('* after nothing');
    if (c !== '\\') return this.#program.character((other) => other === c);
    if (this.#at >= this.#text.length) this.#fail('\\ at the end');
    const escaped = this.#next();
    if (escaped === '(') return this.#group(start);
    if (escaped === '{' && !first) this.#fail('\\{ after nothing');
    if (/[1-9]/.test(escaped)) this.#fail('a back-reference, which is not supported');
    return this.#program.character((other) => other === escaped);
  }

  #group(start: number): Fragment {
    if (++this.#depth > 50) this.#fail('nested too deeply');
    const inner = this.#alternatives();
    if (!this.#take('\\)')) this.#fail(`\\( of character ${start + 1} is not closed`);
    this.#depth--;
    return inner;
  }

  #repeated(atom: Fragment): Fragment {
    for (;;) {
      if (this.#take('*')) atom = this.#program.repeat(atom, 0, null);
      else if (this.#take('\\+')) atom = this.#program.repeat(atom, 1, null);
      else if (this.#take('\\?')) atom = this.#program.repeat(atom, 0, 1);
      else if (this.#take('\\{')) atom = this.#interval(atom);
      else return atom;
    }
  }

  #interval(atom: Fragment): Fragment {
    const match = /^(\d{1,3})(,(\d{0,3}))?\\\}/.exec(this.#text.slice(this.#at));
    if (match === null) return this.#fail('expected \\{n\\}, \\{n,\\} or \\{n,m\\}');
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? null : Number(match[3]);
    if (min > maxRepeat || (max !== null && (max > maxRepeat || max < min))) this.#fail('the interval is not valid');
    return this.#program.repeat(atom, min, max);
  }

  /** After `[`: a set of characters, ranges and classes. A backslash is an ordinary character in it. */
  #bracket(): CharacterTest {
    const negated = this.#take('^');
    const tests: CharacterTest[] = [];
    for (let first = true; first || !this.#looksAt(']'); first = false) {
      if (this.#at >= this.#text.length) this.#fail('[ is not closed');
      tests.push(this.#bracketItem());
    }
    this.#at++;
    return (c) => tests.some((test) => test(c)) !== negated;
  }

  #bracketItem(): CharacterTest {
    const named = /^\[:([a-z]+):\]/.exec(this.#text.slice(this.#at));
    if (named !== null) {
      const test = classes[named[1] ?? ''];
      if (test === undefined) return this.#fail(`no class ${named[0]}`);
      this.#at += named[0].length;
      return test;
    }
    const from = this.#next();
    if (!this.#looksAt('-') || this.#text[this.#at + 1] === ']' || this.#at + 1 >= this.#text.length)
      return (c) => c === from;
    this.#at++;
    const to = this.#next();
    if (to < from) this.#fail(`the range ${from}-${to} is reversed`);
    return (c) => c >= from && c <= to;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length || this.#looksAt('\\)') || this.#looksAt('\\|');
  }

  #looksAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#looksAt(text)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    return this.#text[this.#at++] ?? '';
  }

  #fail(what: string): never {
    throw new Error(`at character ${this.#at}: ${what}`);
  }
}
