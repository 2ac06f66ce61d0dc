/** Messages over the wires of a whole server, and what a limited token may touch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext, Caller } from '../../core/di/index.ts';
import { world } from '../support/world.ts';

const config = { modules: { msg_storage: { storage_dir: '/spool/voicebox' } } };
const box = { domain: 'example.org', user: 'alice' };

test('a message is stored, listed, read and deleted over JSON-RPC, and the bus tells of it {msg-storage}', async () => {
  const w = await world({ phone: null, config });
  const call = async (method: string, params: object): Promise<unknown> => {
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: `msg_storage.${method}`, params });
    const caller: Caller = { name: 'admin', scopes: ['*:*'], limits: {} };
    const answer = (await w.driver.during(w.server.rpc.dispatchJson(text, { caller }), 60_000, method)) ?? 'null';
    return JSON.parse(answer).result;
  };
  try {
    const message = '1254000000+"Ann" <sip:ann@example.net>.wav';
    assert.deepEqual(await call('msg_new', { ...box, message, content: 'aGVsbG8=' }), [0]);
    assert.deepEqual(await call('userdir_open', box), [0, [[message, 1, 5]]]);
    assert.deepEqual(await call('msg_get', { ...box, message }), [0, 'aGVsbG8=']);
    assert.deepEqual(await call('msg_markread', { ...box, message }), [0]);
    assert.deepEqual(await call('userdir_open', box), [0, [[message, 0, 5]]]);
    assert.ok(w.files.names.includes(`/spool/voicebox/example.org/alice/${message}`));
    assert.deepEqual(await call('msg_delete', { ...box, message }), [0]);
    assert.deepEqual(await call('userdir_getcount', box), [0]);
    assert.deepEqual(
      w.eventsOf('msg_storage.changed').map(({ payload }) => payload['event']),
      ['msg_new', 'msg_markread', 'msg_delete'],
    );
  } finally {
    await w.stop();
  }
});

test('a token that is limited to a domain, or to a user, reaches no other {msg-storage} {access-control}', async () => {
  const w = await world({ phone: null, config });
  const context = (caller: Partial<Caller>): CallContext => ({
    caller: { name: 'limited', scopes: ['msg_storage:control', 'msg_storage:read'], limits: {}, ...caller },
    face: 'json-rpc',
    source: '192.0.2.1',
    deadlineMs: null,
    traceId: 't',
    log: w.seams.log,
  });
  try {
    const byDomain = context({ limits: { msg_storage: ['example.org'] } });
    const byUser = context({ only: { user: ['alice'] } });
    for (const limited of [byDomain, byUser]) {
      assert.deepEqual(await w.invokeAs(limited, 'msg_storage.msg_new', { ...box, message: 'm' }), [0]);
      const other = limited === byDomain ? { ...box, domain: 'example.net' } : { ...box, user: 'bob' };
      await assert.rejects(w.invokeAs(limited, 'msg_storage.msg_new', { ...other, message: 'm' }), {
        code: 'rpc.forbidden',
      });
    }
  } finally {
    await w.stop();
  }
});
