import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arg, CodedError, type DiValue, rowsFor, Text, Void } from '../../../../core/index.ts';
import { msgStorage } from '../../../../di-modules/msg_storage/index.ts';
import { makeModule, refusal } from '../make-module.ts';

const box = ['example.org', 'alice'] as const;
const folder = '/data/msg_storage/messages/example.org/alice';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

async function made(config: Record<string, unknown> = {}) {
  const it = await makeModule(msgStorage, config);
  await it.clock.advance(10_000);
  return {
    ...it,
    call: (name: string, ...args: DiValue[]) => it.invoke(name, ...box, ...args),
    changes: () => it.events.filter(({ name }) => name === 'msg_storage.changed').map(({ payload }) => payload),
  };
}

test('a message is new, read, and gone, and each is told {msg-storage}', async () => {
  const { call, changes, files } = await made();
  assert.deepEqual(await call('msg_new', 'a.wav', bytes('hello')), [0]);
  assert.deepEqual(await call('userdir_open'), [0, [['a.wav', 1, 5]]]);
  assert.deepEqual(await call('userdir_getcount'), [1]);
  assert.deepEqual(await call('msg_get', 'a.wav'), [0, bytes('hello')]);
  assert.deepEqual(await call('userdir_open'), [0, [['a.wav', 1, 5]]], 'who listens does not mark');
  assert.deepEqual(await call('msg_markread', 'a.wav'), [0]);
  assert.deepEqual(await call('userdir_open'), [0, [['a.wav', 0, 5]]]);
  const found = await files.stat(`${folder}/a.wav`);
  assert.equal((found?.accessedUnixMs ?? 0) - (found?.modifiedUnixMs ?? 0), 1000, 'as SEMS marks it');
  assert.deepEqual(await call('msg_delete', 'a.wav'), [0]);
  assert.deepEqual(await call('userdir_open'), [0, []]);
  assert.deepEqual(await call('userdir_close'), [0]);
  assert.deepEqual(
    changes(),
    ['msg_new', 'msg_markread', 'msg_delete'].map((event) => ({
      domain: 'example.org',
      user: 'alice',
      message: 'a.wav',
      event,
    })),
  );
});

test('what is not there has the codes of SEMS {msg-storage}', async () => {
  const { call } = await made();
  assert.deepEqual(await call('userdir_open'), [2, null]);
  assert.deepEqual(await call('userdir_getcount'), [-1]);
  assert.deepEqual(await call('msg_get', 'a.wav'), [3, bytes('')]);
  assert.deepEqual(await call('msg_markread', 'a.wav'), [3]);
  assert.deepEqual(await call('msg_delete', 'a.wav'), [3]);
  assert.deepEqual(await call('msg_new', 'a.wav', 'missing.wav'), [5]);
});

test('a folder of SEMS is read as it stands, and its changes are seen {msg-storage}', async () => {
  const { call, files, clock } = await made();
  await files.write(`${folder}/new.wav`, bytes('12'));
  await files.write(`${folder}/old.wav`, bytes('123'));
  await files.setTimes(`${folder}/old.wav`, { modifiedUnixMs: 5000, accessedUnixMs: 6000 });
  await files.write(`${folder}/.hidden`, bytes('1'));
  await files.makeDirectory(`${folder}/folder`);
  assert.deepEqual(await call('userdir_open'), [
    0,
    [
      ['new.wav', 1, 2],
      ['old.wav', 0, 3],
    ],
  ]);
  await call('msg_new', 'ours.wav', bytes('1'));
  const modifiedUnixMs = clock.unixMs();
  await files.setTimes(`${folder}/ours.wav`, { modifiedUnixMs, accessedUnixMs: modifiedUnixMs + 60_000 });
  assert.deepEqual(await call('userdir_open'), [
    0,
    [
      ['new.wav', 1, 2],
      ['old.wav', 0, 3],
      ['ours.wav', 1, 1],
    ],
  ]);
  await files.setTimes(`${folder}/ours.wav`, { modifiedUnixMs, accessedUnixMs: modifiedUnixMs + 1000 });
  assert.deepEqual(await call('userdir_open'), [
    0,
    [
      ['new.wav', 1, 2],
      ['old.wav', 0, 3],
      ['ours.wav', 0, 1],
    ],
  ]);
});

test('the content is binary data, base64, a file of the inbox, or nothing {msg-storage}', async () => {
  const { call, files, bus, context } = await made();
  await files.write('/data/msg_storage/inbox/in.wav', bytes('inbox'));
  assert.deepEqual(await call('msg_new', 'a', 'in.wav'), [0]);
  assert.deepEqual(await call('msg_new', 'b', null, 'aGVsbG8='), [0]);
  assert.deepEqual(await call('msg_new', 'c'), [0]);
  const named = { domain: 'example.org', user: 'alice', message: 'd', content: 'aGVsbG8=' };
  assert.deepEqual(await bus.invoke('msg_storage', 'msg_new', named, context()), [0]);
  const contents = await Promise.all(['a', 'b', 'c', 'd'].map((name) => call('msg_get', name)));
  assert.deepEqual(
    contents,
    ['inbox', 'hello', '', 'hello'].map((text) => [0, bytes(text)]),
  );
  assert.equal(await refusal(call('msg_new', 'e', 'in.wav', 'aGVsbG8=')), 'rpc.wrongType');
});

test('a user has only so much room, and a full one is told {msg-storage}', async () => {
  const { call, events } = await made({ max_messages: 2, max_user_bytes: 10, max_message_bytes: 8 });
  assert.deepEqual(await call('msg_new', 'a', bytes('123456789')), [6]);
  assert.deepEqual(await call('msg_new', 'a', bytes('12345678')), [0]);
  assert.deepEqual(await call('msg_new', 'b', bytes('123')), [6]);
  assert.deepEqual(await call('msg_new', 'b', bytes('12')), [0]);
  assert.deepEqual(await call('msg_new', 'c'), [6]);
  assert.deepEqual(await call('msg_new', 'a', bytes('1234')), [0], 'what is overwritten makes room');
  assert.deepEqual(
    events.filter(({ name }) => name === 'msg_storage.full').map(({ payload }) => payload['limit']),
    ['max_message_bytes', 'max_user_bytes', 'max_messages'],
  );
});

test('a long message is given in pieces {msg-storage}', async () => {
  const { call } = await made({ max_answer_bytes: 1000 });
  const long = new Uint8Array(2500).map((_, i) => i % 251);
  await call('msg_new', 'a', long);
  assert.equal(await refusal(call('msg_get', 'a')), 'file.tooLarge');
  assert.deepEqual(await call('msg_get', 'a', 1000, 1000), [0, long.slice(1000, 2000)]);
  assert.deepEqual(await call('msg_get', 'a', 2000), [0, long.slice(2000)]);
  assert.deepEqual(await call('msg_get', 'a', 9999), [0, bytes('')]);
});

test('twenty messages at the same time are all there, each with its mark {msg-storage}', async () => {
  const { call, files } = await made();
  await Promise.all(Array.from({ length: 20 }, (_, i) => call('msg_new', `${i}`, bytes('x'))));
  await Promise.all(Array.from({ length: 10 }, (_, i) => call('msg_markread', `${i}`)));
  const [, messages] = (await call('userdir_open')) as [number, [string, number, number][]];
  assert.deepEqual(
    messages.map(([, unread]) => unread).reduce((sum, each) => sum + each, 0),
    10,
  );
  assert.equal(
    Object.keys(JSON.parse(Buffer.from(await files.read(`${folder}/.callbus-marks.json`)).toString()).messages).length,
    20,
  );
});

test('where times cannot be set the mark counts, where neither can be the code is 5, and messages are kept {msg-storage}', async () => {
  const { call, files } = await made();
  await call('msg_new', 'a', bytes('1'));
  files.setTimes = () => Promise.reject(new CodedError('file.failed', 'EPERM'));
  assert.deepEqual(await call('msg_markread', 'a'), [0]);
  assert.deepEqual(await call('userdir_open'), [0, [['a', 0, 1]]]);
  const write = files.write.bind(files);
  files.write = (path, content) =>
    path.endsWith('.json') ? Promise.reject(new CodedError('file.failed', 'EROFS')) : write(path, content);
  assert.deepEqual(await call('msg_new', 'b', bytes('2')), [0]);
  assert.deepEqual(await call('msg_markread', 'b'), [5]);
  assert.deepEqual(await call('msg_delete', 'b'), [0]);
  files.write = () => Promise.reject(new CodedError('file.failed', 'EIO'));
  assert.deepEqual(await call('msg_new', 'c'), [7]);
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  files.write = () => Promise.reject(new CodedError('file.failed', 'ENOSPC', { cause: full }));
  assert.deepEqual(await call('msg_new', 'c'), [6]);
  files.makeDirectory = () => Promise.reject(new CodedError('file.failed', 'EACCES'));
  assert.deepEqual(await call('msg_new', 'c'), [2]);
});

test('no argument leads out of the folders {msg-storage} {access-control}', async () => {
  const { invoke, files } = await made();
  await files.write('/data/secret', bytes('secret'));
  for (const bad of ['..', '../..', '/etc', 'a/../../b', '.callbus-marks.json', 'a\0', 'a\\..\\b', 'x'.repeat(300)]) {
    for (const args of [
      [bad, 'alice', 'm'],
      ['example.org', bad, 'm'],
      ['example.org', 'alice', bad],
    ] as const) {
      for (const name of ['msg_new', 'msg_get', 'msg_markread', 'msg_delete'])
        assert.equal(await refusal(invoke(name, ...args)), 'rpc.wrongType', `${name} ${JSON.stringify(args)}`);
    }
    assert.equal(await refusal(invoke('msg_new', ...box, 'm', bad)), 'rpc.wrongType');
    assert.equal(await refusal(invoke('userdir_open', 'example.org', bad)), 'rpc.wrongType');
  }
  assert.deepEqual(files.names, ['/data/secret']);
});

test('functions of other modules are told in the way of SEMS, and no wire has that {msg-storage}', async () => {
  const { call, bus, context, clock } = await made();
  const { fn, defineFunctions } = rowsFor<null>();
  const told: string[][] = [];
  const changed = fn({
    summary: 'Told of changes.',
    params: [arg('domain', Text), arg('user', Text), arg('event', Text)],
    result: Void,
    scope: 'voicebox:control',
    handler(_, ...words) {
      told.push(words);
      return null;
    },
  });
  bus.register('voicebox', defineFunctions({ changed }), null as never);
  const inProcess = bus.moduleContext('voicebox');
  await bus.invoke('msg_storage', 'events_subscribe', ['voicebox', 'changed'], inProcess);
  await bus.invoke('msg_storage', 'events_subscribe', ['nobody', 'changed'], inProcess);
  assert.deepEqual(await call('msg_new', 'a'), [0], 'a sink that fails harms nobody');
  await clock.advance(0);
  await bus.invoke('msg_storage', 'events_unsubscribe', ['voicebox'], inProcess);
  await call('msg_delete', 'a');
  await clock.advance(0);
  assert.deepEqual(told, [['example.org', 'alice', 'msg_new']]);
  for (const name of ['events_subscribe', 'events_unsubscribe'])
    assert.equal(await refusal(bus.invoke('msg_storage', name, ['voicebox', 'x'], context())), 'rpc.unknownFunction');
});
