/** Reference dsm.md 8.1, item by item. A, B and C are declared first where the item does not say otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Fault,
  type ReadMode,
  type ReadResult,
  readDiagram,
  type ScriptFiles,
} from '../../../../../di-modules/dsm/language/index.ts';
import { run } from './run.ts';
import { vocabulary } from './vocabulary.ts';

const states = 'initial state A; state B; state C;\n';

function read(text: string, mode: ReadMode = 'sems', files?: ScriptFiles): Promise<ReadResult> {
  return readDiagram({
    name: 'main',
    text,
    vocabulary,
    mode,
    folder: 'scripts',
    ...(files === undefined ? {} : { files }),
  });
}

async function loads(text: string, files?: ScriptFiles) {
  const { diagram, faults } = await read(text, 'sems', files);
  assert.ok(diagram !== null, faults.map(told).join('\n'));
  return { diagram, warnings: faults.map(({ code }) => code), ran: run(diagram) };
}

/** Fails to load in both modes; the codes of the errors in mode `sems`. */
async function fails(text: string, files?: ScriptFiles): Promise<string[]> {
  assert.equal((await read(text, 'strict', files)).diagram, null, 'strict loads it');
  const { diagram, faults } = await read(text, 'sems', files);
  assert.equal(diagram, null, 'it loads');
  return faults.filter(({ severity }) => severity === 'error').map(({ code }) => code);
}

/** What mode `strict` says, as `line:column code`. */
async function strictly(text: string): Promise<string[]> {
  const { diagram, faults } = await read(text, 'strict');
  const errors = faults.filter(({ severity }) => severity === 'error');
  assert.equal(diagram === null, errors.length > 0);
  return errors.map(({ position, code }) => `${position.line}:${position.column} ${code}`);
}

const told = ({ position, code, message }: Fault): string => `${position.line}:${position.column} ${code} ${message}`;
const entering = (text: string): string => `initial state A enter { ${text} };\nstate B;\n`;

test('DSM 8.1/1: a note at the end of a line fails, and is told as what it is {dsm-reader}', async () => {
  assert.deepEqual(await fails('initial state A; -- note'), ['withoutContext']);
  const { faults } = await read('initial state A; -- note', 'strict');
  assert.deepEqual(faults[0]?.position, { file: 'main.dsm', line: 1, column: 18 });
  assert.match(faults[0]?.hint ?? '', /line of its own/);
});

test('DSM 8.1/2: lines that begin with # or -- are no part of a block {dsm-reader}', async () => {
  const text = entering('set($x=1);\n# anything\n  -- anything\nset($y=2);');
  const { ran, warnings } = await loads(text);
  assert.deepEqual(
    [...ran.variables],
    [
      ['x', '1'],
      ['y', '2'],
    ],
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(await strictly(text), []);
});

test('DSM 8.1/3: a line that begins with --> is a comment, its transition is lost {dsm-reader}', async () => {
  const text = `${states}transition t A - start\n--> B;\ntransition u A - hangup -> B;`;
  const { diagram, warnings } = await loads(text);
  assert.equal(run(diagram).state, 'A');
  assert.equal(run(diagram, 'Hangup').state, 'B');
  assert.deepEqual(warnings.sort(), ['droppedArrow', 'unclosedElement']);
  assert.ok((await strictly(text)).includes('3:1 droppedArrow'));
});

test('DSM 8.1/4: blanks and line ends separate actions {dsm-reader}', async () => {
  const text = entering('set($x=1) set($y=2)\nset($z=3)');
  assert.equal((await loads(text)).ran.variables.size, 3);
  assert.deepEqual(await strictly(text), []);
});

test('DSM 8.1/5: two calls without a separator are one {dsm-reader}', async () => {
  const text = entering('set($x=1)set($y=2);');
  const { ran, warnings } = await loads(text);
  assert.deepEqual([...ran.variables], [['x', '1)set($y=2']]);
  assert.deepEqual(warnings, ['joinedCalls']);
  assert.deepEqual(await strictly(text), ['1:25 joinedCalls']);
});

test('DSM 8.1/6: no blank may stand before the parenthesis of an action {dsm-reader}', async () => {
  assert.deepEqual(await fails(entering('set ($x=1);')), ['unknownAction']);
});

test('DSM 8.1/7: an apostrophe swallows text up to the next one {dsm-reader}', async () => {
  const text = "initial state A enter { log(1, it's fine); set($x=1); };\nstate B enter { log(1, that's it); };";
  const { diagram, warnings, ran } = await loads(text);
  assert.deepEqual(
    diagram.states.map(({ name }) => name),
    ['A'],
  );
  assert.equal(ran.variables.size, 0);
  assert.deepEqual(warnings, ['strayQuote']);
  assert.deepEqual(await strictly(text), ['1:34 strayQuote']);
});

test('DSM 8.1/8: a word that begins with import is an import {dsm-reader}', async () => {
  assert.deepEqual(await fails('initial state important;'), ['importWithoutName']);
  assert.deepEqual(await fails(`${states}transition "import it" A - start -> B;`), ['importWithoutName']);
});

test('DSM 8.1/9: a keyword in quotation marks is a keyword all the same {dsm-reader}', async () => {
  const text = `${states}transition "state" A - start -> B;`;
  const { diagram, warnings } = await loads(text);
  assert.deepEqual(
    diagram.states.flatMap(({ transitions }) => transitions),
    [],
  );
  assert.ok(warnings.includes('keywordAsName') && warnings.includes('unclosedElement'), warnings.join());
  assert.deepEqual(await strictly(text), ['2:12 keywordAsName']);
});

test('DSM 8.1/10: an empty name is skipped {dsm-reader}', async () => {
  assert.deepEqual(await fails(`${states}transition "" A - start -> B;`), ['unknownSource']);
});

test('DSM 8.1/11: a name in quotation marks may have blanks {dsm-reader}', async () => {
  const text = 'initial state "my room"; state B; transition t "my room" - start -> B;';
  assert.equal((await loads(text)).ran.state, 'B');
  assert.deepEqual(await strictly(text), []);
});

test('DSM 8.1/12: a state without its final ; is lost, with its mark as initial {dsm-reader}', async () => {
  const text = 'initial state A enter { set($x=1); }\nstate B;';
  const { diagram, warnings, ran } = await loads(text);
  assert.equal(diagram.initial, null);
  assert.deepEqual(
    diagram.states.map(({ name }) => name),
    ['B'],
  );
  assert.equal(ran.variables.size, 0);
  assert.deepEqual(warnings, ['unclosedElement']);
  assert.deepEqual(await strictly(text), ['1:36 unclosedElement']);
});

test('DSM 8.1/13: a transition whose actions no arrow ends is lost {dsm-reader}', async () => {
  const text = `${states}transition t A - start / set($x=1);\ntransition u A - start -> B;`;
  const { warnings, ran } = await loads(text);
  assert.equal(ran.state, 'B');
  assert.equal(ran.variables.size, 0);
  assert.deepEqual(warnings, ['unclosedElement']);
  assert.deepEqual(await strictly(text), ['2:24 unclosedElement']);
});

test('DSM 8.1/14: what is open at the end of the file is lost {dsm-reader}', async () => {
  const text = 'initial state A enter { if test() { set($x=1);';
  const { diagram, warnings } = await loads(text);
  assert.deepEqual(diagram.states, []);
  assert.deepEqual(warnings, ['unclosedElement']);
  assert.deepEqual(await strictly(text), ['1:35 unclosedElement']);
});

for (const [number, guard, changes] of [
  [15, '- start; test($x=="") ]-> B', 0],
  [15, '-[ start; test($x=="") ]-> B', 0],
  [16, '-[start]/ set($x=1) -> B', 1],
  [18, '-> B / { set($x=1); }', 1],
  [19, '-/ set($x=1) -> B', 1],
  [19, '/ set($x=1) -> B', 1],
  [20, '- { start; test() } / { set($x=1); } -> B', 1],
  [38, '- start test($x=="") -> B', 0],
] as const)
  test(`DSM 8.1/${number}: transition t A ${guard} {dsm-reader}`, async () => {
    const text = `${states}transition t A ${guard};`;
    const { ran } = await loads(text);
    assert.equal(ran.state, 'B');
    assert.equal(ran.variables.size, changes);
    assert.deepEqual(await strictly(text), []);
  });

test('DSM 8.1/38: all conditions of a guard are needed, also without ; between {dsm-reader}', async () => {
  assert.equal((await loads(`${states}transition t A - start test($x=="1") -> B;`)).ran.state, 'A');
});

test('DSM 8.1/17: a / without blanks is part of the word {dsm-reader}', async () => {
  assert.deepEqual(await fails(`${states}transition t A - start/set($x=1) -> B;`), ['unknownCondition']);
});

test('DSM 8.1/21: a list of sources takes one blank beside each comma {dsm-reader}', async () => {
  for (const list of ['(A,B)', '(A, B)', '( A , B )']) {
    const { diagram } = await loads(`${states}transition t ${list} - hangup -> C;`);
    assert.deepEqual(
      diagram.states.map(({ transitions }) => transitions.length),
      [1, 1, 0],
    );
  }
  assert.deepEqual(await fails(`${states}transition t (A,  B) - hangup -> C;`), ['unknownSource']);
  assert.deepEqual(await fails(`${states}transition t (A,\nB) - hangup -> C;`), ['unknownSource']);
});

test('DSM 8.1/22: sources are declared before, targets may be declared later {dsm-reader}', async () => {
  assert.deepEqual(await fails('transition t A - start -> B; initial state A; state B;'), ['unknownSource']);
  assert.equal((await loads('initial state A; transition t A - start -> B; state B;')).ran.state, 'B');
});

test('DSM 8.1/23: there is no "and" {dsm-reader}', async () => {
  assert.deepEqual(await fails(`${states}transition t A - start and test() -> B;`), ['unknownCondition']);
});

test('DSM 8.1/24: a guard of if has no parentheses around it, and a block behind it {dsm-reader}', async () => {
  assert.deepEqual(await fails(entering('if (test()) { set($x=1); }')), ['unknownCondition']);
  assert.equal((await fails(entering('if test() set($x=1);')))[0], 'unknownCondition');
});

test('DSM 8.1/25: else if opens two blocks {dsm-reader}', async () => {
  const start = 'if test($x==1) { set($r=a); } else if test($x=="") { set($r=b); }';
  const { ran } = await loads(entering(`${start} } set($z=1);`));
  assert.deepEqual(
    [...ran.variables],
    [
      ['r', 'b'],
      ['z', '1'],
    ],
  );
  assert.deepEqual(await strictly(entering(`${start} } set($z=1);`)), []);
  const short = await loads(entering(`${start} set($z=1);`));
  assert.deepEqual(
    short.diagram.states.map(({ name }) => name),
    ['B'],
  );
  assert.deepEqual(short.warnings, ['unclosedElement', 'elseIf']);
  const { faults } = await read(entering(`${start} set($z=1);`), 'strict');
  assert.match(faults.find(({ code }) => code === 'unclosedElement')?.hint ?? '', /\} is missing|one \} more/);
});

test('DSM 8.1/26: if takes brackets, and ; before else {dsm-reader}', async () => {
  const text = entering('if [ test() ] { set($x=1); }; else { set($x=2); }');
  assert.deepEqual([...(await loads(text)).ran.variables], [['x', '1']]);
  assert.deepEqual(await strictly(text), []);
});

test('DSM 8.1/27: whatever begins with for is a loop {dsm-reader}', async () => {
  const codes = await fails(`function forward() { set($x=1); };\n${entering('forward();')}`);
  assert.ok(codes.includes('forHeader'), codes.join());
});

test('DSM 8.1/28: arguments of a function are ignored {dsm-reader}', async () => {
  const text = `function f() { set($x=1); };\n${entering('f(7,8);')}`;
  assert.deepEqual([...(await loads(text)).ran.variables], [['x', '1']]);
});

test('DSM 8.1/29: a function ends with ; , does not call itself, and has parentheses {dsm-reader}', async () => {
  assert.deepEqual(await fails(`function f() { set($x=1); }\n${entering('f();')}`), ['unknownAction']);
  assert.ok((await fails(`function f() { f(); };\n${states}`)).includes('unknownAction'));
  assert.ok((await fails(`function f { };\n${states}`)).includes('functionHeader'));
});

test('DSM 8.1/30: the first initial state stays {dsm-reader}', async () => {
  const { diagram, warnings } = await loads('initial state A; initial state B;');
  assert.equal(diagram.initial?.name, 'A');
  assert.deepEqual(warnings, ['secondInitial']);
  assert.deepEqual(await strictly('initial state A; initial state B;'), ['1:32 secondInitial']);
});

test('DSM 8.1/31: of two enter blocks the second counts {dsm-reader}', async () => {
  const text = 'initial state A enter { set($x=1); } enter { set($y=2); };';
  const { ran, warnings } = await loads(text);
  assert.deepEqual([...ran.variables], [['y', '2']]);
  assert.deepEqual(warnings, ['repeatedBlock']);
});

test('DSM 8.1/32: an import is of one diagram {dsm-reader}', async () => {
  const use = entering('dlg.reply(200, OK);');
  await loads(`import(mod_dlg);\n${use}`);
  assert.deepEqual(await fails(use), ['unknownAction']);
  const { faults } = await read(use, 'strict');
  assert.match(faults[0]?.hint ?? '', /import\(mod_dlg\)/);
});

const folder = (files: { readonly [path: string]: string }): ScriptFiles => ({
  readText: async (path) => files[path] ?? null,
  list: async (path) => {
    const within = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
    return within.length === 0 ? null : within.map((name) => name.slice(path.length + 1)).reverse();
  },
});

test('DSM 8.1/33: an include finds its file with .dsm added {dsm-reader}', async () => {
  const { diagram } = await loads('initial state A;\n#include "part"\n', folder({ 'scripts/part.dsm': 'state P;' }));
  assert.deepEqual(
    diagram.states.map(({ name, position }) => `${name} ${position.file}:${position.line}`),
    ['A main.dsm:1', 'P scripts/part.dsm:1'],
  );
});

test('DSM 8.1/34: a folder is included, its files in order {dsm-reader}', async () => {
  const files = folder({ 'scripts/dir/a.dsm': 'state P;', 'scripts/dir/b.dsm': 'state Q;', 'scripts/dir/c.txt': 'x' });
  const { diagram } = await loads('initial state A;\n#include "dir"\r\nstate Z;', files);
  assert.deepEqual(
    diagram.states.map(({ name }) => name),
    ['A', 'P', 'Q', 'Z'],
  );
});

test('DSM 8.1/35: a missing parameter does not keep a script from loading {dsm-reader}', async () => {
  const text = entering('set($z); setTimer(5);');
  const { diagram, warnings } = await loads(text);
  assert.deepEqual(warnings, ['missingParameter', 'missingParameter']);
  for (const element of diagram.initial?.enter ?? [])
    assert.ok(element.kind === 'action' && element.first === '' && element.second === '');
  assert.deepEqual(await strictly(text), ['1:25 missingParameter', '1:34 missingParameter']);
});

test('DSM 8.1/36: a variable can be set to nothing {dsm-reader}', async () => {
  const { ran, warnings } = await loads(entering('set($pin="");'));
  assert.deepEqual([...ran.variables], [['pin', '']]);
  assert.deepEqual(warnings, ['emptyParameter']);
  assert.deepEqual(await strictly(entering('set($pin="");')), []);
});

test('DSM 8.1/37: a target that is not declared does not keep a script from loading {dsm-reader}', async () => {
  const text = 'initial state A exit { set($x=1); };\ntransition t A - hangup / set($y=2) -> NOWHERE;';
  const { diagram } = await loads(text);
  const ran = run(diagram, 'Hangup');
  assert.equal(ran.state, 'A');
  assert.deepEqual([...ran.variables.keys()], ['x', 'y']);
});
