/** Changes to messages: of bytes, and of what they are made of. */
import type { Chance } from './seeded.ts';

const nasty: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  ':',
  '=',
  '%',
  '%0',
  '%00',
  '@',
  '[',
  ']',
  '?',
  '&',
  '--',
  '--b1',
  '\u00ff',
  '\u0080',
  '4294967296',
  '-1',
  '99999999999999999999999',
  'z9hG4bK',
  'tag=',
  'SIP/2.0',
  '__proto__',
  'Content-Length: 5',
  'l: 99999',
  'boundary=',
  'sip:',
  'tel:',
  'm=audio',
  'a=',
  'c=IN IP6 ',
];
const runs: readonly string[] = [
  ' ',
  '\t',
  ';',
  ',',
  '"',
  '<',
  '%',
  '(',
  '\r\n ',
  '\r\n',
  '[',
  'a',
  '0',
  '--b1\r\n',
  'x: y\r\n',
];

type Mutation = (bytes: Buffer, chance: Chance) => Buffer;

const spliced = (bytes: Buffer, from: number, to: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);

const mutations: readonly Mutation[] = [
  // One byte becomes another.
  (bytes, chance) => {
    const at = chance.integer(bytes.length + 1);
    return spliced(bytes, at, at + 1, Buffer.from([chance.integer(256)]));
  },
  (bytes, chance) => {
    const at = chance.integer(bytes.length + 1);
    return spliced(bytes, at, at, Buffer.from(chance.pick(nasty), 'latin1'));
  },
  // A run of something that a careless reader goes over again and again.
  (bytes, chance) => {
    const at = chance.integer(bytes.length + 1);
    return spliced(bytes, at, at, Buffer.from(chance.pick(runs).repeat(1 + chance.integer(300)), 'latin1'));
  },
  (bytes, chance) => bytes.subarray(0, chance.integer(bytes.length + 1)),
  (bytes, chance) => {
    const from = chance.integer(bytes.length + 1);
    return spliced(bytes, from, from + chance.integer(40), Buffer.alloc(0));
  },
  // Lines: one twice, one gone, two swapped.
  (bytes, chance) => lines(bytes, (all) => [...all, chance.pick(all)]),
  (bytes, chance) => lines(bytes, (all) => all.toSpliced(chance.integer(all.length), 1)),
  (bytes, chance) => lines(bytes, (all) => all.toSpliced(chance.integer(all.length), 0, chance.pick(all))),
  (bytes, chance) => lines(bytes, (all) => all.map((line) => (chance.happens(0.1) ? halved(line, chance) : line))),
  // Another number where one is.
  (bytes, chance) =>
    replaceAt(bytes, chance, /[0-9]+/g, () => chance.pick(['0', '-1', '256', '65536', '4294967296', '9'.repeat(30)])),
  // Quotes and brackets open, but never close.
  (bytes, chance) => replaceAt(bytes, chance, /["<>[\]]/g, () => chance.pick(['', '"', '<', '[', '\\'])),
];

/** `bytes` changed a few times. */
export function mutated(bytes: Buffer, chance: Chance): Buffer {
  let changed = bytes;
  const times = 1 + chance.integer(6);
  for (let time = 0; time < times; time++) changed = chance.pick(mutations)(changed, chance);
  return changed;
}

function lines(bytes: Buffer, edit: (all: string[]) => string[]): Buffer {
  return Buffer.from(edit(bytes.toString('latin1').split('\r\n')).join('\r\n'), 'latin1');
}

function halved(line: string, chance: Chance): string {
  return line.slice(0, chance.integer(line.length + 1));
}

function replaceAt(bytes: Buffer, chance: Chance, pattern: RegExp, by: () => string): Buffer {
  const text = bytes.toString('latin1');
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return bytes;
  const { index, 0: old } = chance.pick(found);
  return Buffer.from(text.slice(0, index) + by() + text.slice(index + old.length), 'latin1');
}
