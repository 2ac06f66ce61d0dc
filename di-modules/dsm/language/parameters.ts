/** From the text in parentheses to parameters (reference/dsm 1.5, 1.6). */
import type { DsmParameterForm } from '../../../core/index.ts';

export interface Parameters {
  readonly first: string;
  readonly second: string;
  /** `separator`: a needed `,` or `=` is missing, both are `''` · `empty`: one of two needed parts is. */
  readonly problem: 'separator' | 'empty' | null;
}

/** `name(text)`: the text runs up to the last `)`, what follows it is dropped; without `)` to the end. */
export function splitCall(word: string): { readonly name: string; readonly text: string } {
  const start = word.indexOf('(');
  if (start === -1) return { name: word, text: '' };
  const end = word.lastIndexOf(')');
  return { name: word.slice(0, start), text: word.slice(start + 1, end > start ? end : word.length) };
}

const separators: { readonly [form: string]: string } = { '2P,': ',', '2P,?': ',', '2P=': '=' };

export function splitParameters(form: DsmParameterForm, text: string): Parameters {
  if (form === 'none') return { first: '', second: '', problem: null };
  if (form === 'raw') return { first: text, second: '', problem: null };
  if (form === '1P') return { first: unquotedWhole(text), second: '', problem: null };
  const at = separatorOf(text, separators[form] ?? ',');
  if (at === -1) {
    if (form === '2P,?') return { first: unquoted(text), second: '', problem: null };
    // [K] Logged at load, both are empty when it runs.
    return { first: '', second: '', problem: 'separator' };
  }
  const first = unquoted(text.slice(0, at));
  const second = unquoted(text.slice(at + 1));
  return { first, second, problem: form !== '2P,?' && (first === '' || second === '') ? 'empty' : null };
}

/** The first separator outside of quotations; here a backslash does not protect a mark. */
function separatorOf(text: string, separator: string): number {
  let mark = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (mark !== '') {
      if (character === mark) mark = '';
    } else if (character === separator) return at;
    else if (character === '"' || character === "'") mark = character;
  }
  return -1;
}

const blanks = (code: number): boolean => code === 0x20 || code === 0x09;

/** Without spaces and tabs at both ends; line ends stay. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && blanks(text.charCodeAt(from))) from++;
  while (to > from && blanks(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** The one parameter of `1P`: all marks at both ends go, nothing is unescaped. */
function unquotedWhole(text: string): string {
  const bare = trimmed(text);
  const mark = bare[0];
  if (mark !== '"' && mark !== "'") return bare;
  let from = 0;
  let to = bare.length;
  while (from < to && bare[from] === mark) from++;
  while (to > from && bare[to - 1] === mark) to--;
  return bare.slice(from, to);
}

/**
 * A part of two. `\"` becomes `"`, also at the end: SEMS strips the marks first and leaves a lone backslash
 * (reference/dsm 1.6, free to do better).
 */
function unquoted(text: string): string {
  const bare = trimmed(text);
  const mark = bare[0];
  if (mark !== '"' && mark !== "'") return bare;
  let from = 0;
  let to = bare.length;
  while (from < to && bare[from] === mark) from++;
  while (to > from && bare[to - 1] === mark && bare[to - 2] !== '\\') to--;
  return bare.slice(from, to).replaceAll(`\\${mark}`, mark);
}
