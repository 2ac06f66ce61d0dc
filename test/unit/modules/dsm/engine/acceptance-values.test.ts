/** Acceptance list of reference/dsm, 8.2 and what of 8.4 needs no call, by its numbers. Items marked F: the sound behaviour, and SEMS's behind its switch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatText, semsBehaviour } from '../../../../../di-modules/dsm/engine/index.ts';
import { makeSession, runEnter, startSession } from './make-session.ts';

interface Case {
  readonly item: number;
  readonly given?: Record<string, string>;
  readonly list: string;
  readonly expected: Record<string, string>;
  readonly sems?: boolean;
}

const cases: readonly Case[] = [
  { item: 39, given: { v: 'val' }, list: `set($c="$v"); set($d='$v');`, expected: { c: 'val', d: 'val' } },
  {
    item: 40,
    list: String.raw`set($a='it\'s'); set($b="a;b{c}"); append($e, "a\"b,c");`,
    expected: { a: "it's", b: 'a;b{c}', e: 'a"b,c' },
  },
  { item: 41, list: 'set($x=$$); set($y=##k); append($r, @); append($r, x);', expected: { x: '$', y: '#', r: '@x' } },
  { item: 42, given: { ii: '22' }, list: 'set($x="x$ii");', expected: { x: 'x$ii' } },
  { item: 42, given: { ii: '22' }, list: 'sets($x="x$ii");', expected: { x: 'x22' } },
  {
    item: 43,
    given: { f: 'a', f1: 'b' },
    list: 'sets($p="$f.wav"); sets($q="$(f1).wav");',
    expected: { p: '', q: 'b.wav' },
  },
  { item: 44, given: { i: '1' }, list: 'sets($r="$(i)");', expected: { r: '1' } },
  { item: 44, given: { i: '1' }, list: 'sets($r="$(i)");', expected: { r: ')' }, sems: true },
  { item: 45, list: 'sets($r="bob@ex.com"); sets($s="bob@@ex.com");', expected: { r: 'bob', s: 'bob@ex.com' } },
  { item: 46, given: { x: 'X' }, list: 'sets($r="$$x"); sets($s="a$$x");', expected: { r: 'X', s: 'a$x' } },
  { item: 47, given: { ii: '22' }, list: 'sets($r="$uu$ii");', expected: { r: '22' } },
  { item: 48, list: 'sets($r="#k");', expected: { r: '#k' } },
  {
    item: 49,
    given: { i: '3' },
    list: 'sets($n="a[$i]"); setVar($n=hi); var($w=$n);',
    expected: { 'a[3]': 'hi', w: 'hi' },
  },
  { item: 50, given: { n: '7' }, list: 'eval($r=$n+1);', expected: { r: '8' } },
  { item: 50, list: 'eval($r=10-3-2);', expected: { r: '9' } },
  { item: 50, list: 'eval($r=$u+1);', expected: { r: '' } },
  { item: 50, list: 'eval($r=5-1-3);', expected: { r: '5-1-3' } },
  ...(
    [
      [51, '$u < 5', true],
      [51, '$u > 5', false],
      [52, '"$five" == 5', false],
      [52, '$five == 05', false],
      [52, '$five == "5"', true],
      [53, '$abc == a*', true],
      [53, '$abc == a*zzz', true],
      [53, '$abc == abcd*', false],
      [53, '$abc != a*', true],
      [54, '10 < 9', false],
      [54, '10 < 9a', true],
      [56, 'len($abc) == 3', true],
    ] as const
  ).map(([item, expression, expected]) => ({
    item,
    given: { five: '5', abc: 'abc' },
    list: `set($r=no); if test(${expression}) { set($r=yes); }`,
    expected: { r: expected ? 'yes' : 'no' },
  })),
  {
    item: 55,
    given: { x: '1' },
    list: 'if test($x = 1) { set($r=yes); } if not test($x = 1) { set($s=yes); }',
    expected: { r: '', s: 'yes' },
  },
  {
    item: 57,
    given: { a: '5', b: '', c: 'abc', d: '-3', e: '7 of 9' },
    list: 'inc($a); inc($b); inc($c); inc($d); inc($e); inc($unset);',
    expected: { a: '6', b: '1', c: '1', d: '1', e: '8', unset: '1' },
  },
  ...(
    [
      ['2', 'cdef'],
      ['1,2', 'bc'],
      ['9', 'abcdef'],
      ['1,0', 'bcdef'],
    ] as const
  ).map(([range, a]) => ({ item: 58, given: { a: 'abcdef' }, list: `substr($a,${range});`, expected: { a } })),
  { item: 59, given: numbered(12), list: 'size(a,$n);', expected: { n: '12' } },
  {
    item: 60,
    given: { 'a[0]': 'p', 'a[1]': 'q', x: 'keep' },
    list: 'for ($x in $a) { append($r,$x); }',
    expected: { r: 'pq', x: 'keep' },
  },
  { item: 61, given: numbered(11), list: 'for ($x in $a) { append($r,$x); }', expected: { r: '012345678910' } },
  { item: 61, given: numbered(11), list: 'for ($x in $a) { append($r,$x); }', expected: { r: '0' }, sems: true },
  ...(
    [
      ['3', '012'],
      ['3,0', '321'],
      ['2,2', ''],
      ['$lo, $hi', '456'],
    ] as const
  ).map(([range, r]) => ({
    item: 62,
    given: { lo: '4', hi: '7' },
    list: `for ($i in range(${range})) { append($r,$i); }`,
    expected: { r },
  })),
  {
    item: 63,
    given: { 's.b': '2', 's.a': '1' },
    list: 'for ($k,$v in $s) { append($r,$k); append($r,$v); }',
    expected: { r: 'a1b2' },
  },
  {
    item: 64,
    given: { 'a[0]': 'x', 'a[1]': 'z', w: 'x' },
    list: 'arrayIndex($a, z); arrayIndex($a, $w);',
    expected: { index: '1', 'w.index': '0' },
  },
  { item: 64, given: { 'a[0]': 'x' }, list: 'arrayIndex($a, y);', expected: { index: 'nil' } },
  {
    item: 66,
    list: 'for ($i in range(5)) { if test($i==2) { break; } append($r,$i); } set($z=1);',
    expected: { r: '01', z: '1' },
  },
];

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`a[${i}]`, String(i)]));
}

for (const { item, given, list, expected, sems } of cases) {
  test(`DSM 8.2/${item}: ${list}${sems === true ? ' as SEMS' : ''} {dsm-engine}`, async () => {
    const { get } = await runEnter(list, given, sems === true ? { compatibility: semsBehaviour } : {});
    for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, name);
  });
}

test('DSM 8.2/48: with event parameters #k is its value {dsm-engine}', async () => {
  const session = await startSession({ diagrams: 'initial state A; transition t A - event / sets($r="#k") -> A;' });
  await session.event('DSMEvent', { k: 'v' });
  assert.equal(session.get('r'), 'v');
});

test('DSM 8.2/55: a test without an operator loads {dsm-engine}', async () => {
  const session = await startSession({ diagrams: 'initial state A; state B; transition t A - not test($x = 1) -> B;' });
  assert.equal(session.state(), 'B');
});

test('DSM 8.2/65: clearStruct removes members only {dsm-engine}', async () => {
  const { has } = await runEnter('clearStruct($s);', { s: '1', 's.a': '2', sx: '3' });
  assert.deepEqual([has('s'), has('s.a'), has('sx')], [true, false, true]);
});

test('DSM 8.2/67: floating results keep one zero behind the last digit {dsm-engine}', () => {
  const texts = [9, 1.5, 0.25, -1, 0, 100, 123456, 1e20, 1e-7, 0.1, 1 / 3].map(floatText);
  assert.deepEqual(texts, [
    '9.0',
    '1.50',
    '0.250',
    '-1.0',
    '0.0',
    '100.0',
    '123456.0',
    '1.0e+20',
    '1.0e-07',
    '0.10',
    '0.3333333333333333',
  ]);
});

test('DSM 8.2/68: DI splits at every comma, quotes do not protect {dsm-engine}', async () => {
  const { happened } = await runEnter('DI(fac, fn, "a,b", (int)5);');
  assert.deepEqual(happened.invoked, [{ module: 'fac', name: 'fn', args: ['a', 'b', 5] }]);
});

test('DSM 8.4/109: postEvent copies what its list names {dsm-engine}', async () => {
  const given = { a: '1', 's.x': '2', 's.y': '3', sx: '4', id: 'them' };
  const { happened } = await runEnter('postEvent($id, a;s.;nope);', given);
  assert.deepEqual(happened.posted, [{ queue: 'them', parameters: { a: '1', 's.x': '2', 's.y': '3' } }]);
});

for (const [action, expected] of [
  ['DIgetResult', { DI_res0: 'x', DI_res1: '3' }],
  ['DIgetResultArray', { 'DI_res[0]': 'x', 'DI_res[1]': '3', DI_res_size: '2' }],
] as const) {
  test(`DSM 8.4/112: an array by ${action} {dsm-engine}`, async () => {
    const session = await makeSession({ diagrams: `initial state A enter { ${action}(fac, fn); };` });
    session.script.answer = () => ['x', 3];
    await session.start();
    for (const [name, value] of Object.entries(expected)) assert.equal(session.get(name), value, name);
  });
}
