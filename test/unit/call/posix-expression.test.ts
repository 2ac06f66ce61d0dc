import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePosix } from '../../../core/call/posix-expression.ts';

const cases: readonly (readonly [expression: string, text: string, groups: readonly (string | null)[] | null])[] = [
  ['b', 'abc', ['b']],
  ['^b', 'abc', null],
  ['c$', 'abc', ['c']],
  ['B', 'abc', null],
  ['^sips?:(echo|600)@', 'sip:600@h', ['sip:600@', '600']],
  ['^sips?:(echo|600)@', 'sips:echo@h', ['sips:echo@', 'echo']],
  ['^sip:.*@announcements', 'sip:a@announcements.org', ['sip:a@announcements']],
  ['sip:([[:digit:]]+)([[:alpha:]]*)@', 'sip:12ab@h', ['sip:12ab@', '12', 'ab']],
  ['[^[:space:]@]+@', 'x ab@', ['ab@']],
  ['[]a]+', 'x]a]', [']a]']],
  ['[a-c-]+', 'x-b', ['-b']],
  ['[\\.]+', 'a\\.', ['\\.']],
  ['a{2,3}', 'aaaa', ['aaa']],
  ['^a{2}$', 'aaa', null],
  ['x{,2}', 'x{,2}', ['x{,2}']],
  ['(a)|(b)', 'b', ['b', null, 'b']],
  ['(a*)*b', 'aab', ['aab', 'aa']],
  ['()', 'x', ['', '']],
  ['\\$x\\.\\d', '$x.7', ['$x.7']],
];

for (const [expression, text, groups] of cases) {
  test(`${expression} on ${text} gives ${JSON.stringify(groups)}`, () => {
    assert.deepEqual(compilePosix(expression)(text), groups);
  });
}

for (const bad of ['(', ')', '[a', '*a', 'a\\', '(a)\\1', 'a{300}', '[[:foo:]]', '(x{255}){255}', '[z-a]', '\\b']) {
  test(`${bad} is refused`, () => assert.throws(() => compilePosix(bad)));
}

test('an expression that a backtracking engine would die of takes one walk along the text', () => {
  const expression = compilePosix('^sip:((a+)+|(a|a)*)+$');
  assert.equal(expression(`sip:${'a'.repeat(3000)}!`), null);
});
