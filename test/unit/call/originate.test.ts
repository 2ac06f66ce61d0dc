import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OriginateOptions } from '../../../core/call/index.ts';
import { request, response, sdp } from './fake-sip.ts';
import { type EngineOptions, makeEngine } from './make-engine.ts';

const target: OriginateOptions = {
  application: 'conference',
  user: '4711',
  from: '<sip:us@example.org>',
  to: '<sip:bob@10.0.0.9>',
  requestUri: 'sip:bob@10.0.0.9',
  origin: { name: 'rpc:alice' },
};

const conference = { name: 'conference', onInvite: () => {}, originate: () => {} };
const engine = (options: EngineOptions = {}) => makeEngine({ applications: [conference], ...options });

async function placed(options: EngineOptions = {}, changes: Partial<OriginateOptions> = {}) {
  const w = engine(options);
  const call = w.engine.originate({ ...target, ...changes });
  await w.settle();
  const [sent] = w.sip.invited;
  assert(sent !== undefined);
  return { ...w, call, sent, dialog: sent.dialog };
}

const answer = (body = sdp()) => ({
  kind: 'answered' as const,
  response: response(200, 'OK', [['Content-Type', 'application/sdp']], body),
});

test('a placed call offers, is answered, acknowledged and connected {call-out}', async () => {
  const w = await placed();
  assert.match(new TextDecoder().decode(w.sent.offer?.content), /m=audio 10000 RTP\/AVP 0 8 101/);
  w.dialog.onEvent({ kind: 'provisional', response: response(180, 'Ringing') });
  assert.equal(w.call.state, 'early');
  w.dialog.onEvent(answer());
  await w.settle();
  await w.call.connected;
  assert.deepEqual(w.dialog.sent, [{ kind: 'ack', body: undefined }]);
  assert.equal(w.media.streams[0]?.configured.length, 1);
  assert.equal(w.published('call.started')[0]?.['direction'], 'out');
  assert.equal(w.published('call.ringing')[0]?.['status'], 180);
  assert.equal(w.published('call.answered')[0]?.['codec'], 'PCMU/8000');
  assert.equal(w.call.user, '4711');
  assert.equal(w.call.remoteParty, '<sip:bob@10.0.0.9>');
});

test('a 183 with SDP starts early media; the same SDP in the 200 changes nothing {early-media}', async () => {
  const w = await placed();
  const early = response(183, 'Session Progress', [['Content-Type', 'application/sdp']], sdp());
  w.dialog.onEvent({ kind: 'provisional', response: early });
  w.dialog.onEvent({ kind: 'provisional', response: early });
  w.dialog.onEvent(answer());
  await w.settle();
  assert.equal(w.media.streams[0]?.configured.length, 1);
  assert.equal(w.call.state, 'connected');
});

test('a 200 without an answer is acknowledged and ended {call-out}', async () => {
  const w = await placed();
  w.dialog.onEvent({ kind: 'answered', response: response(200, 'OK') });
  await w.settle();
  assert.deepEqual(w.dialog.sent.at(-1), { kind: 'end' });
  assert.equal(w.dialog.sent[0]?.kind, 'ack');
  await assert.rejects(w.call.connected, { code: 'call.ended' });
  assert.equal(w.media.open.length, 0);
});

test('a BYE instead of an answer ends a call that nobody answered {call-out}', async () => {
  const w = await placed();
  w.dialog.onEvent({ kind: 'provisional', response: response(180, 'Ringing') });
  w.dialog.onEvent({ kind: 'bye', request: request('BYE', 'sip:us@192.0.2.1') });
  await w.settle();
  const { status, endedBy, why } = await w.call.ended;
  assert.deepEqual([status, endedBy, why[0]?.code], [487, 'remote', 'call.bye']);
});

test('a refusal keeps its exact status and reason {call-out}', async () => {
  const w = await placed();
  w.dialog.onEvent({ kind: 'failed', response: response(486, 'Busy Here'), cause: 'response' });
  await w.settle();
  const end = await w.call.ended;
  assert.deepEqual([end.status, end.reason, end.endedBy], [486, 'Busy Here', 'remote']);
  await assert.rejects(w.call.connected, { code: 'call.ended' });
  assert.equal(w.dialog.sent.length, 0);
  assert.equal(w.clock.pending, 0);
});

test('a hang-up before the answer cancels, and nothing is left {cancel}', async () => {
  const w = await placed();
  w.call.hangup();
  await w.settle();
  assert.deepEqual(w.dialog.sent, [{ kind: 'end' }]);
  assert.equal((await w.call.ended).status, 487);
  assert.equal(w.media.open.length, 0);
});

test('a hang-up while the port is being opened frees the port', async () => {
  const w = engine();
  w.engine.originate(target).hangup();
  await w.settle();
  assert.equal(w.media.open.length, 0);
  assert.equal(w.engine.calls().length, 0);
});

test('no free port: the call ends with 503 and says why', async () => {
  const w = engine();
  w.media.limit = 0;
  const { status, why } = await w.engine.originate(target).ended;
  assert.deepEqual([status, why[0]?.code], [503, 'media.noPort']);
});

test('a foreign host is refused, naming the key {may-dial}', async () => {
  const w = engine();
  assert.throws(() => w.engine.originate({ ...target, requestUri: 'sip:bob@203.0.113.9' }), /dial\.allow/);
  assert.equal(w.sip.invited.length, 0);
  assert.equal(w.published('call.refused')[0]?.['status'], 403);
  assert.throws(() => w.engine.originate({ ...target, headers: [['Route', '<sip:203.0.113.9;lr>']] }), {
    code: 'dial.forbidden',
  });
});

test('a name is judged by the addresses it resolves to {may-dial}', async () => {
  const w = engine();
  w.sip.resolvesTo = '203.0.113.9';
  const call = w.engine.originate({ ...target, requestUri: 'sip:bob@pbx.example.org' });
  await w.settle();
  const end = await call.ended;
  assert.equal(end.status, 403);
  assert.equal(end.why[0]?.code, 'dial.forbidden');
  assert.match(end.why[0]?.cause ?? '', /pbx\.example\.org.*dial\.allow/);
});

const wrong: readonly (readonly [what: string, changes: Partial<OriginateOptions>, code: string])[] = [
  ['an unknown application', { application: 'nobody' }, 'application.unknown'],
  ['a line break in a header', { headers: [['X', 'a\r\nEvil: 1']] }, 'dial.failed'],
  ['a From that is no address', { from: 'x' }, 'dial.failed'],
  ['a Request-URI that is none', { requestUri: 'bob' }, 'dial.failed'],
];
for (const [what, changes, code] of wrong) {
  test(`${what} is ${code}`, () => {
    assert.throws(() => engine().engine.originate({ ...target, ...changes }), { code });
  });
}

test('no new calls while the server shuts down', () => {
  const w = engine();
  w.engine.shutdownMode = true;
  assert.throws(() => w.engine.originate(target), { code: 'call.shutdown' });
});

test('the account has its caps: concurrent, a second, minutes {dial-limits}', async () => {
  const w = engine({ dial: { limits: { concurrent: 2, perSecond: 1, maxMinutes: 1 } } });
  const first = w.engine.originate(target);
  assert.throws(() => w.engine.originate(target), /dial\.limits\.perSecond 1/);
  await w.clock.advance(1000);
  w.engine.originate(target);
  await w.clock.advance(1000);
  assert.throws(() => w.engine.originate(target), /dial\.limits\.concurrent 2/);
  w.engine.originate({ ...target, origin: { name: 'rpc:bob' } });
  w.sip.invited[0]?.dialog.onEvent(answer());
  await w.clock.advance(60_000);
  assert.equal((await first.ended).why[0]?.code, 'call.limit');
});

test('credentials and headers reach the dialog, parameters the application', async () => {
  const credentials = { user: 'u', password: 'p', realm: '' };
  const w = await placed({}, { credentials, headers: [['X-A', '1']], parameters: { Room: '7' } });
  assert.deepEqual(w.sent.options.credentials, credentials);
  assert.deepEqual(w.sent.options.headers, [['X-A', '1']]);
  assert.equal(w.call.parameter('room'), '7');
  assert(!JSON.stringify(w.events).includes('"p"'));
});
