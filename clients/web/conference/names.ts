/** Names of participants, and what stands for them in small. */
import { decodedPart } from '../shell/text.ts';
import type { Participant } from './room-events.ts';

/** The name to show: the one that was given, the display name of the address, or its user part. */
export function nameOf({ name, number }: Pick<Participant, 'name' | 'number'>): string {
  if (name !== '') return name;
  const display = /^\s*"?([^"<]*[^"<\s])"?\s*</.exec(number)?.[1];
  if (display !== undefined) return display;
  const [, user = '', host = ''] = /^\s*<?(?:sips?:|tel:)?([^@>;]*)(?:@([^>;:]*))?/i.exec(number) ?? [];
  // A browser's own address says nothing: a random user at a host that does not exist.
  if (user === '' || host.endsWith('.invalid')) return 'Guest';
  return decodedPart(user);
}

/** One or two letters for the round picture. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const [first = '#', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : words;
  return `${first.slice(0, 1)}${last.slice(0, 1)}`.toLocaleUpperCase('en');
}

/** One of `count` colours, the same for the same name. */
export function colourOf(name: string, count: number): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % count;
}
