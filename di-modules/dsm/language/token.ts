/** Words of a script (reference/dsm 1.2). */
import type { FaultList } from './fault-list.ts';
import type { CommentLine, Source } from './source.ts';

export interface Token {
  /** Without the quotation marks around it. */
  readonly text: string;
  readonly isQuoted: boolean;
  readonly offset: number;
  /** Behind its last character. */
  readonly end: number;
  /** Lines that were dropped before it, or in it. */
  readonly comments: readonly CommentLine[];
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
const single = new Set([';', '{', '}', '[', ']'].map((text) => text.charCodeAt(0)));
const doubleQuote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;
const open = 0x28;
const close = 0x29;

const isQuote = (code: number): boolean => code === doubleQuote || code === apostrophe;

/** Where the quotation that begins at `start` ends: at its closing mark, or -1. */
export function endOfQuote(text: string, start: number): number {
  const mark = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++)
    // Only the character directly before is looked at: `\\"` does not close either.
    if (text.charCodeAt(at) === mark && text.charCodeAt(at - 1) !== backslash) return at;
  return -1;
}

/** Where the parenthesis that opens at `start` closes, or -1. `onQuote` gets every quotation within. */
export function endOfParentheses(text: string, start: number, onQuote?: (from: number, to: number) => void): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === open) depth++;
    else if (code === close && --depth === 0) return at;
    else if (isQuote(code)) {
      const end = endOfQuote(text, at);
      onQuote?.(at, end === -1 ? text.length : end);
      if (end === -1) return -1;
      at = end;
    }
  }
  return -1;
}

export class Tokenizer {
  readonly #source: Source;
  readonly #faults: FaultList | null;
  #at = 0;
  #comment = 0;

  /** Without `faults` nothing is reported. */
  constructor(source: Source, faults: FaultList | null) {
    this.#source = source;
    this.#faults = faults;
  }

  next(): Token | null {
    const { text } = this.#source;
    for (;;) {
      while (this.#at < text.length && isBlank(text.charCodeAt(this.#at))) this.#at++;
      if (this.#at >= text.length) return null;
      const offset = this.#at;
      this.#at = single.has(text.charCodeAt(offset)) ? offset + 1 : this.#endOfWord(offset);
      const isQuoted = isQuote(text.charCodeAt(offset));
      const word = isQuoted ? text.slice(offset + 1, this.#at - 1) : text.slice(offset, this.#at);
      // `""` is skipped as if it were not there.
      if (word === '') continue;
      return { text: word, isQuoted, offset, end: this.#at, comments: this.#commentsUntil(offset, this.#at, word) };
    }
  }

  /** Lines behind the last token. */
  rest(): readonly CommentLine[] {
    return this.#source.comments.slice(this.#comment);
  }

  #endOfWord(offset: number): number {
    const { text } = this.#source;
    let at = offset;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (isBlank(code) || single.has(code)) return at;
      if (isQuote(code)) {
        const end = endOfQuote(text, at);
        if (end === -1) return this.#unclosed('unclosedQuote', at);
        at = end;
      } else if (code === open) {
        // What a script in another language holds is its own affair.
        const isCode = text.startsWith('py(', offset);
        const end = endOfParentheses(text, at, (from, to) => {
          if (!isCode) this.#checkQuote(from, to);
        });
        if (end === -1) return this.#unclosed('unclosedParenthesis', at);
        at = end;
      }
    }
    return at;
  }

  #unclosed(code: 'unclosedQuote' | 'unclosedParenthesis', offset: number): number {
    const { text } = this.#source;
    const what = code === 'unclosedQuote' ? `the quotation mark ${text[offset]}` : 'the parenthesis';
    this.#fault(code, offset, `${what} that opens here never closes`);
    return text.length;
  }

  #checkQuote(from: number, to: number): void {
    const { text } = this.#source;
    if (text.charCodeAt(from) === apostrophe && /[\p{L}\d]/u.test(text[from - 1] ?? ''))
      this.#fault('strayQuote', from, 'an apostrophe within a word opens a quotation', wordAround(text, from));
    else if (to < text.length && text.slice(from, to).includes('\n'))
      this.#fault('longQuote', from, 'a quotation runs over the end of the line');
  }

  #fault(
    code: 'unclosedQuote' | 'unclosedParenthesis' | 'strayQuote' | 'longQuote',
    offset: number,
    message: string,
    text?: string,
  ): void {
    const rest = this.#source.text.slice(offset, offset + 200);
    this.#faults?.add(code, { offset, position: this.#source.position(offset) }, message, text ?? rest);
  }

  #commentsUntil(offset: number, end: number, word: string): readonly CommentLine[] {
    const found: CommentLine[] = [];
    for (;;) {
      const comment: CommentLine | undefined = this.#source.comments[this.#comment];
      if (comment === undefined || comment.offset >= end) return found;
      this.#comment++;
      const isInside = comment.offset > offset;
      // An empty line within a token is part of it.
      if (isInside && comment.text === '') continue;
      if (isInside && comment.text.startsWith('#') && !word.startsWith('py('))
        this.#faults?.add(
          'commentInside',
          { offset: comment.offset, position: this.#source.position(comment.offset) },
          'a line within the parentheses is dropped',
          comment.text,
        );
      found.push(comment);
    }
  }
}

function wordAround(text: string, at: number): string {
  let from = at;
  while (from > 0 && !isBlank(text.charCodeAt(from - 1)) && text.charCodeAt(from - 1) !== open) from--;
  return text.slice(from, at + 40);
}
