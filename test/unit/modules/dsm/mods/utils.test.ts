/** mod_utils: numbers, texts, lists, JSON (reference/dsm 5.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countNames } from '../../../../../di-modules/dsm/mods/utils-count.ts';
import { serverWith, sessionWith } from './server-of.ts';

const utils = (variables: Record<string, string> = {}) => sessionWith(['mod_utils'], serverWith(), { variables });

test('a number is spoken by powers of ten, then tens and unit in the order of the language {dsm-modules}', () => {
  const spoken: readonly [count: number, right: string, left: string][] = [
    [0, '0', '0'],
    [13, '13', '13'],
    [20, '20', '20'],
    [21, '20 x1', 'x1 20'],
    [40, '40', '40'],
    [100, '100', '100'],
    [105, '100 5', '100 5'],
    [2345, '2000 300 40 x5', '2000 300 x5 40'],
    [1_000_000_000, '1000000000', '1000000000'],
    [54_321, '50000 4000 300 20 x1', '50000 4000 300 x1 20'],
  ];
  for (const [count, right, left] of spoken) {
    assert.equal(countNames(count, 'right').join(' '), right);
    assert.equal(countNames(count, 'left').join(' '), left);
  }
});

test('a number is played, or given as names of files; what is no number is errno arg {dsm-modules}', async () => {
  const s = utils({ n: '32' });
  await s.run('utils.playCountRight($n, wav/); utils.spell(a1, c/); utils.getCountLeft(21, d/);');
  assert.deepEqual(
    s.script.played.map((line) => line.split(' ')[0]),
    ['wav/30.wav', 'wav/x2.wav', 'c/a.wav', 'c/1.wav'],
  );
  assert.deepEqual([s.get('count_file[0]'), s.get('count_file[1]'), s.get('errno')], ['d/x1.wav', 'd/20.wav', '']);
  await s.run('utils.getCountRightNoSuffix(7);');
  assert.equal(s.get('count_file[0]'), '7');
  await s.run('utils.getCountRight(seven);');
  assert.equal(s.get('errno'), 'arg');
});

/** List of actions, variable, what it becomes. */
const rows: readonly [list: string, name: string, value: string][] = [
  ['set($x=7); utils.add($x, 2);', 'x', '9.0'],
  ['set($x=1); utils.add($x, 0.5);', 'x', '1.50'],
  ['set($x=7); utils.sub($x, $x);', 'x', '0.0'],
  ['set($x=6); utils.mul($x, 7);', 'x', '42'],
  ['set($x=-6); utils.mul($x, 7);', 'x', '-42'],
  ['utils.int($x, 9.7);', 'x', '9'],
  ['utils.int(x, -9.7);', 'x', '-9'],
  ['utils.int(x, none);', 'x', '0'],
  ['utils.md5($x, abc);', 'x', '900150983cd24fb0d6963f7d28e17f72'],
  ['set($x="a-b-c"); utils.replace($x, "-=>+");', 'x', 'a+b+c'],
  ['set($x="a$b"); set($s=b); utils.replace($x, "$s=>x$&");', 'x', 'a$x$&'],
  ['set($x=abc); utils.splitString($x);', 'x[2]', 'c'],
  ['set($x="a;b;"); utils.splitString($x, ";"); set($n=$x[1]);', 'n', 'b'],
  ['set($x="a,b"); utils.splitString(x, ",");', 'x[0]', 'a'],
  ['set($x="a,b"); utils.escapeCRLF($x);', 'x', 'a,b'],
  ['set($x="a\\r\\nb"); utils.unescapeCRLF($x); utils.escapeCRLF($x);', 'x', 'a\\r\\nb'],
  ['utils.splitStringCR($lines, $out);', 'out[1]', 'two'],
  ['utils.splitStringCR($lines);', 'lines[0]', 'one'],
  ['if utils.isInList(404, "405, 404") { set($x=yes); }', 'x', 'yes'],
  ['if utils.isInList(40, "405, 404") { set($x=yes); }', 'x', ''],
  ['if utils.startsWith($lines, one) { set($x=yes); }', 'x', 'yes'],
  ['utils.rand(x, 1);', 'x', '0'],
];

for (const [list, name, value] of rows)
  test(`${list} makes $${name} ${JSON.stringify(value)} {dsm-modules}`, async () => {
    const s = utils({ lines: 'one\ntwo\n' });
    await s.run(list);
    assert.equal(s.get(name), value);
  });

test('splitting keeps a trailing empty field; of lines the last one has none {dsm-modules}', async () => {
  const s = utils({ x: 'a;b;', lines: 'one\ntwo\n' });
  await s.run('utils.splitString($x, ";"); utils.splitStringCR($lines);');
  assert.deepEqual([s.script.variables.has('x[2]'), s.get('x[2]')], [true, '']);
  assert.equal(s.script.variables.has('lines[2]'), false);
});

test('DSM 8.4 item 120: nested JSON becomes variables {dsm-modules}', async () => {
  const s = utils({ j: '{"k":[1,{"z":true}],"n":null,"d":2.5,"__proto__":{"a":1}}' });
  await s.run('utils.decodeJson($j, $p);');
  assert.equal(s.get('p.k[0]'), '1');
  assert.equal(s.get('p.k[1].z'), 'true');
  assert.equal(s.get('p.n'), '');
  assert.equal(s.get('p.d'), '2.50');
  await s.run('utils.decodeJson("3", $p);');
  assert.equal(s.get('p'), '3');
  await s.run('utils.decodeJson("{", $p);');
  assert.equal(s.get('errno'), 'arg');
});

test('ids are unique {dsm-modules}', async () => {
  const s = utils();
  await s.run('utils.getNewId(a); utils.getNewId(b); utils.srand();');
  assert.match(s.get('a'), /^[0-9A-F]{24}$/);
  assert.notEqual(s.get('a'), s.get('b'));
});
