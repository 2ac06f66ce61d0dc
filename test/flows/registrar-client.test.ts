/** Registrations of ours as whoever controls the server sees them, at a registrar in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { type Registrar, type RegistrarOptions, startRegistrar } from '../support/registrar.ts';
import { type World, world } from '../support/world.ts';

interface Setting {
  readonly w: World;
  readonly registrar: Registrar;
  create(handle: string, more?: { readonly sink?: string; readonly contact?: string }): Promise<unknown>;
  state(handle?: string): Promise<unknown>;
  names(): string[];
  ends(): Promise<void>;
}

async function setting(
  options: RegistrarOptions = {},
  modules: { readonly [name: string]: unknown } = { registrar_client: {} },
): Promise<Setting> {
  const w = await world({ phone: null, config: { modules } });
  const registrar = await startRegistrar(w, options);
  return {
    w,
    registrar,
    async create(handle, { sink = '', contact = '' } = {}) {
      const account = [registrar.address, 'alice', 'Al "A" Ice', '', 'wonderland', sink, '', contact, handle];
      const answer = await w.invoke('registrar_client.createRegistration', ...account);
      await w.advance(100);
      return answer;
    },
    state: (handle = 'h') => w.invoke('registrar_client.getRegistrationState', handle),
    names: () => w.events.filter(({ name }) => name.startsWith('registration.')).map(({ name }) => name),
    async ends() {
      await w.stop();
      await registrar.stack.close();
      await assertNothingLeft(w);
    },
  };
}

const account = 'sip:alice@10.0.0.9';
const own = 'sip:alice@10.0.0.1:5060';

test('an account is registered with credentials, listed without them, and removed at the registrar {registrar-client}', async () => {
  const it = await setting({ password: 'wonderland' });
  assert.deepEqual(await it.create('h'), ['h']);
  assert.deepEqual(await it.state(), [1, 1, 3600]);
  assert.deepEqual(it.registrar.bindings.get(account), [own]);
  assert.equal(it.registrar.heard[1]?.header('to'), `"Al \\"A\\" Ice" <${account}>`);
  assert.deepEqual(await it.w.invoke('registrar_client.listRegistrations'), [
    {
      auth_user: '',
      contact: '',
      domain: '10.0.0.9',
      event_sink: '',
      handle: 'h',
      name: 'Al "A" Ice',
      proxy: '',
      user: 'alice',
    },
  ]);
  assert.equal(await it.w.invoke('registrar_client.removeRegistration', 'h'), null);
  assert.deepEqual(await it.state(), [1, 0, 0], 'it waits for the registrar');
  await it.w.advance(100);
  assert.deepEqual(await it.state(), [0]);
  assert.deepEqual(it.registrar.bindings.get(account), []);
  assert.deepEqual(await it.w.invoke('registrar_client.listRegistrations'), []);
  assert.deepEqual(it.names(), ['registration.registered', 'registration.removed']);
  assert.ok(!JSON.stringify([it.w.logs, it.w.events]).includes('wonderland'), 'nobody is told the password');
  await it.ends();
});

test('SEMS’s events come to the mailbox that was named, in its words {registrar-client}', async () => {
  const it = await setting();
  const posted: unknown[] = [];
  const mailbox = it.w.server.calls.mailboxes.register('watcher', (event) => posted.push(event));
  await it.create('h', { sink: 'watcher' });
  it.registrar.refusal = 403;
  await it.w.advance(3_600_000);
  it.registrar.refusal = null;
  await it.w.invoke('registrar_client.removeRegistration', 'h');
  await it.w.advance(100);
  mailbox.dispose();
  const data = posted.map((event) => (typeof event === 'object' && event !== null && 'data' in event ? event.data : 0));
  assert.deepEqual(data[0], { id: 0, event: 'RegisterSuccess', handle: 'h', code: 200, reason: 'OK' });
  assert.deepEqual(data[1], { id: 1, event: 'RegisterFailed', handle: 'h', code: 403, reason: 'Forbidden' });
  assert.deepEqual(data.at(-1), { id: 2, event: 'RegisterNoContact', handle: 'h', code: 200, reason: 'OK' });
  await it.ends();
});

test('what fails is tried again and told, with the time of the next attempt {registrar-client}', async () => {
  const it = await setting();
  it.registrar.refusal = 503;
  await it.create('h');
  assert.deepEqual(await it.state(), [1, 2, 0]);
  const [failed] = it.w.eventsOf('registration.failed');
  assert.equal(failed?.payload['status'], 503);
  assert.equal(failed?.payload['cause'], 'response');
  assert.ok(Number(failed?.payload['retryAtMs']) > it.w.clock.unixMs());
  it.registrar.refusal = null;
  await it.w.advance(31_000);
  assert.equal(((await it.state()) as number[])[1], 1);
  assert.deepEqual(it.names(), ['registration.failed', 'registration.registered']);
  await it.ends();
});

test('a registrar that is silent: failed for want of an answer, a standing one expires {registrar-client}', async () => {
  const it = await setting({ grantedSeconds: 100 });
  await it.w.invoke('registrar_client.createRegistration', ...['10.0.0.50', 'a', '', '', 'p', '', '', '', 'nobody']);
  assert.deepEqual(await it.state('nobody'), [1, 0, 0]);
  await it.w.advance(35_000);
  assert.equal(it.w.eventsOf('registration.failed')[0]?.payload['cause'], 'timeout');
  await it.create('h');
  assert.deepEqual(await it.state(), [1, 1, 100]);
  await it.registrar.stack.close();
  await it.w.advance(99_000);
  assert.deepEqual(await it.state(), [1, 1, 1], 'a refresh without an answer leaves it');
  await it.w.advance(2000);
  assert.deepEqual(await it.state(), [1, 2, 0]);
  assert.deepEqual(
    it.w.eventsOf('registration.expired').map(({ payload }) => payload['account']),
    [account],
  );
  await it.ends();
});

test('a contact of the caller’s is what is registered and what is removed; a handle that comes again replaces {registrar-client}', async () => {
  const it = await setting();
  await it.create('h', { contact: 'sip:door@192.168.7.7:5080' });
  assert.deepEqual(it.registrar.bindings.get(account), ['sip:door@192.168.7.7:5080']);
  const heard = it.registrar.heard.length;
  await it.create('h');
  assert.equal(it.registrar.heard.length, heard + 1, 'the former is dropped without a word');
  const [handle] = (await it.create('')) as string[];
  assert.match(handle ?? '', /^[0-9a-f]{24}$/);
  assert.equal(((await it.w.invoke('registrar_client.listRegistrations')) as unknown[]).length, 2);
  await it.w.stop();
  assert.deepEqual(it.registrar.bindings.get(account), ['sip:door@192.168.7.7:5080'], 'the end removes what it has');
  await it.ends();
});

test('what may not be dialled, is malformed or too much is refused {registrar-client}', async () => {
  const it = await setting({}, { registrar_client: { max_registrations: 1 } });
  const create = (...args: string[]) => it.w.invoke('registrar_client.createRegistration', ...args);
  await assert.rejects(create('198.51.100.7', 'a', '', '', 'p', ''), { code: 'dial.forbidden' });
  await assert.rejects(create('10.0.0.9', 'a', '', '', 'p', '', 'sip:198.51.100.7'), { code: 'dial.forbidden' });
  await assert.rejects(create('10.0.0.9', 'a', '', '', 'p', '', '198.51.100.7:5060'), { code: 'dial.forbidden' });
  await assert.rejects(create('10.0.0.9', 'a\r\nX: y', '', '', 'p', ''), { code: 'rpc.wrongType' });
  await assert.rejects(create('10.0.0.9', 'a', 'x\r\ny', '', 'p', ''), { code: 'rpc.wrongType' });
  await assert.rejects(create('10.0.0.9', 'a', '', '', 'p', '', '', 'nonsense'), { code: 'rpc.wrongType' });
  await assert.rejects(create('10.0.0.9'), { code: 'rpc.tooFewArguments' });
  await it.create('h');
  await assert.rejects(it.create('another'), { code: 'module.full' });
  await it.w.invoke('registrar_client.removeRegistration', 'unknown');
  await it.ends();
});

test('outbound: the same instance for ever, flow 1 {registrar-client}', async () => {
  const it = await setting({}, { registrar_client: { outbound: true } });
  await it.create('h');
  assert.match(
    it.registrar.heard[0]?.header('contact') ?? '',
    /;\+sip\.instance="<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>";reg-id=1/,
  );
  await it.ends();
});

test('an INVITE of a registered account takes its Service-Route; without a registration it is refused {registrar-client} {registration}', async () => {
  const it = await setting({ headers: [['Service-Route', '<sip:10.0.0.9;lr>']] }, { registrar_client: {}, echo: {} });
  const order = {
    application: 'echo',
    user: 'x',
    from: `<${account}>`,
    to: '<sip:bob@10.0.0.77>',
    requestUri: 'sip:bob@10.0.0.77',
    origin: { name: 'test' },
    account,
    onCall: () => {},
  };
  assert.throws(() => it.w.server.calls.originate(order), { code: 'dial.failed' });
  await it.create('h');
  const routes: (string | null)[] = [];
  it.registrar.stack.handlers = {
    ...it.registrar.stack.handlers,
    onInvite(dialog) {
      routes.push(dialog.invite.header('route'));
      dialog.respond(404);
    },
  };
  it.w.server.calls.originate(order);
  await it.w.advance(1000);
  assert.deepEqual(routes, ['<sip:10.0.0.9;lr>']);
  await it.ends();
});

test('reg_agent registers the accounts of the configuration, again what was removed, and removes them at the end {reg-agent}', async () => {
  const it = await setting(
    { password: 'wonderland' },
    {
      registrar_client: {},
      reg_agent: {
        accounts: [{ domain: '10.0.0.9', user: 'carol', pwd: 'wonderland' }],
        domain: '10.0.0.9',
        user: 'alice',
        pwd: 'wonderland',
        domain1: '10.0.0.9',
        user1: 'bob',
        pwd1: 'wonderland',
        contact1: 'sip:bob@192.168.7.7',
      },
    },
  );
  await it.w.advance(2500);
  const bound = () => [...it.registrar.bindings].map(([aor, contacts]) => `${aor} ${contacts.length}`).sort();
  const all = ['alice', 'bob', 'carol'];
  assert.deepEqual(
    bound(),
    all.map((user) => `sip:${user}@10.0.0.9 1`),
  );
  await it.w.invoke('registrar_client.removeRegistration', 'reg_agent:0');
  await it.w.advance(1000);
  assert.deepEqual(it.registrar.bindings.get('sip:carol@10.0.0.9'), []);
  await it.w.advance(10_000);
  assert.equal(it.registrar.bindings.get('sip:carol@10.0.0.9')?.length, 1);
  await it.w.stop();
  assert.deepEqual(
    bound(),
    all.map((user) => `sip:${user}@10.0.0.9 0`),
  );
  assert.ok(!JSON.stringify([it.w.logs, it.w.events]).includes('wonderland'));
  await it.ends();
});

test('reg_agent tells once what the dial rules forbid, and goes on {reg-agent}', async () => {
  const it = await setting({}, { registrar_client: {}, reg_agent: { domain: '198.51.100.7', user: 'a' } });
  await it.w.advance(60_000);
  const told = it.w.logs.filter(({ message }) => message === 'an account cannot be registered');
  assert.equal(told.length, 1);
  assert.match(String(told[0]?.fields['reason']), /dial\.allow/);
  await it.ends();
});

test('an outbound registration over TCP pings as often as Flow-Timer says, and registers anew when its connection is lost {registrar-client} {registration}', async () => {
  const it = await setting(
    {
      headers: [
        ['Require', 'outbound'],
        ['Flow-Timer', '30'],
      ],
    },
    { registrar_client: { outbound: true } },
  );
  const proxy = `${it.registrar.address}:5060/tcp`;
  await it.w.invoke('registrar_client.createRegistration', ...['10.0.0.9', 'alice', '', '', '', '', proxy, '', 'h']);
  await it.w.advance(100);
  assert.deepEqual(await it.state(), [1, 1, 3600]);
  const pings = () => sampleOf(it.w, 'callbus_sip_pings_total');
  await it.w.advance(23_000);
  assert.equal(pings(), 0);
  await it.w.advance(7000);
  assert.equal(pings(), 1);
  await it.w.advance(270_000);
  assert.ok(pings() >= 10 && pings() <= 13, String(pings()));
  const heard = it.registrar.heard.length;
  await it.w.driver.during(it.registrar.restart(), 1000, 'the restart');
  await it.w.advance(100);
  assert.equal(it.registrar.heard.length, heard + 1, 'at once');
  assert.deepEqual(await it.state(), [1, 1, 3600]);
  await it.ends();
});

function sampleOf({ seams }: World, name: string): number {
  const samples = seams.counters.samples().filter((sample) => sample.name === name);
  return samples.flatMap(({ values }) => values).reduce((sum, { value }) => sum + value, 0);
}
