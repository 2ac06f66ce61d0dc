/** Reads POSIX extended regular expressions (IEEE 1003.1, 9.4); `posix-expression.ts` runs them. */

export type CharacterTest = (code: number) => boolean;

export type Node =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'either'; readonly nodes: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly node: Node }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number };

/** RE_DUP_MAX. */
const maxCount = 255;
const maxDepth = 50;

/** Character classes of the C locale. */
const classes: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class is about them
  cntrl: /[\u0000-\u001f\u007f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Escapes that POSIX does not have and everybody writes. */
const escapes: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /[A-Za-z0-9_]/, s: /[ \t\n\v\f\r]/ };

const isOneOf =
  (pattern: RegExp): CharacterTest =>
  (code) =>
    pattern.test(String.fromCharCode(code));

/** @throws Error that says what is wrong, and where. */
export function parsePosix(expression: string): { readonly node: Node; readonly groups: number } {
  const reader = new Reader(expression);
  const node = reader.either(0);
  if (!reader.atEnd) reader.fail('this ) closes nothing');
  return { node, groups: reader.groups };
}

class Reader {
  readonly #text: string;
  #at = 0;
  groups = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  fail(what: string): never {
    throw new Error(`${JSON.stringify(this.#text)}, character ${this.#at + 1}: ${what}`);
  }

  either(depth: number): Node {
    if (depth > maxDepth) this.fail('too deeply nested');
    const nodes = [this.#sequence(depth)];
    while (this.#take('|')) nodes.push(this.#sequence(depth));
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : { kind: 'either', nodes };
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = [];
    while (!this.atEnd && this.#peek() !== '|' && this.#peek() !== ')') nodes.push(this.#repeated(this.#atom(depth)));
    return { kind: 'sequence', nodes };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (;;) {
      const bounds = this.#quantifier();
      if (bounds === null) return node;
      node = { kind: 'repeat', node, ...bounds };
    }
  }

  #quantifier(): { readonly min: number; readonly max: number } | null {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const interval = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (interval === null) return null;
    this.#at += interval[0].length;
    const min = Number(interval[1]);
    const upper = interval[3];
    const max = interval[2] === undefined ? min : upper === '' ? Number.POSITIVE_INFINITY : Number(upper);
    if (min > maxCount || (max > maxCount && max !== Number.POSITIVE_INFINITY) || max < min)
      this.fail(`counts go from 0 to ${maxCount}`);
    return { min, max };
  }

  #atom(depth: number): Node {
    const char = this.#next();
    switch (char) {
      case '(': {
        const index = ++this.groups;
        const node = this.either(depth + 1);
        if (!this.#take(')')) this.fail('a ) is missing');
        return { kind: 'group', index, node };
      }
      case '[':
        return { kind: 'character', test: this.#bracket() };
      case '.':
        return { kind: 'character', test: () => true };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'character', test: this.#escape() };
      case '*':
      case '+':
      case '?':
        this.#at--;
        return this.fail(`nothing to repeat before ${char}`);
      default:
        return literal(char);
    }
  }

  #escape(): CharacterTest {
    if (this.atEnd) this.fail('a \\ at the end');
    const char = this.#next();
    if (/[1-9]/.test(char)) this.fail('back-references are not supported');
    const known = escapes[char.toLowerCase()];
    if (known !== undefined) {
      const test = isOneOf(known);
      return char === char.toLowerCase() ? test : (code) => !test(code);
    }
    if (/[A-Za-z]/.test(char)) this.fail(`\\${char} means nothing in a POSIX expression`);
    return (code) => code === char.charCodeAt(0);
  }

  /** A bracket expression; inside it a backslash is an ordinary character. */
  #bracket(): CharacterTest {
    const negated = this.#take('^');
    const tests: CharacterTest[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.atEnd) this.fail('a ] is missing');
      tests.push(this.#bracketItem());
    }
    this.#at++;
    return (code) => tests.some((test) => test(code)) !== negated;
  }

  #bracketItem(): CharacterTest {
    const special = /^\[([:.=])(.+?)\1\]/.exec(this.#text.slice(this.#at, this.#at + 20));
    if (special !== null) {
      this.#at += special[0].length;
      const name = special[2] ?? '';
      if (special[1] === ':') return isOneOf(classes[name] ?? this.fail(`there is no class [:${name}:]`));
      if (name.length > 1) this.fail(`[${special[1]}${name}${special[1]}] is no single character`);
      return (code) => code === name.charCodeAt(0);
    }
    const from = this.#next().charCodeAt(0);
    if (this.#peek() !== '-' || (this.#text[this.#at + 1] ?? ']') === ']') return (code) => code === from;
    this.#at++;
    const to = this.#next().charCodeAt(0);
    if (to < from) this.fail('a range runs backwards');
    return (code) => code >= from && code <= to;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    return this.#text[this.#at++] ?? this.fail('the expression ends too early');
  }

  #take(char: string): boolean {
    if (this.#peek() !== char || this.atEnd) return false;
    this.#at++;
    return true;
  }
}

function literal(char: string): Node {
  const code = char.charCodeAt(0);
  return { kind: 'character', test: (each) => each === code };
}
