import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileBasicRegex } from '../../../../di-modules/monitoring/posix-basic.ts';

const cases: [pattern: string, text: string, matches: boolean][] = [
  ['', 'anything', true],
  ['b', 'abc', true],
  ['^b', 'abc', false],
  ['c$', 'abc', true],
  ['b$', 'abc', false],
  ['^abc$', 'abc', true],
  ['a^b', 'a^b', true],
  ['a$b', 'a$b', true],
  ['*a', 'x*a', true],
  ['^*a', '*a', true],
  ['a.c', 'abc', true],
  ['ab*c', 'ac', true],
  ['ab*c', 'abbbc', true],
  ['a+b', 'a+b', true],
  ['a+b', 'aab', false],
  ['a\\+b', 'aab', true],
  ['ab\\?c', 'ac', true],
  ['(a|b)', '(a|b)', true],
  ['\\(ab\\)*c', 'ababc', true],
  ['^\\(a\\|b\\)$', 'b', true],
  ['^\\(a\\|b\\)$', 'ab', false],
  ['^a\\{2\\}$', 'aa', true],
  ['^a\\{2\\}$', 'aaa', false],
  ['^a\\{2,\\}$', 'aaaa', true],
  ['^a\\{1,2\\}$', 'aaa', false],
  ['a{2}', 'a{2}', true],
  ['[abc]', 'xbx', true],
  ['[^abc]', 'abc', false],
  ['[]x]', ']', true],
  ['[^]x]', ']', false],
  ['[a-c-]', '-', true],
  ['[\\.]', '\\', true],
  ['^[[:digit:]]*$', '123', true],
  ['^[[:digit:]]*$', '12a', false],
  ['a\\.b', 'a.b', true],
  ['a\\.b', 'axb', false],
];

for (const [pattern, text, matches] of cases)
  test(`/${pattern}/ ${matches ? 'matches' : 'does not match'} ${text}`, () => {
    assert.equal(compileBasicRegex(pattern)(text), matches);
  });

for (const bad of ['\\(a', 'a\\)', '[a', 'a\\', 'a\\{2', 'a\\{3,2\\}', '\\(a\\)\\1', '[[:nothing:]]', 'x'.repeat(1001)])
  test(`/${bad.slice(0, 20)}/ is refused`, () => {
    assert.throws(() => compileBasicRegex(bad));
  });

test('a pattern that makes backtracking engines hang is matched at once', () => {
  const matches = compileBasicRegex('\\(a*\\)*b');
  assert.equal(matches('a'.repeat(3000)), false);
});

test('intervals within intervals are bounded', () => {
  assert.throws(() => compileBasicRegex('\\(\\(a\\{255\\}\\)\\{255\\}\\)\\{255\\}'));
});
