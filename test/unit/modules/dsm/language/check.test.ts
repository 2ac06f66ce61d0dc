import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CheckOptions,
  checkDiagrams,
  type Diagram,
  readDiagram,
} from '../../../../../di-modules/dsm/language/index.ts';
import { vocabulary } from './vocabulary.ts';

async function read(text: string, name = 'main'): Promise<Diagram> {
  const { diagram, faults } = await readDiagram({ name, text, vocabulary, mode: 'sems' });
  assert.ok(diagram !== null, JSON.stringify(faults));
  return diagram;
}

/** `line code text` of what is found. */
async function check(text: string, options: CheckOptions = {}): Promise<string[]> {
  return shown(checkDiagrams([await read(text)], options));
}

const shown = (faults: ReturnType<typeof checkDiagrams>): string[] =>
  faults.map(({ position, code, text }) => `${position.line} ${code} ${text}`);

const bye = 'transition bye (A, B) - hangup / stop(false) -> END;\nstate END;\n';

test('a script without faults has none {dsm-tools}', async () => {
  assert.deepEqual(await check(`initial state A; state B;\ntransition t A - key -> B;\n${bye}`), []);
});

test('a diagram needs an initial state {dsm-tools}', async () => {
  assert.deepEqual(await check(`state A; state B;\ntransition t A - key -> B;\n${bye}`), ['1 noInitialState main']);
});

test('a state that no way leads to is told of {dsm-tools}', async () => {
  assert.deepEqual(await check(`initial state A;\nstate B;\n${bye}`), ['2 unreachableState B']);
});

test('a target that does not exist is an error in mode strict, with the nearest name {dsm-tools}', async () => {
  const text = `initial state A; state B;\ntransition t A - key -> B;\ntransition u B - key -> EDN;\n${bye}`;
  assert.deepEqual(await check(text), ['3 unknownTarget EDN']);
  const [fault] = checkDiagrams([await read(text)], { mode: 'strict' });
  assert.equal(fault?.severity, 'error');
  assert.equal(fault?.hint, 'did you mean END?');
});

for (const [name, first, second] of [
  ['on every event', '--> B', '- key -> B'],
  ['on the same event', '- key -> B', '- key(#key == 1) -> B'],
  ['on the same question', '- key(#key == 1) -> B', '- key(#key == 1); test($x == 2) -> B'],
  ['of two kinds of event', '- test($x == 1) -> B', '- key; timer -> B'],
  ['with two values of one variable', '- timer -> B', '- test($x == 1); test($x == 2) -> B'],
  ['with a value that it excludes', '- timer -> B', '- test($x == 1); test($x != 1) -> B'],
  ['with a range that is empty', '- timer -> B', '- key(#key < 3); test(#key > 7) -> B'],
  ['with a condition and its opposite', '- timer -> B', '- key(#key > 3); not key(#key > 3) -> B'],
] as const)
  test(`a transition that can never fire, ${name} {dsm-tools}`, async () => {
    const set = 'enter { set($x=1); }';
    const text = `initial state A ${set}; state B;\n${bye}transition t A ${first};\ntransition u A ${second};`;
    assert.deepEqual(await check(text), ['5 neverFires u']);
  });

test('transitions that can fire are left in peace {dsm-tools}', async () => {
  const guards = [
    'key(#key < 3)',
    'key(#key > 1); test(#key < 3)',
    'keyPress(4)',
    'key',
    'not timer',
    'test(#type == noAudio)',
  ];
  const transitions = guards.map((guard, index) => `transition t${index} A - ${guard} -> B;`).join('\n');
  assert.deepEqual(
    await check(`initial state A; state B;\n${bye}${transitions}\ntransition x A - exception -> B;`),
    [],
  );
});

test('a call can always be hung up {dsm-tools}', async () => {
  const text =
    'initial state A; state B; state C enter { repost(); };\ntransition t A - key / stop(true) -> B;\ntransition u A - timer -> C;\ntransition v C - test($errno == "") -> A;';
  assert.deepEqual(await check(text), ['1 noHangup A']);
  assert.deepEqual(await check('initial state A;\ntransition t A - startup / log(1, x) -> A;'), []);
  assert.deepEqual(await check('initial state A enter { returnFSM(); };'), []);
});

test('a variable that nothing sets is told of once {dsm-tools}', async () => {
  const text = `initial state A enter { sets($x=$(tires).$y); log(1, $tires); log(1, $config.a); if test($z == 1) { log(1, $x); } }; state B;
transition t A - test($s.a == $list[0]) / { uri.parse(@remote_uri, s.); set(list[0]=1); for ($i in range(2)) { log(1, $i); } } -> B;
${bye}`;
  assert.deepEqual(await check(`import(mod_uri);\n${text}`), [
    '2 unsetVariable $tires',
    '2 unsetVariable $y',
    '2 unsetVariable $z',
  ]);
});

test('diagrams that are gone to exist, and nothing returns from the first {dsm-tools}', async () => {
  const start = await read(
    'initial state A enter { callFSM(sub); jumpFSM(nowhere); if test() { returnFSM(); } };',
    'start',
  );
  const sub = await read('initial state A enter { set($where=x); returnFSM(); jumpFSM($where); };', 'sub');
  const plain = await read('initial state A enter { returnFSM(); };', 'sub');
  assert.deepEqual(shown(checkDiagrams([start, sub])), ['1 unknownDiagram nowhere']);
  assert.deepEqual(shown(checkDiagrams([start, plain], { known: ['nowhere'] })), ['1 returnFromStart returnFSM']);
});
