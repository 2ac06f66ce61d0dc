/** The core's actions and conditions beyond the acceptance list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Double } from '../../../../../core/index.ts';
import {
  coreActions,
  coreConditions,
  flatten,
  resolve,
  semsBehaviour,
  Variables,
} from '../../../../../di-modules/dsm/engine/index.ts';
import { makeSession, runEnter, startSession, vocabulary } from './make-session.ts';

test('41 of the 87 actions need neither media nor SIP; there are 36 condition keywords {dsm-engine}', () => {
  assert.equal(new Set(coreActions.map(({ name }) => name)).size, 41);
  assert.equal(new Set(coreConditions.map(({ name }) => name)).size, 36);
  for (const row of [...coreActions, ...coreConditions]) {
    assert.match(row.summary, /\.$|name\.\*$|name\[\*$/, row.name);
    assert.equal(row.parameters.length, row.form === 'none' ? 0 : row.form.startsWith('2P') ? 2 : 1, row.name);
  }
});

for (const [list, given, expected] of [
  ['clear($x);', { x: '1' }, { x: '' }],
  ['clearArray($a); set($n=$a.k);', { 'a[0]': '1', 'a[1].x': '2', 'a.k': '3' }, { 'a[0]': '', 'a[1].x': '', n: '3' }],
  ['var($r=$n); var($s=x);', { n: 'x', x: 'X' }, { r: 'X', s: 'X' }],
  ['setVar(plain=1); setVar($n=2);', { n: 'named' }, { plain: '1', named: '2' }],
  ['size($a, $n);', { 'a[0].x': '1', 'a[1]': '2', 'a[3]': '4' }, { n: '2' }],
  ['substr($x, $p, 1);', { x: 'abc', p: '1' }, { x: 'b' }],
  ['substr($x, no); substr($y, 3);', { x: 'abc', y: 'abc' }, { x: 'abc', y: '' }],
  ['substr($x, 1);', { x: 'éa' }, { x: 'a' }],
  ['if test(len($x) == 2) { set($r=bytes); }', { x: 'é' }, { r: 'bytes' }],
  ['if test(len($x) < len($y)) { set($r=shorter); }', { x: '123456789', y: '1234567890' }, { r: 'shorter' }],
  ['if test(5 <= 5) { set($r=yes); } if test(10 >= 9) { set($s=yes); }', {}, { r: 'yes', s: 'yes' }],
  ['if test( -1 < $u) { set($r=yes); }', {}, { r: 'yes' }],
  ['if test(9223372036854775807 > 9223372036854775806) { set($r=yes); }', {}, { r: 'yes' }],
  ['sets($r="[\\$x] $x: $(x)! $unset.");', { x: '1' }, { r: '[\\$x] 1: 1! ' }],
  ['set($n=1); for ($n in range(no)) { set($r=ran); }', {}, { n: '1', r: '' }],
  ['for ($x in $a) { append($r,$x); set($a[1]=new); }', { 'a[0]': '1', 'a[1]': '2' }, { r: '12' }],
  ['for ($i in range()) { set($r=ran); }', {}, { r: '' }],
  ['eval($r= 1 - 2 + 3 ); eval($s=-5); eval($t=$a+$b);', { a: '2', b: '3' }, { r: '-4', s: '-5', t: '5' }],
] as const) {
  test(`${list} {dsm-engine}`, async () => {
    const { get } = await runEnter(list, given);
    for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, name);
  });
}

for (const [list, given, expected] of [
  ['if test($a<=5) { set($r=yes); }', { a: '4' }, { r: 'yes' }],
  ['if test($a<=5) { set($r=yes); }', { a: '9' }, { r: 'yes' }],
  ['sets($r="$e$x");', { e: '', x: 'X' }, { r: '$x' }],
] as const) {
  test(`as SEMS: ${list} {dsm-engine}`, async () => {
    const { get } = await runEnter(list, given, { compatibility: semsBehaviour });
    for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value);
  });
}

for (const [text, value] of [
  ['', ''],
  ['$$x', '$'],
  ['##', '#'],
  ['@@user', '@'],
  ['@', '@'],
  ['@user', 'alice'],
  ['@nothing', ''],
  ['$a b[0].c', 'odd'],
  ['#k', ''],
  ['""quoted" text""', 'quoted" text'],
  ["'single'", "'single'"],
  [' $x', ' $x'],
] as const) {
  test(`resolve(${text}) is ${JSON.stringify(value)} {dsm-engine}`, async () => {
    const { script } = await makeSession({ diagrams: 'initial state A;', variables: { 'a b[0].c': 'odd' } });
    assert.equal(resolve(text, script), value);
  });
}

test('parameters of the event are read and written; where it has none, writes are ignored {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A enter { set(#x=1); set($none=#x); }; state B;
      transition t A - event / { param($p=$n); param($q=nope); set(#new=$p); sets(#new2="$p$p"); } -> B;`,
    variables: { n: 'k' },
  });
  const parameters = new Map([['k', 'v']]);
  await session.machine.runEvent('DSMEvent', parameters);
  assert.deepEqual([session.get('none'), session.get('p'), session.get('q')], ['', 'v', '']);
  assert.deepEqual(Object.fromEntries(parameters), { k: 'v', new: 'v', new2: 'vv' });
});

test('the log takes levels by number, source and value, and texts {dsm-engine}', async () => {
  const { lines } = await runEnter(
    'log(0, $x); log(1, plain); logs(2, "x is $x"); log(9, deep); log(no, lost); dbg("a $x"); info(b); warn(c); error(d); logVars(2); logParams(2);',
    { x: '1' },
  );
  assert.deepEqual(
    lines.map(({ level, message }) => `${level} ${message}`),
    [
      "error FSM: $x '1'",
      "warn FSM: 'plain'",
      "info FSM: 'x is 1'",
      "debug FSM: 'deep'",
      'warn DSM: no is no log level',
      "debug FSM: 'a 1'",
      "info FSM: 'b'",
      "warn FSM: 'c'",
      "error FSM: 'd'",
      "info FSM: $x='1'",
      'info FSM: ',
    ],
  );
});

test('logSelects and logAll list the selects {dsm-engine}', async () => {
  const { lines } = await runEnter('logSelects(2); logAll(2);', { x: '1' });
  assert.match(lines[0]?.message ?? '', /^FSM: @local_tag='' @user='alice' @domain=''/);
  assert.match(lines[1]?.message ?? '', /^FSM: \$x='1' @local_tag=''/);
});

test('postEvent: nobody there is errno arg; `var` copies all {dsm-engine}', async () => {
  const { get, happened } = await runEnter('postEvent(nobody, x); set($e=$errno); postEvent(them, var);', { x: '1' });
  assert.deepEqual([get('e'), get('errno')], ['arg', '']);
  assert.deepEqual(happened.posted, [
    { queue: 'them', parameters: { e: 'arg', errno: 'arg', strerror: 'no session nobody', x: '1' } },
  ]);
});

test('event queues are registered once and given up {dsm-engine}', async () => {
  const { script, lines } = await runEnter(
    'registerEventQueue($q); registerEventQueue(desk); registerEventQueue(gone); unregisterEventQueue(gone); unregisterEventQueue(gone);',
    { q: 'desk' },
  );
  assert.deepEqual([...script.queues], ['desk']);
  assert.equal(lines.length, 2);
});

test('stop tells the host whether to send BYE {dsm-engine}', async () => {
  const { script } = await runEnter('stop(true); stop(false); stop;');
  assert.deepEqual(script.stops, [true, false, false]);
});

test('tracked objects are freed at the end, released ones are not, freed ones at once {dsm-engine}', async () => {
  const freed: string[] = [];
  const session = await makeSession({
    diagrams: `initial state A enter { trackObject(one); trackObject(two); releaseObject(two); set($e=$errno);
      freeObject(three); trackObject(nope); };`,
  });
  for (const name of ['one', 'two', 'three']) {
    session.script.objects.set(name, { dispose: () => void freed.push(name) });
  }
  session.script.onEnd(() => void freed.push('last'));
  session.script.onEnd(() => {
    throw new Error('on purpose');
  });
  await session.start();
  assert.deepEqual([session.get('e'), session.get('errno'), freed], ['', 'arg', ['three']]);
  await session.script.end();
  await session.script.end();
  assert.deepEqual(freed, ['three', 'last', 'one']);
  assert.ok(session.script.signal.aborted);
});

test('DI arguments: texts, integers, structs, arrays, JSON {dsm-engine}', async () => {
  const { happened } = await runEnter(
    'DI("mod", fn, "$x", $x, (int)$n, (struct)s, (array)a, (json)$j, (json)"7", (json)no,, $unset);',
    { x: 'X', n: ' -4', 's.a.b': '1', 's.c': '2', 'a[0]': 'p', 'a[1]': 'q', 'a[3]': 'r', j: '{"k":[1,true]}' },
  );
  const args = ['$x', 'X', -4, { a: { b: '1' }, c: '2' }, ['p', 'q'], { k: [1, true] }, 7, null, ''];
  assert.deepEqual(happened.invoked, [{ module: 'mod', name: 'fn', args }]);
});

for (const [list, errno] of [
  ['DI(nope, fn);', 'config'],
  ['DI(mod);', 'arg'],
  ['DI(mod, fn, (int)x);', 'arg'],
  ['DI(mod, fn, (int));', 'arg'],
  ['DI(mod, fn);', ''],
  ['DIgetResult(mod, fn, struct);', ''],
  ['DIgetResult(mod, fn, nested);', 'arg'],
] as const) {
  test(`${list} sets errno ${JSON.stringify(errno)} {dsm-engine}`, async () => {
    const session = await makeSession({ diagrams: `initial state A enter { ${list} };`, variables: { errno: 'old' } });
    session.script.answer = (_module, _name, [which]) =>
      which === 'struct' ? { a: 1 } : which === 'nested' ? ['x', ['y']] : 1;
    await session.start();
    assert.equal(session.get('errno'), errno);
  });
}

test('DIgetResult: a single value is $DI_res; old values stay {dsm-engine}', async () => {
  const session = await makeSession({ diagrams: 'initial state A enter { DIgetResult(m, f); DIgetResult(m, g); };' });
  session.script.answer = (_module, name) => (name === 'f' ? [1, 2] : new Double(3));
  await session.start();
  assert.deepEqual(['DI_res0', 'DI_res1', 'DI_res'].map(session.get), ['1', '2', '3.0']);
});

test('values become parameters by their places {dsm-engine}', () => {
  const value = { a: [1, { b: true }], n: null, d: 0.25, big: 2n ** 40n };
  assert.deepEqual(flatten('p', value), [
    ['p.a[0]', '1'],
    ['p.a[1].b', 'true'],
    ['p.n', 'null'],
    ['p.d', '0.250'],
    ['p.big', '1099511627776'],
  ]);
});

test('variables are ordered by their bytes, whenever they were set {dsm-engine}', () => {
  const variables = new Variables();
  for (const name of ['b', 'a[10]', 'a']) variables.set(name, name);
  assert.deepEqual(
    variables.all().map(([name]) => name),
    ['a', 'a[10]', 'b'],
  );
  for (const name of ['a[1]', '\u{1f600}', '\uffff', 'A']) variables.set(name, name);
  variables.delete('b');
  assert.deepEqual(
    variables.all().map(([name]) => name),
    ['A', 'a', 'a[10]', 'a[1]', '\uffff', '\u{1f600}'],
  );
  assert.deepEqual(
    variables.withPrefix('a[').map(([name]) => name),
    ['a[10]', 'a[1]'],
  );
  assert.deepEqual([variables.hasPrefix('a[1'), variables.hasPrefix('b')], [true, false]);
});

test('a session keeps so many variables and no more; what it has can be changed and deleted {dsm-engine}', () => {
  const variables = new Variables({ count: 2, valueLength: 5, totalLength: 10 });
  variables.set('a', '12345');
  variables.set('b', '1');
  assert.throws(() => variables.set('c', ''), /limit: c, more than 2 variables/);
  assert.throws(() => variables.set('b', '123456'), /more than 5 characters/);
  assert.throws(() => variables.set('b', '12345'), /more than 10 characters/);
  variables.set('a', '');
  variables.set('b', '12345');
  variables.delete('a');
  variables.set('c', '');
  assert.equal(variables.get('b'), '12345');
});

test('all rows are in the vocabulary that readers get {dsm-engine}', () => {
  for (const { name } of coreActions) assert.ok(vocabulary.actions.has(name));
});
