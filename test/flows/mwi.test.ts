/** Message waiting: a presence server as SEMS knows it, and phones that subscribe (RFC 3842), in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillDefaults } from '../../core/config/defaults.ts';
import type { Network, UdpSocket } from '../../core/runtime/index.ts';
import {
  createSipStack,
  type Notification,
  type ServerRequest,
  type SipConfig,
  SipConfigSchema,
  type SubscribeOptions,
  type SubscriptionChange,
} from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import { serverAddress, type World, world } from '../support/world.ts';

const users = [{ name: 'alice', password: 'wonderland' }];
const authenticate = { realm: 'example.org', users, methods: ['INVITE', 'SUBSCRIBE'] };
const credentials = { user: 'alice', password: 'wonderland', realm: '' };

function setting(mwi: object = {}, more: { readonly [key: string]: unknown } = {}): Promise<World> {
  return world({ config: { modules: { msg_storage: {}, mwi }, calls: { authenticate }, ...more } });
}

/** Subscribes and keeps what comes. */
function subscribe(phone: Phone, options: Partial<SubscribeOptions> = {}) {
  const notes: Notification[] = [];
  const changes: SubscriptionChange[] = [];
  const subscription = phone.sip.subscribe({
    requestUri: `sip:alice@${serverAddress}`,
    from: `<${phone.uri}>`,
    to: `<sip:alice@${serverAddress}>`,
    event: 'message-summary',
    accept: ['application/simple-message-summary'],
    expiresSeconds: 600,
    onNotify: (note) => notes.push(note),
    onState: (change) => changes.push(change),
    ...options,
  });
  return { notes, changes, subscription, bodies: () => notes.map(({ body }) => Buffer.from(body).toString()) };
}

const body = (fresh: number, old: number): string =>
  `Messages-Waiting: ${fresh > 0 ? 'yes' : 'no'}\r\nMessage-Account: sip:alice@${serverAddress}\r\nVoice-Message: ${fresh}/${old} (0/0)\r\n`;

const store = (w: World, name: string, content = 'aGVsbG8='): Promise<unknown> =>
  w.invoke('msg_storage.msg_new', serverAddress, 'alice', name, null, content);

test('a phone that subscribes is told at once, after each change, and no more when it is gone {mwi}', async () => {
  const w = await setting();
  const it = subscribe(w.phone, { credentials });
  await w.advance(200);
  assert.deepEqual(it.bodies(), [body(0, 0)]);
  assert.equal(it.notes[0]?.contentType, 'application/simple-message-summary');
  assert.equal(it.notes[0]?.state.state, 'active');
  await store(w, 'a');
  await store(w, 'empty', '');
  await w.advance(1000);
  assert.deepEqual(it.bodies().slice(1), [body(1, 0)], 'empty messages do not count');
  await w.invoke('msg_storage.msg_markread', serverAddress, 'alice', 'a');
  await w.advance(1000);
  assert.deepEqual(it.bodies().slice(2), [body(0, 1)]);
  it.subscription.unsubscribe();
  await w.advance(1000);
  assert.equal(it.notes.at(-1)?.state.state, 'terminated');
  const told = it.notes.length;
  await store(w, 'b');
  await w.advance(2000);
  assert.equal(it.notes.length, told);
  await w.stop();
  await assertNothingLeft(w);
});

test('ten changes in a moment are one NOTIFY; what changes nothing for the phone is none {mwi}', async () => {
  const w = await setting();
  const it = subscribe(w.phone, { credentials });
  await w.advance(200);
  for (let i = 0; i < 10; i++) await store(w, `${i}`);
  await w.advance(1000);
  assert.deepEqual(it.bodies(), [body(0, 0), body(10, 0)]);
  await store(w, '5');
  await w.advance(1000);
  assert.equal(it.notes.length, 2);
  await w.stop();
});

test('a refresh is answered with what is known, and what SEMS did in the same folder follows {mwi}', async () => {
  const w = await setting();
  const it = subscribe(w.phone, { credentials });
  await w.advance(200);
  const folder = [...w.files.names].find((name) => name.includes('/messages/')) ?? '';
  assert.equal(folder, '', 'a subscription makes no folder');
  await store(w, 'a');
  await w.advance(1000);
  const stored = w.files.names.find((name) => name.endsWith('/alice/a')) ?? '';
  await w.files.write(stored.replace(/a$/, 'from-sems'), Buffer.from('x'));
  it.subscription.refresh();
  await w.advance(2000);
  assert.deepEqual(it.bodies().slice(1), [body(1, 0), body(1, 0), body(2, 0)]);
  await w.stop();
});

test('who may subscribe: the own mailbox with a password, a trusted peer any, others none {mwi} {access-control}', async () => {
  const w = await setting();
  const stranger = subscribe(w.phone);
  const other = subscribe(w.phone, {
    credentials,
    requestUri: `sip:bob@${serverAddress}`,
    to: `<sip:bob@${serverAddress}>`,
  });
  await w.advance(500);
  assert.deepEqual([stranger.changes.at(-1)?.status, stranger.notes.length], [401, 0]);
  assert.deepEqual([other.changes.at(-1)?.status, other.notes.length], [403, 0]);
  await w.stop();

  const open = await world({ config: { modules: { msg_storage: {}, mwi: {} } } });
  const nobody = subscribe(open.phone);
  await open.advance(500);
  assert.deepEqual([nobody.changes.at(-1)?.status, nobody.notes.length], [403, 0], 'nobody was asked for a password');
  await open.stop();

  const behindProxy = await world({
    config: { modules: { msg_storage: {}, mwi: { domain: 'default' } }, sip: { trusted: ['10.0.1.1'] } },
  });
  const trusted = subscribe(behindProxy.phone);
  await behindProxy.advance(500);
  await behindProxy.invoke('msg_storage.msg_new', 'default', 'alice', 'a', null, 'aGVsbG8=');
  await behindProxy.advance(1000);
  assert.deepEqual(trusted.bodies(), [body(0, 0), body(1, 0)]);
  await behindProxy.stop();
});

test('packages, types and names that are not served are refused {mwi}', async () => {
  const w = await setting();
  const statusOf = async (options: Partial<SubscribeOptions>): Promise<number | null | undefined> => {
    const { changes } = subscribe(w.phone, { credentials, ...options });
    await w.advance(500);
    return changes.at(-1)?.status;
  };
  assert.equal(await statusOf({ event: 'presence' }), 489);
  assert.equal(await statusOf({ accept: ['text/plain'] }), 406);
  assert.equal(await statusOf({ requestUri: `sip:${serverAddress}` }), 404);
  await w.stop();
});

test('the presence server gets a NOTIFY as from SEMS, once for changes in a moment, none for greetings {mwi}', async () => {
  const w = await setting({ presence_server: '10.0.0.9', subscribers: 'off' });
  const { seams } = w.newHost('10.0.0.9');
  const heard: ServerRequest[] = [];
  const stack = await createSipStack(
    seams,
    fillDefaults(SipConfigSchema, { listen: [{ transport: 'udp', address: '10.0.0.9', port: 5060 }] }) as SipConfig,
  );
  stack.handlers = {
    onInvite: (dialog) => dialog.respond(500),
    onRequest(request) {
      heard.push(request);
      request.respond(200);
    },
  };
  stack.open();
  for (const name of ['a', 'b']) await w.invoke('msg_storage.msg_new', 'example.org', 'alice', name, null, 'aGVsbG8=');
  await w.invoke('msg_storage.msg_new', 'example.org-prompts', 'alice', 'vm.wav', null, 'aGVsbG8=');
  await w.advance(1000);
  const [notify] = heard;
  assert.equal(heard.length, 1);
  const { request } = notify ?? assert.fail('nothing came');
  assert.deepEqual([request.method, request.uri], ['NOTIFY', 'sip:alice@example.org']);
  assert.match(request.header('from') ?? '', /^<sip:mwi-publisher@10\.0\.0\.9>;tag=/);
  assert.equal(request.header('to'), '<sip:alice@example.org>');
  assert.equal(request.header('route'), '<sip:10.0.0.9;lr>');
  assert.equal(request.header('event'), 'message-summary');
  assert.equal(request.header('subscription-state'), 'active');
  assert.match(request.header('contact') ?? '', /^<sip:mwi-publisher@10\.0\.0\.1:5060>$/);
  assert.equal(request.header('content-type'), 'application/simple-message-summary');
  assert.equal(
    Buffer.from(request.body).toString(),
    'Messages-Waiting: yes\r\nMessage-Account: sip:alice@example.org\r\nVoice-Message: 2/0 (2/0)\r\n',
  );
  assert.deepEqual(await w.invoke('mwi.publish', 'example.org', 'bob'), [0]);
  await w.advance(100);
  assert.match(Buffer.from(heard[1]?.request.body ?? []).toString(), /^Messages-Waiting: no\r\n.*\r\n.* 0\/0 /);
  await assert.rejects(w.invoke('mwi.publish', 'example.org>;x="', 'bob'), { code: 'dial.failed' });
  await stack.close();
  await w.stop();
});

test('the dial rules say where a NOTIFY may go {mwi} {access-control}', async () => {
  const w = await setting({ presence_server: '203.0.113.9' });
  await assert.rejects(w.invoke('mwi.publish', 'example.org', 'alice'), {
    code: 'dial.forbidden',
    message: /dial\.allow/,
  });
  await store(w, 'a');
  await w.advance(1000);
  assert.ok(w.logs.some(({ message }) => message === 'a change of messages could not be told'));
  await w.stop();
});

test('a Contact that leads to somebody else gets nothing: the subscription is over {mwi} {access-control}', async () => {
  const w = await setting({ subscribers: 'anybody' }, { calls: {} });
  const { seams } = w.newHost('203.0.113.5');
  const listen = async (network: Network, address: string): Promise<{ texts: string[]; socket: UdpSocket }> => {
    const texts: string[] = [];
    const onDatagram = (bytes: Uint8Array): void => void texts.push(Buffer.from(bytes).toString());
    return { texts, socket: await network.udp({ address, port: 5060, onDatagram, onError: () => {} }) };
  };
  const victim = await listen(w.newHost('203.0.113.66').seams.network, '203.0.113.66');
  const attacker = await listen(seams.network, '203.0.113.5');
  const lines = [
    `SUBSCRIBE sip:alice@${serverAddress} SIP/2.0`,
    'Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKx1',
    'Max-Forwards: 70',
    'From: <sip:eve@203.0.113.5>;tag=1',
    `To: <sip:alice@${serverAddress}>`,
    'Call-ID: x1',
    'CSeq: 1 SUBSCRIBE',
    'Contact: <sip:eve@203.0.113.66:5060>',
    'Event: message-summary',
    'Expires: 600',
    'Content-Length: 0',
  ];
  attacker.socket.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), { address: serverAddress, port: 5060 });
  await w.advance(40_000);
  assert.match(attacker.texts[0] ?? '', /^SIP\/2\.0 200 /);
  assert.deepEqual([attacker.texts.length, victim.texts.length], [1, 0]);
  attacker.socket.close();
  victim.socket.close();
  await w.stop();
  await assertNothingLeft(w);
});
