import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diLog } from '../../../../di-modules/di_log/index.ts';
import { cutText, TextRing } from '../../../../di-modules/di_log/ring.ts';
import { makeModule, refusal } from '../make-module.ts';

test('the log can be read, oldest first, with times and fields {di-log}', async () => {
  const { invoke, context } = await makeModule(diLog);
  const { log } = context();
  log.child({ call: 'A' }).warn('first', { code: 486 });
  log.debug('not let through');
  log.info('second\nline', { big: 5n });
  const [text] = (await invoke('dumplog')) as [string];
  const lines = text.split('\n').map((line) => line.slice(13));
  assert.deepEqual(lines.slice(0, 2), ['warn  first call=A code=486', 'info  second\\nline big=5']);
  assert.ok(text.endsWith('\n\n'));
});

test('only the last messages are kept, and each is cut {di-log}', async () => {
  const { invoke, context } = await makeModule(diLog, { messages: 3, message_bytes: 40 });
  for (let count = 1; count <= 5; count++) context().log.info(`message ${count} ${'é'.repeat(40)}`);
  const [text] = (await invoke('dumplog')) as [string];
  const lines = text.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => /message (\d)/.exec(line)?.[1]),
    ['3', '4', '5'],
  );
  for (const line of lines) assert.ok(Buffer.byteLength(line) <= 40 && !line.includes('\ufffd'));
});

test('the dump goes to a file of the folder, and nowhere else {di-log} {access-control}', async () => {
  const { invoke, context, files } = await makeModule(diLog);
  context().log.info('hello');
  assert.deepEqual(await invoke('dumplogtodisk', 'a.log'), ['dumped to disk.\n']);
  assert.match(Buffer.from(await files.read('/data/di_log/a.log')).toString(), /hello\n/);
  await invoke('dumplogtodisk', '/data/di_log/b.log');
  assert.notEqual(await files.stat('/data/di_log/b.log'), null);
  for (const path of [
    '../a',
    '/etc/passwd',
    '/data/di_log/../x',
    '/data/di_log//x',
    '.',
    '..',
    'a/b',
    'a\0b',
    '-x',
    '',
  ])
    assert.match(await refusal(invoke('dumplogtodisk', path)), /rpc\.(forbidden|wrongType)/, path);
});

test('help and _list {di-log}', async () => {
  const { invoke } = await makeModule(diLog);
  assert.deepEqual(await invoke('help'), ['dumplog\ndumplogtodisk <path>\n']);
  assert.deepEqual(await invoke('_list'), ['dumplog', 'dumplogtodisk', 'help']);
});

test('a ring and a cut {di-log}', () => {
  const ring = new TextRing(2);
  for (const text of ['a', 'b', 'c']) ring.push(text);
  assert.deepEqual(ring.list(), ['b', 'c']);
  assert.deepEqual([cutText('abc', 3), cutText('aéé', 4), cutText('a😀', 4)], ['abc', 'aé', 'a']);
});
