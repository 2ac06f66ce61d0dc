/**
 * Scripts as users of SEMS write them, each with its story: comments in all places, quotes in quotes, includes, line
 * ends and letters of other systems. Loaded and run as `callbus dsm run` does.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulatedServer } from '../../core/simulated-server.ts';
import { dsmCommands } from '../../di-modules/dsm/commands/index.ts';

const folder = join(import.meta.dirname.replace(/\/dist(?=\/test\/flows$)/, ''), 'dsm-scripts');
const stories = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

for (const story of stories) {
  const path = join(folder, story);
  const [title = ''] = readFileSync(path, 'utf8').split('\n', 1);
  test(`as SEMS takes it: ${title.slice(2)} {dsm-engine}`, async () => {
    let said = '';
    const write = (text: string): void => {
      said += text;
    };
    const io = { stdout: write, stderr: write, signal: new AbortController().signal, simulate: startSimulatedServer };
    const args = ['run', path.replace(/\.yaml$/, '.dsm'), '--script', path, '--quiet'];
    assert.equal(await dsmCommands[0]?.run(args, io), 0, said);
  });
}
