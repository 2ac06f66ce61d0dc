import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParsedRequest, RegisterOptions, Registration, RegistrationStatus } from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

const registrarAddress = '10.0.0.9';

interface Setting extends Lab {
  readonly registrar: Peer;
  readonly registration: Registration;
  readonly changes: RegistrationStatus[];
  /** The newest REGISTER is answered. */
  answer(status: number, ...headers: string[]): Promise<void>;
  newest(): ParsedRequest;
  count(): number;
  states(): string[];
}

async function registering(options: Partial<RegisterOptions> = {}): Promise<Setting> {
  const base = await lab();
  const registrar = await base.peer(registrarAddress);
  const changes: RegistrationStatus[] = [];
  const registration = base.stack.register({
    registrar: `sip:${registrarAddress}`,
    addressOfRecord: `"Al" <sip:alice@${registrarAddress}>`,
    onChange: (status) => changes.push(status),
    ...options,
  });
  await base.pass(50);
  const newest = (): ParsedRequest => registrar.lastRequest('REGISTER');
  return {
    ...base,
    registrar,
    registration,
    changes,
    newest,
    count: () => new Set(registrar.heard.map((message) => message.header('cseq'))).size,
    states: () => changes.map(({ state, status }) => `${state} ${status}`),
    async answer(status, ...headers) {
      await registrar.send(registrar.response(newest(), status, { headers, contact: '' }));
    },
  };
}

const own = 'sip:alice@10.0.0.1:5060';

/** It sends nothing more, and leaves nothing behind. */
async function ends(setting: Setting): Promise<void> {
  const stopped = setting.registration.stop();
  await setting.pass(5000);
  await stopped;
  await setting.assertEmpty();
}

test('a REGISTER says who, where and how long, and the 200 makes it stand {registration}', async () => {
  const it = await registering();
  const first = it.newest();
  assert.equal(first.uri, `sip:${registrarAddress}`);
  assert.equal(first.header('to'), `"Al" <sip:alice@${registrarAddress}>`);
  assert.match(first.header('from') ?? '', /^"Al" <sip:alice@10\.0\.0\.9>;tag=./);
  assert.equal(first.header('contact'), `<${own}>;expires=3600`);
  assert.equal(first.header('expires'), '3600');
  assert.equal(first.header('supported'), 'path');
  assert.equal(it.registration.status.state, 'registering');
  await it.answer(
    200,
    `Contact: <sip:other@10.1.1.1>;expires=9`,
    `Contact: <${own}>;expires=120`,
    'Service-Route: <sip:p1;lr>, <sip:p2;lr>',
  );
  const { status } = it.registration;
  assert.equal(status.state, 'registered');
  assert.deepEqual(status.serviceRoute, ['<sip:p1;lr>', '<sip:p2;lr>']);
  assert.deepEqual(
    status.contacts.map(({ uri, expiresSeconds, ours }) => [uri, expiresSeconds, ours]),
    [
      ['sip:other@10.1.1.1', 9, false],
      [own, 120, true],
    ],
  );
  await ends(it);
});

test('it is refreshed before it expires, with the same Call-ID and From tag and the next CSeq {registration}', async () => {
  const it = await registering();
  await it.answer(200, `Contact: <${own}>;expires=1000`);
  const first = it.newest();
  await it.pass(700_000);
  assert.equal(it.count(), 1);
  while (it.count() === 1) await it.pass(1000);
  const passed = it.sim.clock.nowMs();
  assert.ok(passed > 764_000 && passed < 852_000, String(passed));
  const second = it.newest();
  assert.equal(second.callId, first.callId);
  assert.equal(second.fromTag, first.fromTag);
  assert.deepEqual([first.cseq.number, second.cseq.number], [1, 2]);
  await it.answer(200, `Contact: <${own}>;expires=1000`);
  assert.deepEqual(it.states(), ['registered 200', 'registered 200']);
  await ends(it);
});

test('corner case 133: the expiry is the parameter, else the Expires header, else what was asked; no Contact is none {registration}', async () => {
  const expiryOf = async (...headers: string[]): Promise<number | string> => {
    const it = await registering();
    const before = it.sim.clock.unixMs();
    await it.answer(200, ...headers);
    const { state, expiresAtMs } = it.registration.status;
    it.registration.stop(0);
    await it.pass(10);
    return expiresAtMs === null ? state : Math.round((expiresAtMs - before) / 1000);
  };
  assert.equal(await expiryOf(`Contact: <${own}>;expires=77`, 'Expires: 88'), 77);
  assert.equal(await expiryOf(`Contact: <${own}>`, 'Expires: 88'), 88);
  assert.equal(await expiryOf(`Contact: <${own}>`), 3600);
  assert.equal(await expiryOf(`Contact: <${own}>;expires=soon`), 3600);
  assert.equal(await expiryOf(), 'unregistered');
  assert.equal(await expiryOf('Contact: *'), 'unregistered');
  assert.equal(await expiryOf('Contact: <sip:other@10.1.1.1>;expires=60'), 'unregistered');
  assert.equal(await expiryOf(`Contact: <${own}>;expires=0`), 'unregistered');
});

test('a 401 is answered with credentials, whose nonce the refresh uses again {registration}', async () => {
  const it = await registering({ credentials: { user: 'alice', password: 'secret', realm: '' } });
  await it.answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"');
  assert.equal(it.newest().cseq.number, 2);
  assert.match(it.newest().header('authorization') ?? '', /uri="sip:10\.0\.0\.9".*nc=00000001/);
  await it.answer(200, `Contact: <${own}>;expires=60`);
  await it.pass(30_000);
  assert.equal(it.newest().cseq.number, 3);
  assert.match(it.newest().header('authorization') ?? '', /nonce="n".*nc=00000002/);
  await it.answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth", stale=true');
  assert.match(it.newest().header('authorization') ?? '', /nonce="n2".*nc=00000001/);
  await ends(it);
});

test('a wrong password fails once and is tried again only after the back-off {registration}', async () => {
  const it = await registering({ credentials: { user: 'alice', password: 'wrong', realm: '' } });
  await it.answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"');
  await it.answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth"');
  assert.deepEqual(it.states(), ['failed 401']);
  await it.pass(14_000);
  assert.equal(it.count(), 2);
  await it.pass(17_000);
  assert.equal(it.count(), 3);
  await ends(it);
});

test('a 423 raises the expiry to Min-Expires; without one it is a failure {registration}', async () => {
  const it = await registering({ expiresSeconds: 60 });
  await it.answer(423, 'Min-Expires: 1800');
  assert.equal(it.newest().header('contact'), `<${own}>;expires=1800`);
  assert.equal(it.newest().header('expires'), '1800');
  await it.answer(423, 'Min-Expires: 1800');
  assert.deepEqual(it.states(), ['failed 423']);
  await ends(it);
});

test('failures back off from 30 s to 30 min, a Retry-After is obeyed {registration}', async () => {
  const it = await registering();
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    await it.answer(480);
    const { retryAtMs } = it.registration.status;
    assert.ok(retryAtMs !== null);
    const waitMs = retryAtMs - it.sim.clock.unixMs();
    waits.push(waitMs);
    await it.pass(waitMs + 100);
  }
  waits.forEach((waitMs, n) => {
    const upper = Math.min(1_800_000, 30_000 * 2 ** n);
    assert.ok(waitMs <= upper && waitMs >= upper / 2 - 100, `${n}: ${waitMs}`);
  });
  await it.answer(503, 'Retry-After: 3000 (busy);duration=60');
  await it.pass(2_990_000);
  assert.equal(it.count(), 10);
  await it.pass(20_000);
  assert.equal(it.count(), 11);
  await ends(it);
});

test('a registration whose refresh gets no answer stands until it expires {registration}', async () => {
  const it = await registering();
  await it.answer(200, `Contact: <${own}>;expires=60`);
  await it.pass(59_000);
  assert.equal(it.registration.status.state, 'registered');
  await it.pass(20_000);
  assert.equal(it.registration.status.state, 'failed');
  await ends(it);
});

test('a 3xx is followed only when it is allowed {registration}', async () => {
  const strict = await registering();
  await strict.answer(302, 'Contact: <sip:10.0.0.9;x=1>');
  assert.deepEqual(strict.states(), ['failed 302']);
  await ends(strict);
  const free = await registering({ followRedirects: true });
  await free.answer(302, 'Contact: <sip:10.0.0.9;x=1>');
  assert.equal(free.newest().uri, 'sip:10.0.0.9;x=1');
  await ends(free);
});

test('several contacts, and those of an instance and flow, are found in the 200 {registration}', async () => {
  const it = await registering({
    contacts: [
      { uri: 'sip:a@10.0.0.1', q: 0.5 },
      { uri: null, expiresSeconds: 90 },
    ],
    outbound: { instanceId: 'urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF', regId: 1 },
  });
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=1';
  assert.equal(
    it.newest().header('contact'),
    `<sip:a@10.0.0.1>;q=0.500;${instance};expires=3600, <${own}>;${instance};expires=90`,
  );
  assert.equal(it.newest().header('supported'), 'path, outbound');
  await it.answer(200, `Contact: <sip:nat@192.0.2.7:4444>;${instance};expires=120`, 'Require: outbound');
  assert.equal(it.registration.status.state, 'registered');
  assert.ok(it.registration.status.outbound);
  await ends(it);
});

test('unregister removes our contacts, or all of them with a star; query changes nothing {registration}', async () => {
  const it = await registering();
  await it.answer(200, `Contact: <${own}>;expires=600`);
  const asked = it.registration.query();
  await it.pass(50);
  assert.equal(it.newest().header('contact'), null);
  assert.equal(it.newest().header('expires'), null);
  await it.answer(200, `Contact: <${own}>;expires=580`);
  assert.deepEqual(await asked, [{ uri: own, expiresSeconds: 580, ours: true }]);
  const gone = it.registration.unregister();
  await it.pass(50);
  assert.equal(it.newest().header('contact'), `<${own}>;expires=0`);
  assert.equal(it.newest().header('expires'), '0');
  await it.answer(200);
  assert.equal((await gone).response.status, 200);
  assert.equal(it.registration.status.state, 'unregistered');
  const all = it.registration.unregister({ all: true });
  await it.pass(50);
  assert.deepEqual([it.newest().header('contact'), it.newest().header('expires')], ['*', '0']);
  await it.answer(200);
  await all;
  const before = it.count();
  await it.pass(4_000_000);
  assert.equal(it.count(), before);
  await ends(it);
});

test('stop unregisters and ends in bounded time also when nobody answers {registration}', async () => {
  const it = await registering();
  await it.answer(200, `Contact: <${own}>;expires=600`);
  let stopped = false;
  void it.registration.stop(1000).then(() => {
    stopped = true;
  });
  await it.pass(900);
  assert.equal(it.newest().header('contact'), `<${own}>;expires=0`);
  assert.equal(stopped, false);
  await it.pass(200);
  assert.ok(stopped);
  const { length } = it.changes;
  await it.assertEmpty();
  assert.equal(it.changes.length, length);
});

test('a target that the dial rules refuse gets nothing {registration}', async () => {
  const it = await registering({ admitTarget: () => false, retry: false });
  assert.equal(it.count(), 0);
  assert.deepEqual(it.states(), ['failed 403']);
  assert.equal(it.registration.status.retryAtMs, null);
  await ends(it);
});
