/** Loading DSM scripts: 200 diagrams of 30 states each, with the vocabulary of the module. Demand: ≤ 1 s. */
import { scriptVocabulary } from '../../di-modules/dsm/host/vocabulary.ts';
import { checkDiagrams, type Diagram, printDiagram, readDiagram } from '../../di-modules/dsm/language/index.ts';
import { dsmModules } from '../../di-modules/dsm/mods/index.ts';

const diagrams = 200;
const statesEach = 30;
const limitMs = 1000;

function script(number: number): string {
  const lines = [`-- Diagram ${number}.`, 'function bye() { playFile("bye.wav"); stop(true); };'];
  for (let state = 0; state < statesEach; state++)
    lines.push(
      `${state === 0 ? 'initial ' : ''}state S${state}`,
      `  enter { set($x=${state}); playFile("prompt_$x.wav"); setTimer(${state}, 20); }`,
      `  exit { removeTimer(${state}); };`,
    );
  for (let state = 0; state < statesEach; state++)
    lines.push(
      `transition "key ${state}" S${state} - key(#key < ${state % 10}); not test($y == "${state}") / {`,
      '  append($digits, #key);',
      '  if test(len($digits) > 3) { flushPlaylist(); } else { log(3, $digits); }',
      `} -> S${(state + 1) % statesEach};`,
      `transition "bye ${state}" S${state} - hangup / bye() -> S0;`,
    );
  return lines.join('\n');
}

const texts = Array.from({ length: diagrams }, (_, number) => script(number));
const vocabulary = scriptVocabulary(dsmModules);
const characters = texts.reduce((sum, text) => sum + text.length, 0);

async function readAll(): Promise<Diagram[]> {
  const read: Diagram[] = [];
  for (const [number, text] of texts.entries()) {
    const { diagram, faults } = await readDiagram({ name: `d${number}`, text, vocabulary, mode: 'strict' });
    if (diagram === null) throw new Error(JSON.stringify(faults[0]));
    read.push(diagram);
  }
  return read;
}

// CPU time: other work on the machine does not count.
const before = process.cpuUsage();
const read = await readAll();
const { user, system } = process.cpuUsage(before);
const loadMs = (user + system) / 1000;
const checkStart = performance.now();
const faults = checkDiagrams(read);
const checkMs = performance.now() - checkStart;
const printStart = performance.now();
for (const diagram of read) printDiagram(diagram);
const printMs = performance.now() - printStart;
const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(8);
process.stdout.write(
  [
    `${ms(loadMs)}  loading ${diagrams} diagrams (${(characters / 1e6).toFixed(1)} MB) for the first time, CPU; at most ${limitMs} ms`,
    `${ms(checkMs)}  checking them (${faults.length} warnings)`,
    `${ms(printMs)}  printing them`,
    '',
  ].join('\n'),
);
if (loadMs > limitMs) process.exitCode = 1;
