/**
 * The scripts of di-modules/dsm/samples as they are shipped: each one's story by the command that authors use, and
 * what a story does not look at by hand.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandIo } from '../../core/index.ts';
import { startSimulatedServer } from '../../core/simulated-server.ts';
import { dsmCommands } from '../../di-modules/dsm/commands/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld } from './dsm-world.ts';

const folder = join(import.meta.dirname.replace(/\/dist(?=\/test\/flows$)/, ''), '../../di-modules/dsm/samples');
const stories = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -5));

/** `callbus dsm …`; what it wrote and its exit code. */
async function callbusDsm(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io: CommandIo = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    signal: new AbortController().signal,
    simulate: startSimulatedServer,
  };
  const code = (await dsmCommands[0]?.run(args, io)) ?? -1;
  return { code, out, err };
}

for (const name of stories)
  test(`the sample ${name} does what its story says {dsm-tools}`, async () => {
    const script = join(folder, `${name}.dsm`);
    const { code, out, err } = await callbusDsm('run', script, '--script', join(folder, `${name}.yaml`), '--quiet');
    assert.equal(code, 0, `${out}${err}`);
  });

test('the samples load in strict mode {dsm-tools}', async () => {
  const { out, code } = await callbusDsm('check', folder);
  assert.equal(code, 0, out);
});

for (const flags of [[], ['--system']])
  test(`what callbus dsm new writes${flags.length === 0 ? '' : ', without a call,'} is right and runs {dsm-tools}`, async (t) => {
    const made = await mkdtemp(join(tmpdir(), 'callbus-dsm-'));
    t.after(() => rm(made, { recursive: true }));
    const [script, story] = [join(made, 'first.dsm'), join(made, 'first.yaml')];
    await callbusDsm('new', script, ...flags);
    for (const args of [
      ['check', script, '--deny-warnings'],
      ['format', '--check', script],
      ['run', script, '--script', story, '--quiet'],
    ]) {
      const { code, out, err } = await callbusDsm(...args);
      assert.equal(code, 0, `${out}${err}`);
    }
  });

test('a story that does not come true is told with file and line, exit code 1 {dsm-tools}', async () => {
  const story = join(folder, 'mailbox.yaml');
  const { code, out } = await callbusDsm('run', join(folder, 'waiting_room.dsm'), '--script', story, '--quiet');
  assert.equal(code, 1);
  assert.match(out, /NOT .*mailbox\.yaml:5: expect state MENU.*: state is waiting_room\/WAITING, not MENU/);
});

test('a run tells events, steps and the end as JSON {dsm-tools}', async () => {
  const script = join(folder, 'pin_collect.dsm');
  const { out } = await callbusDsm('run', script, '--script', join(folder, 'pin_collect.yaml'), '--json');
  const lines = out.trim().split('\n');
  const told = lines.map((line) => JSON.parse(line) as { kind: string; text?: string; ok?: boolean });
  assert.deepEqual(told.at(-1), { kind: 'end', steps: 9, of: 9, ok: true });
  assert.ok(told.some(({ kind, text }) => kind === 'trace' && text?.startsWith('Key key=1 duration=100 | ')));
  assert.ok(told.filter(({ kind }) => kind === 'step').every(({ ok }) => ok === true));
});

test('what is no story is refused with line and column, exit code 2 {dsm-tools}', async () => {
  const script = join(folder, 'mailbox.dsm');
  const { code, err } = await callbusDsm('run', script, '--script', script);
  assert.equal(code, 2);
  assert.match(err, /mailbox\.dsm:\d+:\d+: /);
});

test('the calling card takes what a call lasted, in whole seconds {dsm-calls}', async () => {
  const script = await readFile(join(folder, 'calling_card.dsm'), 'utf8');
  const w = await dsmWorld(
    { calling_card: script },
    {
      dsm: { load_prompts: [join(folder, 'prompts.conf')], gateway: '10.0.1.2' },
      config: { modules: { billing: {}, cc_acc: {} } },
    },
  );
  const bob = await w.newPhone('55');
  bob.answers();
  await w.invoke('cc_acc.setCredit', '1234', 100);
  await w.phone.call('800');
  await w.phone.press('1234#55#');
  await bob.isCalled({ state: 'talking' });
  w.phone.says(tone(440));
  await bob.hears(tone(440));
  await w.advance(5500);
  await w.phone.bye();
  await bob.current.isHungUp();
  const [credit] = (await w.invoke('cc_acc.getCredit', '1234')) as readonly number[];
  assert.ok(credit === 93 || credit === 94, `credit ${credit}`);
  await assertNothingLeft(w);
});
