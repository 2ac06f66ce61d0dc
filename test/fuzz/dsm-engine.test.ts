/**
 * Whatever a script says and whatever its events carry: nothing is thrown out of the engine, nothing runs without
 * end, no other session notices.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DsmEventType } from '../../core/index.ts';
import {
  type Budget,
  coreActions,
  coreConditions,
  evaluate,
  expand,
  Machine,
  ScriptBase,
  semsBehaviour,
  soundBehaviour,
  testExpression,
  textTrace,
} from '../../di-modules/dsm/engine/index.ts';
import { createVocabulary, type Diagram, readDiagram } from '../../di-modules/dsm/language/index.ts';
import { logTo, TestScript, testRows } from '../unit/modules/dsm/engine/make-session.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const budget: Budget = { steps: 1000, rounds: 30, depth: 60, nestedEvents: 4, frames: 20 };
const limits = { count: 200, valueLength: 5000, totalLength: 50_000 };
const vocabulary = createVocabulary(
  { actions: [...coreActions, ...testRows.actions], conditions: [...coreConditions, ...testRows.conditions] },
  [],
);
const events: readonly DsmEventType[] = ['DSMEvent', 'Key', 'Timer', 'Hangup', 'NoAudio', 'Exception', 'SipRequest'];
const states = ['A', 'B', 'C', 'nowhere'];
const diagramNames = ['main', 'sub', 'nope'];
const pieces: readonly string[] = [
  '$x',
  '$y',
  '$a',
  '$a[0]',
  '$a[$i]',
  '$s',
  '$s.m',
  '#k',
  '#key',
  '@user',
  '@',
  '$',
  '#',
  '$$',
  '@@x',
  '$(x)',
  '$(i',
  '1',
  '0',
  '-1',
  '5+3',
  '9-2-1',
  '10',
  '99999999999999999999',
  '1e9',
  '',
  ' ',
  '"',
  "'",
  '\\',
  '*',
  'ab*',
  '==',
  '!=',
  '<',
  '>=',
  'len($x)',
  'len(',
  'k=v;l=w',
  'var',
  's.',
  '(int)5',
  '(int)x',
  '(json){"a":[1]}',
  '(struct)s',
  '(array)a',
  '__proto__',
  'é😀',
  ';',
  ',',
  '=',
  'true',
  'main',
  'sub',
  'nope',
  '\r\n',
  'errno',
  '\u0000',
];

/** Text that a parameter could hold; balanced, so that the reader takes it for one token. */
const someText = (chance: Chance): string =>
  Array.from({ length: 1 + chance.integer(3) }, () => chance.pick(pieces)).join('');

const balanced = (text: string): string => text.replace(/["'()]/g, '');

function someList(chance: Chance, depth: number): string {
  return Array.from({ length: chance.integer(4) }, () => someElement(chance, depth)).join(' ');
}

function someElement(chance: Chance, depth: number): string {
  const kind = depth > 3 ? 9 : chance.integer(10);
  if (kind === 0)
    return `if ${someGuard(chance)} { ${someList(chance, depth + 1)} } else { ${someList(chance, depth + 1)} }`;
  if (kind === 1) return `for ($i in range(${balanced(someText(chance))})) { ${someList(chance, depth + 1)} }`;
  if (kind === 2) return `for ($x in $a) { ${someList(chance, depth + 1)} }`;
  if (kind === 3) return `for ($k,$x in $s) { ${someList(chance, depth + 1)} }`;
  if (kind === 4) return `${chance.pick(['jumpFSM', 'callFSM'])}(${chance.pick(diagramNames)});`;
  if (kind === 5) return `${chance.pick(['repost', 'returnFSM', 'break', 'later', 'fail', 'f'])}();`;
  if (kind === 6) return `raise(${chance.pick(events)});`;
  const text = balanced(`${someText(chance)}${chance.pick([',', '=', ''])}${someText(chance)}`);
  return `${chance.pick(coreActions).name}(${text});`;
}

function someGuard(chance: Chance): string {
  const inversion = chance.happens(0.3) ? 'not ' : '';
  const name = chance.pick(['laterTrue', 'broken', 'test', 'test', 'event', 'key', 'keyPress', 'timer', 'start']);
  return `${inversion}${name}(${chance.happens(0.5) ? '' : balanced(someText(chance))})`;
}

function someScript(chance: Chance): string {
  const declared = states.slice(0, 3).map((name, i) => {
    const lists = `enter { ${someList(chance, 0)} } exit { ${someList(chance, 1)} }`;
    return `${i === 0 && chance.happens(0.95) ? 'initial ' : ''}state ${name} ${lists};`;
  });
  const moves = Array.from({ length: 2 + chance.integer(6) }, (_, i) => {
    const guard = `${chance.happens(0.3) ? 'exception ' : ''}${chance.happens(0.2) ? '' : someGuard(chance)}`;
    return `transition t${i} ${chance.pick(states.slice(0, 3))} - ${guard} / { ${someList(chance, 0)} } -> ${chance.pick(states)};`;
  });
  return [`function f() { ${someList(chance, 2)} };`, ...declared, ...moves].join('\n');
}

function makeScript(tag: string, chance: Chance): TestScript {
  return new TestScript({
    kind: 'call',
    tag,
    log: logTo([]),
    limits,
    compatibility: chance.happens(0.3) ? semsBehaviour : soundBehaviour,
  });
}

const stateOf = ({ place, depth, script }: Machine): string => JSON.stringify([place, depth, script.variables.all()]);

test('scripts made by chance: nothing is thrown, nothing runs on, nobody else notices {dsm-engine}', async () => {
  let loaded = 0;
  await withSeeds(seedsOf(roundsOf(60)), async (chance) => {
    const diagrams = new Map<string, Diagram>();
    for (const name of ['main', 'sub']) {
      const { diagram } = await readDiagram({ name, text: someScript(chance), vocabulary, mode: 'sems' });
      if (diagram !== null) diagrams.set(name, diagram);
    }
    if (diagrams.size > 0) loaded++;
    const bystander = new Machine({ diagrams, script: makeScript('bystander', chance), budget });
    await bystander.init('main', 'Start');
    const before = stateOf(bystander);

    const script = makeScript('tag', chance);
    const trace: string[] = [];
    const hooks = textTrace((line) => void trace.push(line));
    const machine = new Machine({ diagrams, script, budget, hooks });
    for (const name of ['x', 'a[0]', 'a[1]', 'a[10]', 's.m', 's', 'y']) script.variables.set(name, someText(chance));
    await machine.init('main', 'Start');
    for (let i = 0; i < 8; i++) {
      const parameters = new Map([
        ['k', someText(chance)],
        ['key', someText(chance)],
      ]);
      await machine.runEvent(chance.pick(events), chance.happens(0.2) ? null : parameters);
      assert.equal(script.event, null);
      assert.ok(machine.depth <= budget.frames);
      assert.ok(script.variables.size <= limits.count);
    }
    assert.ok(trace.every((line) => line.length < 10_000));

    assert.equal(stateOf(bystander), before);
    await script.end();
  });
  if (process.env['CALLBUS_FUZZ_SEED'] === undefined) assert.ok(loaded > 30, `${loaded} scripts loaded`);
});

test('values made by chance: every text has a value {dsm-engine}', async () => {
  await withSeeds(seedsOf(roundsOf(3000)), (chance) => {
    const script = new ScriptBase({ kind: 'system', tag: 'tag', log: logTo([]) });
    for (const name of ['x', 'y', 'i', 'a[0]']) script.variables.set(name, someText(chance));
    const text = Array.from({ length: chance.integer(6) }, () => chance.pick(pieces)).join('');
    for (const compatibility of [soundBehaviour, semsBehaviour]) {
      assert.equal(typeof expand(text, script, compatibility), 'string');
      assert.equal(typeof testExpression(text, script, compatibility), 'boolean');
    }
    assert.equal(typeof evaluate(text, script), 'string');
    const plain = text.replace(/[$#@]/g, '');
    assert.equal(expand(plain, script), plain);
  });
});

test('rows of the core take every text {dsm-engine}', async () => {
  await withSeeds(seedsOf(roundsOf(20)), async (chance) => {
    for (const action of coreActions) {
      const text = balanced(`${someText(chance)}${chance.pick([',', '='])}${someText(chance)}`);
      const source = `initial state A enter { ${action.name}(${text}); set($done=yes); };`;
      const { diagram } = await readDiagram({ name: 'main', text: source, vocabulary, mode: 'sems' });
      if (diagram === null) continue;
      const script = makeScript('tag', chance);
      await new Machine({ diagrams: new Map([['main', diagram]]), script, budget }).init('main', 'Start');
      assert.equal(script.event, null);
    }
  });
});
