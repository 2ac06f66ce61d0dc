/** Every corner case has exactly one test, or a row that says why not. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const all = 160;

/** The folder of the sources: the tests also run from where they were compiled to. */
function sources(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  return join(root, 'test');
}

/** `16` and `94–112, 115` are numbers and ranges. */
function numbersOf(list: string): number[] {
  const numbers: number[] = [];
  for (const [, first, last] of list.matchAll(/(\d+)(?:[–-](\d+))?/g)) {
    for (let number = Number(first); number <= Number(last ?? first); number++) numbers.push(number);
  }
  return numbers;
}

function tested(folder: string): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.test.ts')) continue;
    const text = readFileSync(join(folder, path), 'utf8');
    for (const [, list = ''] of text.matchAll(/['"`]corner cases? (\d[\d, and–-]*): /g)) {
      for (const number of numbersOf(list)) found.set(number, [...(found.get(number) ?? []), path]);
    }
  }
  return found;
}

/** The rows under the heading, each with its numbers and its reason. */
function excused(folder: string): ReadonlySet<number> {
  const text = readFileSync(join(folder, 'conformance', 'README.md'), 'utf8');
  const section = text.split('## Corner cases that are not tests')[1]?.split('\n## ')[0] ?? '';
  const numbers = new Set<number>();
  for (const [, list = '', why = ''] of section.matchAll(/^\| (\d[\d, –-]*)[^|]*\|([^|]*)\|$/gm)) {
    assert.ok(why.trim() !== '', `${list} has no reason`);
    for (const number of numbersOf(list)) numbers.add(number);
  }
  return numbers;
}

test('each of the corner cases is proved by one test, or listed with the reason why not', () => {
  const folder = sources();
  const tests = tested(folder);
  const rows = excused(folder);
  for (let number = 1; number <= all; number++) {
    const paths = tests.get(number) ?? [];
    if (rows.has(number)) assert.ok(paths.length <= 1, `corner case ${number} is in ${paths.join(', ')}`);
    else assert.equal(paths.length, 1, `corner case ${number}: ${paths.join(', ') || 'no test and no row'}`);
  }
  for (const number of [...tests.keys(), ...rows]) assert.ok(number >= 1 && number <= all, `corner case ${number}`);
});
