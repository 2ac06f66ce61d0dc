/** Whatever a script says, the reader answers, soon, with a diagram or faults; what it reads can be written and read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkDiagrams,
  type Diagram,
  drawMermaid,
  drawSvg,
  printDiagram,
  type ReadMode,
  readDiagram,
} from '../../di-modules/dsm/language/index.ts';
import { withoutPlaces } from '../unit/modules/dsm/language/places.ts';
import { vocabulary } from '../unit/modules/dsm/language/vocabulary.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const words = [
  'state',
  'initial',
  'transition',
  'function',
  'enter',
  'exit',
  'if',
  'else',
  'for',
  'not',
  'exception',
  'import(mod_dlg)',
  'import',
  'A',
  'B',
  'C',
  '"my room"',
  "'q'",
  '""',
  '(A,B)',
  '(A, B)',
  '-',
  '->',
  '-->',
  '-/',
  '/',
  '{',
  '}',
  '[',
  ']',
  ';',
  ';',
  ';',
  'start',
  'hangup',
  'key(#key == 1)',
  'test($x == 1)',
  'test()',
  'set($x=1)',
  'set($x)',
  "log(1, it's)",
  'stop',
  'stop(true)',
  'f()',
  'f(1)',
  'for($i in range(3))',
  '($x in $y)',
  'forward()',
  'playFile("a b.wav")',
  'unknown(',
  '))',
  '"',
  "'",
  '(',
  '\n-- note\n',
  '\n# note\n',
  '\n#include "x"\n',
  '\n',
  '\\"',
  'set($a="b\\"c")',
  'call\u0000',
  '\u{1f600}',
  'B2B.connectCallee(a,b)',
] as const;

const good = `-- A menu.
import(mod_dlg);
function bye() { playFile("bye.wav"); stop(true); };
initial state A enter { set($x=1); for ($i in range(3)) { log(1, $i); } } exit { removeTimer(7); };
state B enter { if test($x == 1) { bye(); } else { log(2, "it's"); } };
state "my room";
transition t A - key(#key < 3); not test($x == "") / { set($x=2); bye(); } -> B;
transition u (A, B) - exception; test(#type == file) / stop(true) -> "my room";
transition v B --> A;
`;

async function readEverything(text: string, mode: ReadMode): Promise<Diagram | null> {
  const files = { readText: async () => text, list: async () => null };
  const { diagram, understood, faults } = await readDiagram({ name: 'main', text, vocabulary, mode, files });
  assert.ok(faults.length <= 102, `${faults.length} faults`);
  assert.equal(
    diagram === null,
    faults.some(({ severity }) => severity === 'error'),
  );
  for (const { position, text: shown } of faults) {
    assert.ok(position.line >= 1 && position.column >= 1);
    assert.ok(shown.length <= 80);
  }
  checkDiagrams([understood], { partial: new Set() });
  drawMermaid(understood);
  drawSvg(understood);
  printDiagram(understood);
  return diagram;
}

/** What strict mode has nothing against comes out as it went in. */
async function comesBack(diagram: Diagram): Promise<void> {
  const printed = printDiagram(diagram);
  const { diagram: again, faults } = await readDiagram({ name: 'main', text: printed, vocabulary, mode: 'strict' });
  assert.ok(again !== null, `${JSON.stringify(faults)}\n${printed}`);
  assert.deepEqual(withoutPlaces(again.states), withoutPlaces(diagram.states), printed);
  assert.equal(printDiagram(again), printed);
}

function soup(chance: Chance): string {
  const length = chance.integer(80);
  return Array.from({ length }, () => chance.pick(words) + (chance.happens(0.8) ? ' ' : '')).join('');
}

function mutated(chance: Chance): string {
  let text = good;
  for (let times = 1 + chance.integer(4); times > 0; times--) {
    const at = chance.integer(text.length);
    const gone = chance.happens(0.5) ? chance.integer(6) : 0;
    const put = chance.happens(0.7) ? chance.pick(words) : '';
    text = text.slice(0, at) + put + text.slice(at + gone);
  }
  return text;
}

for (const [name, make] of [
  ['soups of words', soup],
  ['changed scripts', mutated],
] as const)
  test(`${name} never throw, and what loads comes back from the printer {dsm-reader}`, async () => {
    await withSeeds(seedsOf(roundsOf(600)), async (chance) => {
      const text = make(chance);
      try {
        await readEverything(text, 'sems');
        const diagram = await readEverything(text, 'strict');
        if (diagram !== null && !text.includes('#include')) await comesBack(diagram);
      } catch (fault) {
        throw new Error(`${JSON.stringify(text)}: ${String(fault)}`, { cause: fault });
      }
    });
  });

for (const [name, text] of [
  ['states that never end', 'state '.repeat(100_000)],
  ['blocks in blocks', `initial state A enter { ${'if test() { '.repeat(50_000)}`],
  ['loops in loops', `initial state A enter { ${'for ($i in range(9)) { '.repeat(40_000)}`],
  ['words that nobody knows', 'initial state A enter { '.concat('unknown.action(1) '.repeat(50_000))],
  ['open parentheses', 'set('.repeat(200_000)],
  ['a quotation of backslashes', `"${'\\"'.repeat(400_000)}`],
  ['blanks', `initial state A;${' '.repeat(1_000_000)}x`],
  ['blanks in a loop', `initial state A enter { for ($a${' '.repeat(900_000)}b) {} };`],
  ['a long include', `#include${' '.repeat(900_000)}x`],
  ['quotation marks', `initial state A enter { log(1, ${'"'.repeat(900_001)}) };`],
  ['guards', `initial state A;\ntransition t A - ${'test($x == 1); '.repeat(60_000)} -> A;`],
  ['transitions', `initial state A;\n${'transition t A - key -> A;\n'.repeat(30_000)}`],
  [
    'functions that call two',
    Array.from(
      { length: 5000 },
      (_, at) => `function f${at}() { ${at > 0 ? `f${at - 1}(); f${at - 1}();` : 'stop;'} };`,
    )
      .join('\n')
      .concat('initial state A enter { f4999(); };'),
  ],
] as const)
  test(`a hostile file is read soon: ${name} {dsm-reader}`, { timeout: 20_000 }, async () => {
    await readEverything(text, 'sems');
    await readEverything(text, 'strict');
  });
