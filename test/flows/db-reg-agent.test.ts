/** Accounts of a database at a registrar, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage, type SqlRow, type Storage } from '../../core/storage/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { type Registrar, type RegistrarOptions, startRegistrar } from '../support/registrar.ts';
import { type World, world } from '../support/world.ts';

interface Setting {
  readonly w: World;
  readonly registrar: Registrar;
  rows(): Promise<readonly SqlRow[]>;
  call(name: string, ...args: (string | number)[]): Promise<unknown>;
  ends(): Promise<void>;
}

const file = '/data/accounts.db';
const alice = 'sip:alice@10.0.0.9';
const own = 'sip:alice@10.0.0.1:5060';

async function setting(
  config: { readonly [key: string]: unknown } = {},
  options: RegistrarOptions = {},
  storage: Storage = memoryStorage(),
): Promise<Setting> {
  const w = await world({
    phone: null,
    storage,
    config: { modules: { db_reg_agent: { sqlite_file: file, ...config } } },
  });
  const registrar = await startRegistrar(w, options);
  return {
    w,
    registrar,
    rows: () => storage.database(file).run('SELECT * FROM registrations ORDER BY subscriber_id'),
    async call(name, ...args) {
      const answer = await w.invoke(`db_reg_agent.${name}`, ...args);
      await w.advance(100);
      return answer;
    },
    async ends() {
      await w.stop();
      await registrar.stack.close();
      await assertNothingLeft(w);
    },
  };
}

test('a subscriber is registered with its password, written down, refreshed at half the time, and removed {db-reg-agent}', async () => {
  const storage = memoryStorage();
  const it = await setting({}, { password: 'wonderland', grantedSeconds: 1000 }, storage);
  assert.deepEqual(await it.call('createRegistration', 7, 'alice', 'wonderland', '10.0.0.9'), [200, 'OK']);
  assert.deepEqual(it.registrar.bindings.get(alice), [own]);
  assert.equal(it.registrar.heard[0]?.header('expires'), '7200');
  const [row] = await it.rows();
  assert.deepEqual(
    [row?.['subscriber_id'], row?.['registration_status'], row?.['last_code'], row?.['last_reason'], row?.['contacts']],
    [7, 2, 200, 'OK', own],
  );
  const lifeMs = Date.parse(`${row?.['expiry']}Z`) - Date.parse(`${row?.['last_registration']}Z`);
  assert.equal(lifeMs, 1_000_000);
  const heard = it.registrar.heard.length;
  await it.w.advance(499_000);
  assert.equal(it.registrar.heard.length, heard);
  await it.w.advance(2000);
  assert.ok(it.registrar.heard.length > heard);
  assert.deepEqual(await it.call('removeRegistration', 7), [200, 'OK']);
  assert.deepEqual(it.registrar.bindings.get(alice), []);
  assert.deepEqual(await it.rows(), []);
  assert.deepEqual(await storage.database(file).run('SELECT * FROM subscribers'), []);
  assert.deepEqual(
    it.w.events
      .filter(({ name }) => name.startsWith('registration.'))
      .map(({ name, payload }) => [name, payload['handle']]),
    [
      ['registration.registered', 'subscriber:7'],
      ['registration.registered', 'subscriber:7'],
      ['registration.removed', 'subscriber:7'],
    ],
  );
  assert.ok(!JSON.stringify([it.w.logs, it.w.events]).includes('wonderland'));
  await it.ends();
});

test('the next start goes on from the tables: active ones wait, others are registered, 5 is removed, 4 is left {db-reg-agent}', async () => {
  const storage = memoryStorage();
  const first = await setting({}, {}, storage);
  for (const [id, user] of ['active', 'failed', 'leaving', 'gone'].entries())
    await first.call('createRegistration', id, user, 'p', '10.0.0.9');
  await first.ends();
  assert.equal(first.registrar.bindings.size, 4);
  assert.ok(
    [...first.registrar.bindings.values()].every((contacts) => contacts.length === 1),
    'contacts stay',
  );
  for (const [id, status] of [
    [1, 3],
    [2, 5],
    [3, 4],
  ] as const)
    await storage
      .database(file)
      .run('UPDATE registrations SET registration_status = ? WHERE subscriber_id = ?', [status, id]);
  const second = await setting({}, {}, storage);
  await second.w.advance(1000);
  const heard = second.registrar.heard.map((request) => `${request.header('to')} ${request.header('expires')}`);
  assert.deepEqual(heard.sort(), ['"failed" <sip:failed@10.0.0.9> 7200', '"leaving" <sip:leaving@10.0.0.9> 0']);
  assert.deepEqual(
    (await second.rows()).map((row) => [row['subscriber_id'], row['registration_status']]),
    [
      [0, 2],
      [1, 2],
      [3, 4],
    ],
  );
  await second.w.advance(1_800_000);
  assert.ok(second.registrar.bindings.has('sip:active@10.0.0.9'), 'refreshed when it was due');
  await second.ends();
});

test('what fails is written with code and reason, and tried again after error_retry_interval {db-reg-agent}', async () => {
  const it = await setting({ error_retry_interval: 60 });
  it.registrar.refusal = 503;
  await it.call('createRegistration', 1, 'alice', 'p', '10.0.0.9');
  const [row] = await it.rows();
  assert.deepEqual(
    [row?.['registration_status'], row?.['last_code'], row?.['last_reason']],
    [3, 503, 'Service Unavailable'],
  );
  it.registrar.refusal = null;
  await it.w.advance(61_000);
  assert.equal((await it.rows())[0]?.['registration_status'], 2);
  it.registrar.refusal = 403;
  await it.call('removeRegistration', 1);
  assert.deepEqual(
    (await it.rows()).map((each) => [each['registration_status'], each['last_code']]),
    [[5, 403]],
  );
  await it.ends();
});

test('update registers anew only what changed; refresh at once; a contact of the operator’s {db-reg-agent}', async () => {
  const it = await setting({ contact_hostport: '192.168.7.7:5080' });
  await it.call('createRegistration', 1, 'alice', 'p', '10.0.0.9');
  assert.deepEqual(it.registrar.bindings.get(alice), ['sip:alice@192.168.7.7:5080']);
  await it.call('updateRegistration', 1, 'alice', 'p', '10.0.0.9');
  assert.equal(it.registrar.heard.length, 1);
  await it.call('updateRegistration', 1, 'alice', 'p', '10.0.0.9', 'sip:alice@192.168.7.8');
  assert.deepEqual(it.registrar.bindings.get(alice), ['sip:alice@192.168.7.7:5080', 'sip:alice@192.168.7.8']);
  await it.call('refreshRegistration', 1);
  assert.equal(it.registrar.heard.length, 3);
  await it.call('updateRegistration', 2, 'bob', 'p', '10.0.0.9');
  assert.equal((await it.rows()).length, 2);
  for (const name of ['removeRegistration', 'refreshRegistration'])
    assert.deepEqual(await it.call(name, 99), [200, 'OK']);
  await it.ends();
});

test('a joined query of the operator’s, a table of another name, and a rate limit {db-reg-agent}', async () => {
  const storage = memoryStorage();
  const database = storage.database(file);
  await database.run('CREATE TABLE people (id INTEGER, name TEXT, word TEXT, home TEXT)');
  for (let id = 1; id <= 6; id++)
    await database.run('INSERT INTO people VALUES (?, ?, ?, ?)', [id, `u${id}`, 'p', id === 6 ? '' : '10.0.0.9']);
  const it = await setting(
    {
      joined_query:
        'SELECT id AS subscriber_id, name AS user, word AS pass, home AS realm, registration_status, expiry, last_registration FROM people LEFT JOIN states ON id = subscriber_id',
      registrations_table: 'states',
      enable_ratelimiting: true,
      ratelimit_rate: 2,
      ratelimit_per: 10,
    },
    {},
    storage,
  );
  await it.w.advance(1000);
  assert.equal(it.registrar.heard.length, 2, 'the allowance');
  await it.w.advance(10_000);
  assert.equal(it.registrar.heard.length, 4);
  await it.w.advance(10_000);
  assert.equal(it.registrar.heard.length, 5, 'the one without a realm is left out');
  assert.equal((await database.run('SELECT * FROM states WHERE registration_status = 2')).length, 5);
  await it.ends();
});

test('what cannot be ends the start with the key {db-reg-agent}', async () => {
  const refused = (config: { readonly [key: string]: unknown }, text: RegExp) => assert.rejects(setting(config), text);
  await refused({ database_url: 'mysql://a:b@c/d', mysql_user: 'sems' }, /db_reg_agent\.database_url/);
  await refused({ minimum_reregister_interval: 0.6 }, /minimum_reregister_interval/);
  await refused({ enable_ratelimiting: true }, /ratelimit_rate/);
  await refused({ joined_query: 'SELECT nonsense' }, /nonsense/);
  const it = await setting();
  await assert.rejects(it.call('createRegistration', 1, 'a', 'p', '198.51.100.7'), { code: 'dial.forbidden' });
  assert.deepEqual(await it.rows(), []);
  await it.ends();
});
