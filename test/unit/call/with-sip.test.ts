import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Application,
  CallsConfigSchema,
  createCallEngine,
  DialConfigSchema,
  embeddedRouting,
} from '../../../core/call/index.ts';
import { fillDefaults } from '../../../core/config/defaults.ts';
import { createBus, type PublishedEvent } from '../../../core/di/index.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import {
  createSipStack,
  type Dialog,
  type DialogEvent,
  type SipConfig,
  SipConfigSchema,
} from '../../../core/sip/index.ts';
import { FakeMedia } from './fake-media.ts';
import { offerSdp } from './fake-sip.ts';
import { answering } from './make-engine.ts';

const sdpBody = (text: string) => ({ contentType: 'application/sdp', content: new TextEncoder().encode(text) });

/** The engine on our real stack, and a phone that is a bare stack, over the simulated internet. */
async function pair(applications: readonly Application[]) {
  const simulation = createSimulation({ seed: 1 });
  const { clock } = simulation;
  const end = async (address: string) => {
    const { seams } = simulation.host(address);
    const listen = [{ transport: 'udp' as const, address, port: 5060 }];
    const config = { ...(fillDefaults(SipConfigSchema, {}) as SipConfig), listen };
    return { seams, sip: await createSipStack(seams, config) };
  };
  const { seams, sip } = await end('10.0.0.1');
  const phone = await end('10.0.0.2');
  const media = new FakeMedia();
  const bus = createBus({ clock, counters: seams.counters, random: seams.random, log: seams.log, checkResults: true });
  const events: PublishedEvent[] = [];
  bus.subscribe('*', ['*:*'], (event) => void events.push(event));
  const engine = createCallEngine({
    seams,
    sip,
    media,
    bus,
    logControl: { level: 'info' },
    config: {
      calls: fillDefaults(CallsConfigSchema, {}) as never,
      dial: fillDefaults(DialConfigSchema, {}) as never,
      routing: embeddedRouting,
      media: { address: 'auto', external: null, rtpTimeoutMs: 300_000, symmetricRtp: true },
    },
  });
  for (const application of applications) engine.registerApplication(application);
  sip.open();
  phone.sip.open();
  return { clock, internet: simulation.internet, engine, sip, media, phone: phone.sip, events };
}

type Pair = Awaited<ReturnType<typeof pair>>;

/** The phone calls; its events in order. */
function dial(w: Pair, user: string, headers: readonly (readonly [string, string])[] = []) {
  const seen: DialogEvent[] = [];
  const dialog = w.phone.invite({
    requestUri: `sip:${user}@10.0.0.1`,
    from: '<sip:ann@10.0.0.2>',
    to: `<sip:${user}@10.0.0.1>`,
    localTag: `t${user}`,
    headers,
    offer: () => Promise.resolve(sdpBody(offerSdp)),
  });
  dialog.onEvent = (event) => {
    if (event.kind !== 'provisional' || event.response.status > 100) seen.push(event);
    if (event.kind === 'answered') dialog.acknowledge();
    if (event.kind === 'request') event.request.respond(200);
  };
  return { dialog, seen, kinds: () => seen.map(({ kind }) => kind) };
}

/** Nothing is left once SIP's timers ran out. */
async function nothingLeft(w: Pair): Promise<void> {
  await w.clock.advance(40_000);
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.media.open.length, 0);
  assert.deepEqual([w.sip.load.transactions, w.sip.load.dialogs], [0, 0]);
  assert.equal(w.clock.pending, 0);
  const count = (name: string) => w.events.filter((event) => event.name === name).length;
  assert.equal(count('call.ended'), count('call.started'));
}

test('a call over SIP is answered, held, resumed and hung up by the caller {sip-call}', async () => {
  const w = await pair([answering('echo')]);
  const { dialog, kinds } = dial(w, 'echo');
  await w.clock.advance(1000);
  assert.deepEqual(kinds(), ['answered']);
  const hold = await ask(w, dialog, offerSdp.replace('sendrecv', 'sendonly'));
  assert.match(hold, /a=recvonly/);
  const resume = await ask(w, dialog, offerSdp);
  assert.match(resume, /a=sendrecv/);
  dialog.end();
  await nothingLeft(w);
});

async function ask(w: Pair, dialog: Dialog, sdp: string): Promise<string> {
  const answer = dialog.request('INVITE', { body: sdpBody(sdp) });
  await w.clock.advance(200);
  const response = await answer;
  assert.equal(response.status, 200);
  return new TextDecoder().decode(response.body);
}

test('a call over SIP is hung up by the application; CANCEL while ringing gets 487 {cancel}', async () => {
  const ringing: Application = { name: 'announcement', onInvite: (call) => call.ring() };
  const w = await pair([answering('echo', (call) => call.hangup()), ringing]);
  const first = dial(w, 'echo');
  await w.clock.advance(1000);
  assert.deepEqual(first.kinds(), ['answered', 'bye']);
  const second = dial(w, 'welcome');
  await w.clock.advance(1000);
  second.dialog.cancel();
  await w.clock.advance(1000);
  assert.deepEqual(second.kinds(), ['provisional', 'failed']);
  await nothingLeft(w);
});

test("a stranger's P-App-Name does not choose the application {trust}", async () => {
  const seen: (string | null)[] = [];
  const w = await pair([
    answering('secret', () => void seen.push('secret')),
    answering('echo', (call) => void seen.push('echo', call.parameter('room'), call.header('P-App-Param'))),
  ]);
  const { dialog } = dial(w, 'echo', [
    ['P-App-Name', 'secret'],
    ['P-App-Param', 'room=1'],
  ]);
  await w.clock.advance(1000);
  assert.deepEqual(seen, ['echo', null, null]);
  dialog.end();
  await nothingLeft(w);
});

test('a placed call rings, is answered and ends when the callee hangs up {call-out}', async () => {
  const w = await pair([{ name: 'conference', onInvite: () => {}, originate: () => {} }]);
  let callee: Dialog | null = null;
  w.phone.handlers = {
    onInvite: (dialog) => {
      callee = dialog;
      dialog.respond(180);
      dialog.respond(200, 'OK', { body: sdpBody(offerSdp) });
    },
    onRequest: () => {},
  };
  const call = w.engine.originate({
    application: 'conference',
    user: '5',
    from: '<sip:us@10.0.0.1>',
    to: '<sip:bob@10.0.0.2>',
    requestUri: 'sip:bob@10.0.0.2',
    origin: { name: 'test' },
  });
  await w.clock.advance(1000);
  assert.equal(call.state, 'connected');
  assert(callee !== null);
  (callee as Dialog).end();
  await w.clock.advance(1000);
  assert.equal((await call.ended).endedBy, 'remote');
  await nothingLeft(w);
});

test('a placed call to a name that resolves to a foreign address is 403 and sends nothing {may-dial}', async () => {
  const w = await pair([{ name: 'conference', onInvite: () => {}, originate: () => {} }]);
  w.internet.names.set('pbx.example', ['203.0.113.9']);
  const call = w.engine.originate({
    application: 'conference',
    user: '5',
    from: '<sip:us@10.0.0.1>',
    to: '<sip:bob@pbx.example>',
    requestUri: 'sip:bob@pbx.example',
    origin: { name: 'test' },
  });
  await w.clock.advance(1000);
  const { status, why } = await call.ended;
  assert.deepEqual([status, why[0]?.code], [403, 'dial.forbidden']);
  assert.equal(w.sip.load.transactions, 0);
  await nothingLeft(w);
});

test('a refresh of the session that is answered with other media puts them in force {session-timer}', async () => {
  const changed: (number | undefined)[] = [];
  const echo = answering('echo', (call) => {
    call.session.watch((event) => event.kind === 'sessionChanged' && changed.push(event.parameters.remote?.port));
  });
  const w = await pair([{ ...echo, sessionTimer: { mode: 'always', expiresSeconds: 100, refreshMethod: 'INVITE' } }]);
  const { dialog, seen } = dial(w, 'echo');
  dialog.onEvent = (event) => {
    seen.push(event);
    if (event.kind === 'answered') dialog.acknowledge();
    if (event.kind === 'request') {
      const moved = offerSdp.replace(/m=audio \d+/, 'm=audio 40000');
      event.request.respond(200, undefined, { body: sdpBody(moved) });
    }
  };
  await w.clock.advance(60_000);
  assert.deepEqual(changed, [40_000]);
  await w.clock.advance(50_000);
  assert.equal(changed.length, 1, 'the same answer again is no change');
  dialog.end();
  await nothingLeft(w);
});

test('the minimum of an application is told by 422, and the caller comes again {session-timer}', async () => {
  const echo = answering('echo');
  const w = await pair([{ ...echo, sessionTimer: { minimumSeconds: 600 } }]);
  const { dialog, kinds } = dial(w, 'echo', [['Session-Expires', '300']]);
  await w.clock.advance(1000);
  assert.deepEqual(kinds(), ['failed'], 'with an interval of its own it does not try again');
  const again = w.phone.invite({
    requestUri: 'sip:echo@10.0.0.1',
    from: '<sip:ann@10.0.0.2>',
    to: '<sip:echo@10.0.0.1>',
    localTag: 'again',
    sessionTimer: { expiresSeconds: 300 },
    offer: () => Promise.resolve(sdpBody(offerSdp)),
  });
  again.onEvent = (event) => event.kind === 'answered' && again.acknowledge();
  await w.clock.advance(1000);
  assert.equal(again.state, 'confirmed');
  assert.equal(again.invite.header('Session-Expires'), '600');
  dialog.end();
  again.end();
  await nothingLeft(w);
});
