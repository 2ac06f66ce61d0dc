import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../core/runtime/index.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { SimRandom } from '../../../core/runtime/sim-random.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { createAuthenticator, type Origin } from '../../../rpc/auth.ts';
import { createTokens, hashPassword, verifyPassword } from '../../../rpc/index.ts';
import { createPolicy } from '../../../rpc/listener-policy.ts';
import { rpcConfig, withRpc } from './world.ts';

const random = new SimRandom(1);
const closed = { openLoopback: false };
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const policy = createPolicy({ access: rpcConfig().netstring?.access ?? never(), address: '', openByDefault: false });
const from = (source: string): Origin => ({ source, face: 'test', isEncrypted: false, policy });

function never(): never {
  throw new Error('the netstring face is on by default');
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number };
}

async function call(url: string, method: string, headers: Record<string, string> = {}, params: unknown[] = []) {
  const body = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });
  const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
  return { status: reply.status, answer: (await reply.json()) as Answer, headers: reply.headers };
}

test('an open loopback listener has the role operator {access-control}', () =>
  withRpc({}, async ({ url }) => {
    assert.equal((await call(url, 'reset')).answer.error, undefined);
    assert.equal((await call(url, 'wipe')).answer.error?.code, -32003);
    assert.equal((await call(url, 'calls', bearer('wrong'))).status, 401);
  }));

test('a closed listener wants a token, and its scopes count {access-control}', () =>
  withRpc(closed, async ({ url, rpc }) => {
    const refused = await call(url, 'calls');
    assert.equal(refused.status, 401);
    assert.equal(refused.answer.error?.code, -32004);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic realm/);
    assert.equal((await fetch(`${url}/metrics`)).status, 401);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);

    const { token } = await rpc.tokens.create({ name: 'reader', scopes: ['viewer'] });
    assert.equal((await call(url, 'calls', bearer(token))).answer.result, 3);
    assert.equal((await call(url, 'calls', basic('reader', token))).answer.result, 3);
    assert.equal((await call(url, 'calls', basic('other', token))).status, 401);
    assert.equal((await call(url, 'reset', bearer(token))).answer.error?.code, -32003);
    assert.equal((await fetch(`${url}/metrics`, { headers: bearer(token) })).status, 200);

    assert.equal(await rpc.tokens.revoke('reader'), true);
    assert.equal((await call(url, 'calls', bearer(token))).status, 401);
  }));

test('a token may be limited to one room {access-control}', () =>
  withRpc(closed, async ({ url, rpc }) => {
    const { token } = await rpc.tokens.create({ name: 'r', scopes: ['sample:control'], limits: { sample: ['4711'] } });
    assert.equal((await call(url, 'room', bearer(token), ['4711'])).answer.result, '4711');
    assert.equal((await call(url, 'room', bearer(token), ['4712'])).answer.error?.code, -32003);
  }));

test('batches and multicalls are checked call by call {access-control}', () =>
  withRpc({}, async ({ rpc }) => {
    const viewer = { name: 'v', scopes: ['*:read'], limits: {} };
    const batch =
      '[{"jsonrpc":"2.0","method":"calls","id":1},{"jsonrpc":"2.0","method":"core.set_loglevel","params":[1],"id":2},{"jsonrpc":"2.0","method":"di","params":["sample","reset"],"id":3}]';
    const answers = JSON.parse((await rpc.dispatchJson(batch, { caller: viewer })) ?? '');
    assert.deepEqual(
      answers.map(({ error }: { error?: { code: number } }) => error?.code),
      [undefined, -32003, -32003],
    );
    const xml =
      '<methodCall><methodName>system.multicall</methodName><params><param><value><array><data><value><struct><member><name>methodName</name><value>reset</value></member></struct></value></data></array></value></param></params></methodCall>';
    assert.match(await rpc.dispatchXml(xml, { caller: viewer }), /<i4>403</);
  }));

test('users of the configuration log in by password {access-control}', async () => {
  const hash = await hashPassword('s3cret', random);
  assert.equal(await verifyPassword('s3cret', hash), true);
  assert.equal(await verifyPassword('S3cret', hash), false);
  assert.equal(await verifyPassword('x', 'scrypt:rubbish'), false);
  await withRpc({ users: [{ name: 'ann', hash, scopes: ['operator'] }] }, async ({ url }) => {
    assert.equal((await call(url, 'calls')).status, 401);
    assert.equal((await call(url, 'calls', basic('ann', 's3cret'))).answer.result, 3);
    assert.equal((await call(url, 'reset', basic('ann', 's3cret'))).answer.error, undefined);
    assert.equal((await call(url, 'calls', basic('ann', 'wrong'))).status, 401);
  });
});

test('off loopback nothing starts without credentials {access-control}', async () => {
  const open = { listen: { address: '0.0.0.0', port: 0 } };
  await assert.rejects(
    withRpc(open, async () => {}),
    { code: 'config.invalid', message: /rpc\.listen\.address.*rpc\.users/ },
  );
  const netstring = { netstring: { address: '0.0.0.0', port: 0 } };
  await assert.rejects(
    withRpc(netstring, async () => {}),
    { code: 'config.invalid', message: /rpc\.netstring\.address/ },
  );
  const storage = memoryStorage();
  await createTokens(storage.keyValue('tokens'), new SimClock(), random).create({ name: 'a', scopes: ['viewer'] });
  await withRpc(
    { ...open, hosts: ['127.0.0.1'] },
    async ({ rpc }) => {
      const url = `http://127.0.0.1:${rpc.listener?.port}`;
      assert.equal((await call(url, 'calls')).status, 401);
    },
    storage,
  );
  const bad = { users: [{ name: 'x', hash: 'scrypt:no', scopes: [] }] };
  await assert.rejects(
    withRpc(bad, async () => {}),
    { code: 'config.invalid', message: /rpc\.users/ },
  );
});

test('guessing is delayed, then locked out, and credentials off loopback need rpc.allowPlainText {access-control}', async () => {
  const clock = new SimClock();
  const tokens = createTokens(memoryStorage().keyValue('tokens'), clock, random);
  const { token } = await tokens.create({ name: 'a', scopes: ['*:*'] });
  const make = (allowPlainText: boolean) =>
    createAuthenticator({
      config: { users: [], certificates: [], allowPlainText },
      tokens,
      clock,
      random,
      counters: new Counters(),
    });
  const auth = make(true);
  const guess = async (source: string, secret = 'wrong') => {
    const outcome = auth.login({ user: null, secret }, from(source)).then(
      ({ name }) => name,
      (fault) => fault.code,
    );
    await clock.advance(300);
    return outcome;
  };
  for (let at = 0; at < 5; at++) assert.equal(await guess('192.0.2.1'), 'rpc.unauthorized');
  assert.equal(await guess('192.0.2.1', token), 'rpc.tooManyRequests');
  assert.equal(await guess('192.0.2.2', token), 'a');
  await clock.advance(1000);
  assert.equal(await guess('192.0.2.1', token), 'a');
  assert.equal(await guess('192.0.2.1'), 'rpc.unauthorized');
  await assert.rejects(make(false).login({ user: null, secret: token }, from('192.0.2.1')), {
    code: 'rpc.forbidden',
    message: /allowPlainText/,
  });
});

test('guesses sent at once are looked at one after the other, and a refusal takes as long for any user {access-control}', async () => {
  const clock = new SimClock();
  const tokens = createTokens(memoryStorage().keyValue('tokens'), clock, random);
  const auth = createAuthenticator({
    config: { users: [], certificates: [], allowPlainText: true },
    tokens,
    clock,
    random,
    counters: new Counters(),
  });
  const outcomes = Array.from({ length: 20 }, (_, at) =>
    auth.login({ user: 'bob', secret: `guess ${at}` }, from('192.0.2.9')).then(
      () => 'in',
      (fault) => fault.code,
    ),
  );
  await clock.advance(300);
  const count = (code: string, all: readonly string[]) => all.filter((each) => each === code).length;
  const all = await Promise.all(outcomes);
  assert.deepEqual([count('rpc.unauthorized', all), count('rpc.tooManyRequests', all)], [5, 15]);
});

test('tokens have names, and are stored as hashes only {access-control}', async () => {
  const storage = memoryStorage();
  const store = storage.keyValue('tokens');
  const tokens = createTokens(store, new SimClock(), random);
  const { token } = await tokens.create({ name: 'a', scopes: ['viewer', 'sample:control'] });
  await assert.rejects(tokens.create({ name: 'a', scopes: ['viewer'] }), /exists/);
  await assert.rejects(tokens.create({ name: 'b c', scopes: ['viewer'] }), /token name/);
  await assert.rejects(tokens.create({ name: 'b', scopes: ['everything'] }), { code: 'config.invalid' });
  await assert.rejects(tokens.create({ name: 'b', scopes: [] }), /scope/);
  assert.deepEqual(
    (await tokens.list()).map(({ name, scopes }) => [name, scopes]),
    [['a', ['*:read', 'sample:control']]],
  );
  assert.doesNotMatch(JSON.stringify(await store.list()), new RegExp(token));
  await store.set('rubbish', { name: 1 });
  assert.equal((await tokens.list()).length, 1);
  assert.equal(await tokens.revoke('nobody'), false);
});
