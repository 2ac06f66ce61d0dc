import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../../core/commands/command.ts';
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
