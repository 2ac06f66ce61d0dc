import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialog, DialogEvent, InviteOptions, SipConfig } from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer, type RequestOptions, sipConfig } from './lab.ts';

const phone = '10.0.0.9';
const description = { contentType: 'application/sdp', content: Buffer.from('v=0\r\n') };

type TimerConfig = SipConfig['sessionTimer'];

function timers(change: Partial<TimerConfig> = {}): Partial<SipConfig> {
  return { sessionTimer: { ...sipConfig().sessionTimer, ...change } };
}

interface Call extends Omit<Lab, 'peer'> {
  readonly peer: Peer;
  readonly dialog: Dialog;
  /** Requests of ours in the dialog, each once. */
  sent(): string[];
  kinds(): string[];
}

function watch(base: Lab, peer: Peer, dialog: Dialog, events: readonly DialogEvent[]): Call {
  const seen = (): string[] => {
    const numbers = new Set<string>();
    return peer.heard.flatMap((message) => {
      const cseq = message.header('cseq') ?? '';
      if (message.kind !== 'request' || message.method === 'ACK' || numbers.has(cseq)) return [];
      numbers.add(cseq);
      return [message.method];
    });
  };
  return { ...base, peer, dialog, sent: seen, kinds: () => events.map(({ kind }) => kind) };
}

/** A phone calls us with those headers, and is answered. */
async function called(headers: readonly string[], config: Partial<TimerConfig> = {}): Promise<Call> {
  const base = await lab(timers(config));
  const peer = await base.peer(phone);
  await peer.send(peer.request('INVITE', { headers }));
  const [dialog] = base.dialogs;
  assert.ok(dialog !== undefined, `refused: ${peer.statuses}`);
  dialog.onRefreshBody = () => description;
  dialog.respond(200);
  await base.pass(20);
  await inDialog(peer, dialog, 'ACK', { cseq: 1, branch: 'z9hG4bKack' });
  return watch(base, peer, dialog, base.events);
}

/** We call a phone, which answers with those headers. */
async function calling(
  headers: readonly string[],
  config: Partial<TimerConfig> = {},
  options: Partial<InviteOptions> = {},
): Promise<Call> {
  const base = await lab(timers(config));
  const peer = await base.peer(phone);
  const dialog = base.stack.invite({
    requestUri: `sip:callee@${phone}`,
    from: '<sip:us@10.0.0.1>',
    to: `<sip:callee@${phone}>`,
    localTag: 'ours',
    offer: async () => description,
    ...options,
  });
  const events: DialogEvent[] = [];
  dialog.onEvent = (event) => {
    events.push(event);
    if (event.kind === 'answered') dialog.acknowledge();
  };
  dialog.onRefreshBody = () => description;
  await base.pass(50);
  if (headers.length > 0 || config.mode !== undefined) await answer(peer, 200, headers);
  return watch(base, peer, dialog, events);
}

/** The phone answers our newest request. */
async function answer(peer: Peer, status: number, headers: readonly string[] = []): Promise<void> {
  await peer.send(peer.response(peer.lastRequest(), status, { headers }));
}

async function inDialog(peer: Peer, dialog: Dialog, method: string, options: RequestOptions = {}): Promise<void> {
  await peer.send(peer.request(method, { cseq: 2, toTag: dialog.ids.localTag, ...options }));
}

const supported = 'Supported: timer';
const updates = 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE';

test('corner case 127: an interval below our minimum gets 422 with Min-SE {session-timer}', async () => {
  const base = await lab();
  const peer = await base.peer(phone);
  await peer.send(peer.request('INVITE', { headers: [supported, 'Session-Expires: 89'] }));
  const refusal = peer.lastResponse();
  assert.deepEqual([refusal.status, refusal.header('min-se')], [422, '90']);
  assert.equal(base.dialogs.length, 0);
  await base.assertEmpty();
});

test('a call may have a higher minimum than the configuration: its owner is told of the 422 {session-timer}', async () => {
  const base = await lab();
  const peer = await base.peer(phone);
  await peer.send(peer.request('INVITE', { headers: [supported, 'Session-Expires: 300'] }));
  const [dialog] = base.dialogs;
  assert.equal(dialog?.useSessionTimer({ minimumSeconds: 300 }), null);
  const refusal = dialog?.useSessionTimer({ minimumSeconds: 600 });
  assert.deepEqual([refusal?.status, refusal?.headers], [422, [['Min-SE', '600']]]);
  await base.stack.close();
});

test('the answer to a re-INVITE that refreshes the session is handed up {session-timer}', async () => {
  const call = await calling([supported, 'Session-Expires: 200;refresher=uac'], { refreshMethod: 'INVITE' });
  const answers: string[] = [];
  call.dialog.onRefreshAnswer = ({ body }) => void answers.push(Buffer.from(body).toString());
  await call.pass(100_000);
  await call.peer.send(call.peer.response(call.peer.lastRequest('INVITE'), 200, { body: 'moved' }));
  assert.deepEqual(answers, ['moved']);
  await call.stack.close();
});

test('a Session-Expires that cannot be read gets 400 {session-timer}', async () => {
  for (const value of ['soon', '', '-1', '90 90', '1800;refresher=me', '1800;;=']) {
    const base = await lab();
    const peer = await base.peer(phone);
    await peer.send(peer.request('INVITE', { headers: [`Session-Expires: ${value}`] }));
    assert.equal(peer.lastResponse().status, 400, value);
  }
});

test('the answer to a caller follows table 2 of RFC 4028 9 {session-timer}', async () => {
  const cases: readonly (readonly [readonly string[], Partial<TimerConfig>, string | null, string | null])[] = [
    [[], {}, null, null],
    [[], { mode: 'always' }, '1800;refresher=uas', null],
    [[supported], {}, '1800;refresher=uas', 'timer'],
    [[supported, 'Session-Expires: 600'], {}, '600;refresher=uas', 'timer'],
    [[supported, 'x: 600;refresher=uac'], {}, '600;refresher=uac', 'timer'],
    [['Supported: TIMER', 'Session-Expires: 600;refresher=uas'], {}, '600;refresher=uas', 'timer'],
    [['Session-Expires: 600;refresher=uac'], {}, '600;refresher=uas', null],
    [[supported, 'Session-Expires: 7200', 'Min-SE: 3600'], {}, '3600;refresher=uas', 'timer'],
    [[supported, 'Min-SE: 3600'], {}, '3600;refresher=uas', 'timer'],
    [[supported, 'Session-Expires: 600'], { mode: 'off' }, null, null],
    [['Require: timer', 'Session-Expires: 600;refresher=uac'], { mode: 'off' }, '600;refresher=uac', 'timer'],
  ];
  for (const [headers, config, sessionExpires, require] of cases) {
    const { peer } = await called(headers, config);
    const found = peer.heard.findLast((message) => message.kind === 'response' && message.status === 200);
    assert.deepEqual(
      [found?.header('session-expires') ?? null, found?.header('require') ?? null],
      [sessionExpires, require],
      headers.join(),
    );
  }
});

test('our INVITE offers a timer; a 422 raises it, with Min-SE and a higher CSeq {session-timer}', async () => {
  const call = await calling([]);
  const first = call.peer.lastRequest('INVITE');
  assert.match(first.header('supported') ?? '', /timer/);
  assert.deepEqual([first.header('session-expires'), first.header('min-se')], ['1800', null]);
  await answer(call.peer, 422, ['Min-SE: 3000']);
  const second = call.peer.lastRequest('INVITE');
  assert.deepEqual([second.header('session-expires'), second.header('min-se')], ['3000', '3000']);
  assert.equal(second.cseq.number, first.cseq.number + 1);
  assert.equal(second.callId, first.callId);
  assert.equal(second.toTag, '');
  await answer(call.peer, 422, ['Min-SE: 3601']);
  assert.deepEqual(call.kinds(), ['failed']);
  const deaf = await calling([]);
  await answer(deaf.peer, 422);
  assert.deepEqual(deaf.kinds(), ['failed']);
});

test('a peer that asks for more with each 422 is obeyed five times {session-timer}', async () => {
  const call = await calling([]);
  for (let more = 1; more <= 6; more++) await answer(call.peer, 422, [`Min-SE: ${1800 + more}`]);
  assert.deepEqual(call.kinds(), ['failed']);
  assert.equal(call.peer.lastRequest('INVITE').header('session-expires'), '1805');
});

test('off, in the configuration or for one call, says nothing of timers {session-timer}', async () => {
  for (const call of [await calling([], { mode: 'off' }), await calling([], {}, { sessionTimer: false })]) {
    const invite = call.peer.heard.find((message) => message.kind === 'request');
    assert.equal(invite?.header('session-expires'), null);
    assert.doesNotMatch(invite?.header('supported') ?? '', /timer/);
  }
});

test('corner case 128: the refresh says who refreshes and comes at half the interval, by UPDATE without a body {session-timer}', async () => {
  const call = await calling([supported, updates, 'Require: timer', 'Session-Expires: 600;refresher=uac']);
  await call.pass(299_000);
  assert.deepEqual(call.sent(), ['INVITE']);
  await call.pass(2000);
  assert.deepEqual(call.sent(), ['INVITE', 'UPDATE']);
  const update = call.peer.lastRequest('UPDATE');
  assert.equal(update.header('session-expires'), '600;refresher=uac');
  assert.match(update.header('supported') ?? '', /timer/);
  assert.equal(update.header('require'), null);
  assert.equal(update.body.length, 0);
  await answer(call.peer, 200, ['Session-Expires: 600;refresher=uac', updates]);
  await call.pass(299_000);
  assert.deepEqual(call.sent(), ['INVITE', 'UPDATE']);
  await call.pass(2000);
  assert.deepEqual(call.sent(), ['INVITE', 'UPDATE', 'UPDATE']);
  call.dialog.end();
  await answer(call.peer, 200);
  await call.assertEmpty();
});

test('with a peer that allows no UPDATE the refresh is a re-INVITE with the same description {session-timer}', async () => {
  const call = await called([supported, 'Session-Expires: 600', 'Allow: INVITE, ACK, BYE']);
  await call.pass(301_000);
  const refresh = call.peer.lastRequest('INVITE');
  assert.equal(Buffer.from(refresh.body).toString(), 'v=0\r\n');
  assert.equal(refresh.header('session-expires'), '600;refresher=uac');
  await answer(call.peer, 200, ['Session-Expires: 600;refresher=uac']);
  assert.equal(call.peer.lastRequest().method, 'ACK');
  await call.pass(290_000);
  assert.deepEqual(call.sent(), ['INVITE']);
  call.dialog.end();
  await answer(call.peer, 200);
  await call.assertEmpty();
});

test('nobody refreshes: we give up 32 s, or a third of the interval, before its end {session-timer}', async () => {
  for (const [interval, endsAfterMs] of [
    [600, 568_000],
    [90, 60_000],
  ] as const) {
    const call = await called([supported, `Session-Expires: ${interval};refresher=uac`]);
    await call.pass(endsAfterMs - 1000);
    assert.ok(!call.kinds().includes('sessionExpired'), String(interval));
    await call.pass(1500);
    assert.ok(call.kinds().includes('sessionExpired'), String(interval));
    call.dialog.end([['Reason', 'SIP;cause=408']]);
    await call.pass(50);
    assert.equal(call.peer.lastRequest().method, 'BYE');
    await answer(call.peer, 200);
    await call.assertEmpty();
  }
});

test('a refresh of the peer starts the interval anew, and may change who refreshes {session-timer}', async () => {
  const call = await called([supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(500_000);
  await inDialog(call.peer, call.dialog, 'UPDATE', { headers: [supported, 'Session-Expires: 600;refresher=uas'] });
  const [event] = call.events.filter(({ kind }) => kind === 'request');
  assert.ok(event?.kind === 'request');
  event.request.respond(200);
  await call.pass(20);
  assert.equal(call.peer.lastResponse().header('session-expires'), '600;refresher=uas');
  await call.pass(301_000);
  assert.ok(call.sent().length === 1, 'now we refresh');
  assert.ok(!call.kinds().includes('sessionExpired'));
  call.dialog.end();
  await call.pass(50);
});

test('a re-INVITE or UPDATE with too small an interval gets 422 {session-timer}', async () => {
  const call = await called([supported, 'Session-Expires: 600;refresher=uac']);
  await inDialog(call.peer, call.dialog, 'UPDATE', { headers: [supported, 'Session-Expires: 60'] });
  assert.deepEqual([call.peer.lastResponse().status, call.peer.lastResponse().header('min-se')], [422, '90']);
});

test('corner case 129: a 501 to the refresh is a sign of life, and ending stops the timer {session-timer}', async () => {
  const call = await calling([updates, supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(301_000);
  await answer(call.peer, 501);
  await call.pass(290_000);
  assert.deepEqual(call.kinds(), ['answered']);
  await call.pass(20_000);
  assert.equal(call.sent().at(-1), 'INVITE', 'the next refresh does without UPDATE');
  await answer(call.peer, 200, ['Session-Expires: 600;refresher=uac']);
  call.dialog.end();
  await call.pass(700_000);
  assert.deepEqual(call.kinds(), ['answered']);
  assert.equal(call.sent().at(-1), 'BYE');
  await call.assertEmpty();
});

test('a 501 that is no sign of life ends the session at its time {session-timer}', async () => {
  const call = await calling([updates, supported, 'Session-Expires: 600;refresher=uac'], {
    accept501: false,
    refreshMethod: 'UPDATE',
  });
  for (let n = 0; n < 40 && !call.kinds().includes('sessionExpired'); n++) {
    await call.pass(15_000);
    if (call.peer.lastRequest().method === 'UPDATE') await answer(call.peer, 501);
  }
  assert.ok(call.kinds().includes('sessionExpired'));
});

test('a refresh without an answer tells that the peer is gone {session-timer}', async () => {
  const call = await calling([updates, supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(340_000);
  assert.deepEqual(call.kinds(), ['answered', 'remoteGone']);
});

test('while an INVITE is under way the refresh waits two seconds {session-timer}', async () => {
  const call = await calling([updates, supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(299_000);
  await inDialog(call.peer, call.dialog, 'INVITE', {
    cseq: 5,
    callId: call.dialog.ids.callId,
    fromTag: 'callee',
  });
  await call.pass(2500);
  assert.deepEqual(call.sent(), ['INVITE']);
});

test('a 422 to the refresh is obeyed {session-timer}', async () => {
  const call = await calling([updates, supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(301_000);
  await answer(call.peer, 422, ['Min-SE: 900']);
  await call.pass(100);
  assert.equal(call.peer.lastRequest('UPDATE').header('session-expires'), '900;refresher=uac');
  assert.equal(call.peer.lastRequest('UPDATE').header('min-se'), '900');
});

test('a peer that answers without Session-Expires has no timer, with always we refresh nevertheless {session-timer}', async () => {
  const without = await calling([updates]);
  await without.pass(4_000_000);
  assert.deepEqual(without.sent(), ['INVITE']);
  const always = await calling([updates], { mode: 'always' });
  await always.pass(901_000);
  assert.deepEqual(always.sent(), ['INVITE', 'UPDATE']);
});

test('a snapshot keeps the timer with what is left of it {session-timer}', async () => {
  const call = await called([supported, 'Session-Expires: 600;refresher=uac']);
  await call.pass(400_000);
  const snapshot = JSON.parse(JSON.stringify(call.dialog.snapshot()));
  const restored = call.stack.restoreDialog(snapshot);
  const events: string[] = [];
  restored.onEvent = ({ kind }) => events.push(kind);
  await call.pass(167_000);
  assert.deepEqual(events, []);
  await call.pass(2000);
  assert.deepEqual(events, ['sessionExpired']);
});

test('for one incoming call the owner may switch the timer on {session-timer}', async () => {
  const base = await lab(timers({ mode: 'off' }));
  const peer = await base.peer(phone);
  await peer.send(peer.request('INVITE'));
  const [dialog] = base.dialogs;
  dialog?.useSessionTimer({ mode: 'always', expiresSeconds: 120 });
  dialog?.respond(200);
  await base.pass(20);
  assert.equal(peer.lastResponse().header('session-expires'), '120;refresher=uas');
});

test('a 2xx that asks for less than 90 s gets 90: no peer draws a refresh each half second {session-timer}', async () => {
  for (const seconds of [0, 1, 89]) {
    const { sent, pass, stack } = await calling([supported, `Session-Expires: ${seconds};refresher=uac`]);
    const before = sent().length;
    await pass(44_000);
    assert.equal(sent().length, before, `nothing is sent within 44 s of ${seconds}`);
    await pass(2000);
    assert.equal(sent().length, before + 1);
    await stack.close();
  }
});
