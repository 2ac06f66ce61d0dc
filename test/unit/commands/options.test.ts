import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOptions } from '../../../core/commands/command.ts';
import { findCommand } from '../../../core/commands/index.ts';
import { token } from '../../../core/commands/token.ts';

const known = { values: ['name'], flags: ['check'] };

test('options are --name value, --name=value and --flag; anything else is named {configuration}', () => {
  const read = readOptions(['--name', 'a b', '--check', 'x'], known);
  assert.ok(!('fault' in read));
  assert.deepEqual([read.values.get('name'), read.flags.has('check'), read.rest], ['a b', true, ['x']]);
  assert.deepEqual(readOptions(['--name'], known), { fault: '--name needs a value' });
  assert.deepEqual(readOptions(['--nmae=a'], known), { fault: 'unknown option --nmae=a; known: --name, --check' });
});

test('callbus token says what is missing, with exit code 2 and nothing on stdout {configuration}', async () => {
  const run = async (...args: string[]) => {
    let stdout = '';
    let stderr = '';
    const code = await token.run(args, {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      signal: new AbortController().signal,
    });
    return [code, stdout, stderr.split('\n')[0]];
  };
  assert.deepEqual(await run(), [2, '', 'callbus token: say what to do']);
  assert.deepEqual(await run('creat'), [2, '', 'callbus token: unknown action "creat"']);
  assert.deepEqual(await run('create', '--name', 'a'), [2, '', 'callbus token: create needs --scopes']);
  assert.deepEqual(await run('list', 'all'), [2, '', 'callbus token: unexpected "all"']);
  assert.deepEqual(await run('hash', 'a', 'b'), [2, '', 'callbus token: hash takes one password']);
});

test('a plugin brings commands to callbus, by --config or the environment; it takes no name of ours {configuration}', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-'));
  const plugin = join(folder, 'greeter.mjs');
  const config = join(folder, 'callbus.yaml');
  const command = (name: string): string => `{ name: '${name}', summary: 'Greets.', usage: 'u', run: async () => 7 }`;
  const commands = `[${['greet', 'token', 'dsm'].map(command).join(', ')}]`;
  await writeFile(plugin, `export default { name: 'greeter', summary: 's', start() {}, commands: ${commands} };`);
  await writeFile(config, 'plugins: [./greeter.mjs]\n');
  try {
    for (const args of [
      ['--config', config],
      ['Ann', `--config=${config}`],
    ]) {
      const found = await findCommand('greet', args);
      assert.equal(await found?.run([], { stdout() {}, stderr() {}, signal: new AbortController().signal }), 7);
    }
    assert.equal(await findCommand('greet'), null);
    assert.notEqual((await findCommand('token', ['--config', config]))?.summary, 'Greets.');
    assert.notEqual((await findCommand('dsm', ['--config', config]))?.summary, 'Greets.');
    await assert.rejects(findCommand('greet', ['--config', join(folder, 'none.yaml')]), { code: 'file.missing' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
