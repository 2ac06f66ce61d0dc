import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallerAuth } from '../../../core/call/caller-auth.ts';
import { type AuthenticateConfig, AuthenticateConfigSchema } from '../../../core/call/index.ts';
import { fillDefaults } from '../../../core/config/defaults.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import {
  createSipStack,
  type Dialog,
  type DialogEvent,
  digestHex,
  type SipConfig,
  SipConfigSchema,
} from '../../../core/sip/index.ts';
import { lab } from '../sip/lab.ts';

const secret = digestHex('sha256', 'bob:callbus:builder');

/** A stack that asks callers, and a phone that calls it. */
async function pair(keys: Record<string, unknown>, trusted: readonly string[] = []) {
  const simulation = createSimulation({ seed: 1 });
  const end = async (address: string) => {
    const { seams } = simulation.host(address);
    const listen = [{ transport: 'udp' as const, address, port: 5060 }];
    const config = { ...(fillDefaults(SipConfigSchema, {}) as SipConfig), listen, trusted: [...trusted] };
    return { seams, sip: await createSipStack(seams, config) };
  };
  const server = await end('10.0.0.1');
  const phone = await end('10.0.0.2');
  const config = fillDefaults(AuthenticateConfigSchema, {
    realm: 'callbus',
    users: [
      { name: 'alice', password: 'wonderland' },
      { name: 'bob', ha1Sha256: secret },
    ],
    ...keys,
  }) as AuthenticateConfig;
  const auth = new CallerAuth({ ...server.seams, config });
  const calls: Dialog[] = [];
  server.sip.handlers = auth.guard({
    onInvite(dialog) {
      calls.push(dialog);
      dialog.respond(200);
    },
    onRequest: (request) => request.respond(200),
  });
  server.sip.open();
  phone.sip.open();
  const { clock } = simulation;
  return {
    calls,
    clock,
    load: () => server.sip.load,
    /** Calls; resolves with the dialog and what happened. */
    async call(user: string | null, password: string) {
      const told: string[] = [];
      const dialog = phone.sip.invite({
        requestUri: 'sip:echo@10.0.0.1',
        from: '<sip:x@10.0.0.2>',
        to: '<sip:echo@10.0.0.1>',
        localTag: `tag-${user}-${calls.length}-${password}`,
        offer: async () => null,
        ...(user === null ? {} : { credentials: { user, password, realm: '' } }),
      });
      dialog.onEvent = (event: DialogEvent) => {
        if (event.kind === 'failed') told.push(`failed ${event.response.status}`);
        else if (event.kind !== 'provisional') told.push(event.kind);
        if (event.kind === 'answered') dialog.acknowledge();
      };
      await clock.advance(2000);
      return { dialog, told };
    },
    async options() {
      const outcome = phone.sip.request({
        method: 'OPTIONS',
        requestUri: 'sip:10.0.0.1',
        from: '<sip:x@10.0.0.2>',
        to: '<sip:10.0.0.1>',
      });
      await clock.advance(1000);
      return (await outcome).response.status;
    },
  };
}

test('a caller with the right password is let in, once, and not asked again in the dialog {digest-server}', async () => {
  const { call, calls, clock } = await pair({});
  const { dialog, told } = await call('alice', 'wonderland');
  assert.deepEqual(told, ['answered']);
  assert.equal(calls.length, 1);
  const [taken] = calls;
  assert.ok(taken !== undefined);
  taken.onEvent = (event) => {
    if (event.kind === 'request') event.request.respond(200);
  };
  const again = dialog.request('INVITE');
  const info = dialog.request('INFO');
  await clock.advance(1000);
  assert.deepEqual([(await again).status, (await info).status], [200, 200]);
  dialog.end();
});

test('a user kept as a hash is let in too {digest-server}', async () => {
  const { call } = await pair({});
  assert.deepEqual(
    (await call('bob', 'builder')).told,
    ['answered'],
    'only SHA-256 is asked, as bob has no other hash',
  );
  assert.deepEqual((await call('alice', 'wonderland')).told, ['answered']);
  await assert.rejects(pair({ algorithms: ['MD5'] }), /no algorithm fits/);
});

test('a wrong password is refused, and after five of them the source for a minute {digest-server}', async () => {
  const { call, calls } = await pair({});
  for (let n = 0; n < 5; n++) assert.deepEqual((await call('alice', `guess-${n}`)).told, ['failed 401']);
  assert.deepEqual((await call('alice', 'wonderland')).told, ['failed 403']);
  assert.equal(calls.length, 0);
});

test('only the methods named are asked, and nobody without a realm {digest-server}', async () => {
  assert.equal(await (await pair({})).options(), 200);
  assert.equal(await (await pair({ methods: ['OPTIONS'] })).options(), 401);
  const open = await pair({ realm: '', users: [] });
  assert.deepEqual((await open.call('nobody', 'x')).told, ['answered']);
});

test('trusted peers are not asked unless nobody is exempt {digest-server}', async () => {
  const easy = await pair({}, ['10.0.0.0/8']);
  assert.deepEqual((await easy.call('nobody', 'x')).told, ['answered']);
  const strict = await pair({ exempt: 'nobody' }, ['10.0.0.0/8']);
  assert.deepEqual((await strict.call('nobody', 'x')).told, ['failed 401']);
});

test('a challenge keeps no transaction {digest-server} {sip-robust}', async () => {
  const w = await pair({});
  const { told } = await w.call('', '');
  assert.deepEqual(told, ['failed 401']);
  assert.equal(w.load().transactions, 1, 'of the INVITE with credentials, which was judged');
  assert.equal(w.load().dialogs, 0);
  const plain = await w.call(null, '');
  assert.deepEqual(plain.told, ['failed 401']);
  assert.equal(w.load().transactions, 1, 'the INVITE without any left nothing');
});

const madeUp =
  'Authorization: Digest username="mallory", realm="callbus", nonce="made-up", uri="sip:echo@10.0.0.1", response="0"';

test('made-up credentials get no request past the door, SUBSCRIBE to a served package included {digest-server} {sip-subscribe}', async () => {
  const methods = ['INVITE', 'SUBSCRIBE', 'REFER', 'MESSAGE', 'PUBLISH'];
  const room = await lab({ trusted: [] });
  const config = fillDefaults(AuthenticateConfigSchema, {
    realm: 'callbus',
    users: [{ name: 'alice', password: 'wonderland' }],
    methods,
  }) as AuthenticateConfig;
  const { seams } = room.sim.host('10.0.0.3');
  room.stack.handlers = new CallerAuth({ ...seams, config }).guard(room.stack.handlers);
  let subscribed = 0;
  room.stack.notifier('presence', {
    minExpiresSeconds: 60,
    maxExpiresSeconds: 600,
    defaultExpiresSeconds: 600,
    onSubscribe: (subscription) => {
      subscribed++;
      subscription.reject(403);
    },
  });
  const peer = await room.peer('10.0.0.2');
  const event = ['Event: presence', 'Expires: 600'];
  for (const [at, method] of methods.entries()) {
    const names = { callId: `made-up${at}`, branch: `z9hG4bKmade${at}` };
    await peer.send(peer.request(method, { ...names, headers: [...event, 'Refer-To: <sip:a@b>', madeUp] }));
    assert.equal(peer.lastResponse().status, 401, method);
    assert.match(peer.lastResponse().header('www-authenticate') ?? '', /^Digest realm="callbus"/);
  }
  assert.deepEqual([room.dialogs.length, room.requests.length, subscribed], [0, 0, 0]);
});

test('a SUBSCRIBE with the right password reaches the notifier; a judge that fails is 500 {digest-server} {sip-subscribe}', async () => {
  const judged: string[] = [];
  const room = await lab({ trusted: [] });
  room.stack.handlers = {
    ...room.stack.handlers,
    judge: async ({ method }) => {
      judged.push(method);
      await Promise.resolve();
      if (method === 'MESSAGE') throw new Error('no answer from the user table');
      return null;
    },
  };
  let subscribed = 0;
  room.stack.notifier('presence', {
    minExpiresSeconds: 60,
    maxExpiresSeconds: 600,
    defaultExpiresSeconds: 600,
    onSubscribe: (subscription) => {
      subscribed++;
      subscription.reject(403);
    },
  });
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('SUBSCRIBE', { headers: ['Event: presence'] }));
  await peer.send(peer.request('MESSAGE', { callId: 'other' }));
  assert.deepEqual(peer.statuses, [403, 500]);
  assert.deepEqual([judged, subscribed, room.requests.length], [['SUBSCRIBE', 'MESSAGE'], 1, 0]);
  await room.assertEmpty();
});
