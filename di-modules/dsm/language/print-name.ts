import { plainSource, type Source } from './source.ts';
import { Tokenizer } from './token.ts';

const keywords = new Set(['function', 'initial', 'state', 'transition']);

/** A name so that it is one word when it is read: in quotation marks where it needs them, or by custom. */
export function printName(name: string, custom: 'bare' | 'quoted'): string {
  const quoted = [`"${name}"`, `'${name}'`];
  const isWord = /^[\w.+-]*\w[\w.+-]*$/.test(name) && !keywords.has(name);
  const ways = custom === 'bare' && isWord ? [name, ...quoted] : [...quoted, name];
  return ways.find((way) => isOneWord(way, name)) ?? `"${name}"`;
}

function isOneWord(way: string, name: string): boolean {
  const source: Source = plainSource(way);
  const tokens = new Tokenizer(source, null);
  return tokens.next()?.text === name && tokens.next() === null;
}
