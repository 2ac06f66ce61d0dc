/** The scripts that SEMS ships as examples, and those that the project was given to run. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { checkDiagrams, type Fault, readDiagram } from '../../../../../di-modules/dsm/language/index.ts';
import { vocabulary } from './vocabulary.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined && 'CALLBUS_CONFORMANCE is not set';
const folder = join(root ?? '', 'dsm');

/** These need a module that is not there yet. */
const ofSbc = ['test_sbc.dsm'];

const told = ({ position: { line, column }, code, text }: Fault): string => `${line}:${column} ${code} ${text}`;

async function read(path: string, mode: 'strict' | 'sems') {
  const name = basename(path, '.dsm');
  return readDiagram({ name, file: path, text: readFileSync(join(folder, path), 'utf8'), vocabulary, mode });
}

test('the examples of SEMS load as they stand {dsm-reader}', { skip }, async () => {
  const scripts = readdirSync(join(folder, 'doc'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.dsm'),
  );
  assert.ok(scripts.length >= 20, String(scripts.length));
  for (const script of scripts) {
    const { diagram, faults } = await read(join('doc', script), 'sems');
    assert.equal(diagram !== null, !ofSbc.includes(basename(script)), `${script}: ${faults.map(told).join(', ')}`);
  }
});

test('the lobby loads in mode strict, and nothing in it is doubtful {dsm-reader}', { skip }, async () => {
  const { diagram, faults } = await read('seeds/lobby.dsm', 'strict');
  assert.ok(diagram !== null);
  assert.deepEqual([...faults, ...checkDiagrams([diagram])].map(told), []);
});

test('the sketch of the messages menu is told of with line and column {dsm-reader}', { skip }, async () => {
  const { diagram, understood, faults } = await read('seeds/messages.dsm', 'strict');
  assert.equal(diagram, null);
  assert.deepEqual(faults.map(told), [
    '12:26 unknownSource -',
    '21:5 unknownAction utils.playcountRight($new_messages)',
  ]);
  assert.match(faults[1]?.hint ?? '', /utils\.playCountRight/);
  const checks = checkDiagrams([understood], { partial: new Set([understood]) });
  assert.deepEqual(checks.map(told), [
    '15:1 unknownTarget end',
    '16:1 unknownTarget end',
    '24:1 unknownTarget PLAY_MSG',
    '25:1 unknownTarget MENU',
  ]);
});
