import { compilePosix } from '../../core/index.ts';

const maxPatternLength = 1000;

/**
 * Compiles a POSIX basic regular expression (IEEE Std 1003.1, 9.3, with the GNU operators `\+ \? \|`),
 * which is then searched anywhere in a text. The engine is that of extended expressions: time is
 * bounded by pattern × text, so no pattern from outside can hold up the server.
 * @throws Error that says what is wrong, and where.
 */
export function compileBasicRegex(pattern: string): (text: string) => boolean {
  if (pattern.length > maxPatternLength) throw new Error(`longer than ${maxPatternLength} characters`);
  const expression = compilePosix(toExtended(pattern));
  return (text) => expression(text) !== null;
}

/**
 * The same expression in extended syntax: what is an operator with a backslash here is one without
 * there, and the other way round; `*` is an ordinary character at the start, `^` anywhere else, `$`
 * everywhere but at the end.
 */
export function toExtended(pattern: string): string {
  let extended = '';
  let atStart = true;
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const piece = pieceAt(rest, atStart);
    extended += piece.extended;
    at += piece.length;
    atStart = piece.opens ?? false;
  }
  return extended;
}

interface Piece {
  readonly extended: string;
  /** Characters of the basic expression that it stands for. */
  readonly length: number;
  /** What follows stands at a start. */
  readonly opens?: boolean;
}

function pieceAt(rest: string, atStart: boolean): Piece {
  const [char = '', next = ''] = rest;
  switch (char) {
    case '\\':
      if (next === '{' && !atStart && !/^\\\{\d{1,3}(,\d{0,3})?\\\}/.test(rest))
        throw new Error(`expected \\{n\\}, \\{n,\\} or \\{n,m\\}: ${rest.slice(0, 20)}`);
      return escapeAt(next, atStart);
    case '[': {
      const bracket = /^\[\^?\]?(\[([:.=]).+?\2\]|[^\]])*\]/.exec(rest)?.[0];
      return bracket === undefined ? { extended: '[', length: 1 } : { extended: bracket, length: bracket.length };
    }
    case '*':
      return { extended: atStart ? '\\*' : '*', length: 1 };
    case '^':
      return atStart ? { extended: '^', length: 1, opens: true } : { extended: '\\^', length: 1 };
    case '$':
      return { extended: /^\$(\\[)|]|$)/.test(rest) ? '$' : '\\$', length: 1 };
    case '.':
      return { extended: '.', length: 1 };
    default:
      return { extended: ordinary(char), length: 1 };
  }
}

function escapeAt(char: string, atStart: boolean): Piece {
  if (char === '(' || char === '|') return { extended: char, length: 2, opens: true };
  if (char === ')') return { extended: char, length: 2 };
  // At the start there is nothing to repeat: the character itself.
  if ('{}+?'.includes(char) && char !== '') return { extended: atStart ? `\\${char}` : char, length: 2 };
  if (char === '') throw new Error('a \\ at the end');
  return { extended: /[1-9]/.test(char) ? `\\${char}` : ordinary(char), length: 2 };
}

/** A character that means itself. */
const ordinary = (char: string): string => (/[\\.[\](){}*+?|^$]/.test(char) ? `\\${char}` : char);
