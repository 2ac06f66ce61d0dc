/** Offer and answer of a call (reference 2.10, 6.4): placed calls, early media, our own offers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, CallEvent } from '../../../core/call/index.ts';
import type { HeaderLine } from '../../../core/sip/index.ts';
import { FakeServerRequest, request, response, sdp } from './fake-sip.ts';
import { answering, makeEngine } from './make-engine.ts';

const typed: readonly HeaderLine[] = [['Content-Type', 'application/sdp']];

/** A call that we placed: its offer is out. */
async function placed() {
  const w = makeEngine({ dial: { allow: ['*'] } });
  const seen: string[] = [];
  const call = w.engine.originate({
    application: 'x',
    user: 'x',
    from: 'sip:us@192.0.2.1',
    to: 'sip:bob@10.0.0.9',
    requestUri: 'sip:bob@10.0.0.9',
    origin: { name: 'test' },
    onCall: () => {},
  });
  call.on((event: CallEvent) => {
    if (event.kind !== 'sip') seen.push(event.kind);
    return 'default';
  });
  await w.settle();
  const [entry] = w.sip.invited;
  const [stream] = w.media.streams;
  assert(entry !== undefined && stream !== undefined);
  const { dialog } = entry;
  const provisional = async (status: number, tag: string, text: string, reliable = false) => {
    dialog.state = 'early';
    dialog.onEvent({ kind: 'provisional', response: response(status, 'x', typed, text), tag, reliable });
    await w.settle();
  };
  const answered = async (tag: string, text: string) => {
    dialog.state = 'confirmed';
    dialog.ids.remoteTag = tag;
    dialog.onEvent({ kind: 'answered', response: response(200, 'OK', text === '' ? [] : typed, text) });
    await w.settle();
  };
  const ports = () => stream.configured.map(({ remote }) => remote?.port);
  return { ...w, call, dialog, stream, seen, provisional, answered, ports };
}

/** A call that came in and was answered. */
async function taken() {
  let call: Call | null = null;
  const keep = (each: Call): void => {
    call = each;
  };
  const w = makeEngine({ applications: [answering('echo', keep)] });
  const dialog = w.sip.incoming('sip:echo@example.org');
  await w.settle();
  dialog.ack();
  await w.settle();
  const [stream] = w.media.streams;
  assert(call !== null && stream !== undefined);
  return { ...w, call: call as Call, dialog, stream };
}

test('corner case 82: SDP repeated in 183 and 200 counts once {sdp} {early-media}', async () => {
  const w = await placed();
  await w.provisional(183, 'a', sdp({ port: 4000 }));
  await w.provisional(183, 'a', sdp({ port: 4000 }));
  await w.answered('a', sdp({ port: 4000 }));
  assert.deepEqual(w.ports(), [4000]);
  assert.deepEqual(w.seen, ['earlyMedia', 'sessionStart']);
});

test('corner case 83: a refused re-INVITE leaves the session as it was, whatever its body says {sdp}', async () => {
  const w = await taken();
  w.dialog.answer = () => response(488, 'No', typed, sdp({ port: 4999 }));
  const before = w.stream.configured.length;
  assert.equal((await w.call.session.reinvite()).status, 488);
  await assert.rejects(w.call.hold(), { code: 'call.failed' });
  assert.equal(w.stream.configured.length, before);
  const theirs = w.dialog.receive('INVITE', typed, sdp({ port: 4002 }));
  await w.settle();
  assert.equal(theirs.status, 200, 'no offer of ours is left open');
  assert.match(theirs.bodyText, /a=sendrecv/);
});

test('corner case 84: a late offer with a bad answer in the ACK ends the call with BYE {late-offer}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:echo@example.org', { sdp: null });
  await w.settle();
  dialog.ack(sdp({ payloads: '18' }));
  await w.settle();
  assert.deepEqual(dialog.last, { kind: 'end' });
});

test('corner case 85: an answer in an early dialog does not complete the exchange {sdp} {sip-forks}', async () => {
  const w = await placed();
  await w.provisional(183, 'a', sdp({ port: 4000 }));
  const early = w.dialog.receive('UPDATE', typed, sdp({ port: 4100 }));
  await w.settle();
  assert.equal(early.status, 491, 'RFC 3311 5.2: our offer has no answer for certain');
  await w.provisional(183, 'b', sdp({ port: 4002 }));
  await w.answered('a', sdp({ port: 4004 }));
  assert.deepEqual(w.ports(), [4000, 4002, 4004], 'the newest plays, the 2xx decides');
  assert.deepEqual(w.seen, ['earlyMedia', 'earlyMedia', 'sessionStart']);
});

test('a reliable early answer is the answer of its dialog; the 200 need not have one {sdp} {sip-100rel}', async () => {
  const w = await placed();
  await w.provisional(183, 'a', sdp({ port: 4000 }), true);
  const update = w.dialog.receive('UPDATE', typed, sdp({ port: 4100 }));
  await w.settle();
  assert.equal(update.status, 200);
  await w.answered('a', '');
  assert.deepEqual(w.ports(), [4000, 4100]);
  const forked = await placed();
  await forked.provisional(183, 'a', sdp({ port: 4000 }), true);
  await forked.provisional(183, 'b', sdp({ port: 4002 }));
  await forked.answered('a', '');
  assert.deepEqual(forked.ports(), [4000, 4002, 4000], 'back to the one who answered');
});

test('an early answer that makes no sense is passed over, in a reliable response it ends the call {sdp}', async () => {
  const w = await placed();
  await w.provisional(183, 'a', sdp({ payloads: '18' }));
  assert.notEqual(w.call.state, 'ended');
  await w.provisional(183, 'b', sdp({ payloads: '18' }), true);
  assert.equal(w.call.state, 'ended');
});

test('corner case 86: csta+xml is harmless in INFO, ACK and re-INVITE; other bodies get 415 {sdp}', async () => {
  const w = await taken();
  const csta: readonly HeaderLine[] = [['Content-Type', 'application/csta+xml']];
  const info = w.dialog.receive('INFO', csta, '<x/>');
  const update = w.dialog.receive('UPDATE', csta, '<x/>');
  const other = w.dialog.receive('INVITE', [['Content-Type', 'text/plain']], 'x');
  w.dialog.onEvent({ kind: 'acknowledged', body: Buffer.from('<x/>'), contentType: 'application/csta+xml' });
  await w.settle();
  assert.deepEqual([info.status, update.status, other.status], [200, 200, 415]);
  assert.equal(w.call.state, 'connected');
});

test('corner case 91: without an address of the peer nothing is configured to be sent {sdp}', async () => {
  const w = await placed();
  assert.deepEqual(w.stream.configured, [], 'our offer is out, no answer is there');
  await w.answered('a', sdp({ address: '0.0.0.0' }));
  assert.deepEqual(
    w.stream.configured.map(({ remote }) => remote),
    [null],
  );
});

test('corner case 136: PRACK and UPDATE that an application knows nothing of get 200, unknown methods 501 {sip-update}', async () => {
  const w = await taken();
  const statuses = ['UPDATE', 'PRACK', 'INFO', 'FROBNICATE'].map((method) => w.dialog.receive(method));
  await w.settle();
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200, 200, 501],
  );
  assert.equal(w.call.state, 'connected');
});

test('hold and resume offer sendonly and sendrecv in the same line; both holding is inactive {hold}', async () => {
  const w = await taken();
  w.dialog.answer = () => response(200, 'OK', typed, sdp({ direction: 'recvonly' }));
  await w.call.hold();
  const text = () => {
    const sent = w.dialog.last;
    return sent?.kind === 'request' ? Buffer.from(sent.options.body?.content ?? []).toString() : '';
  };
  assert.match(text(), /m=audio 10000 RTP\/AVP 0 8[\s\S]*a=sendonly/);
  const version = Number(/^o=\S+ \d+ (\d+)/m.exec(text())?.[1]);
  assert.equal(w.stream.configured.at(-1)?.direction, 'sendonly');
  const theirs = w.dialog.receive('INVITE', typed, sdp({ direction: 'sendonly' }));
  await w.settle();
  assert.match(theirs.bodyText, /a=inactive/);
  w.dialog.answer = () => response(200, 'OK', typed, sdp());
  await w.call.resume();
  assert.match(text(), /a=sendrecv/);
  assert.ok(Number(/^o=\S+ \d+ (\d+)/m.exec(text())?.[1]) > version);
  assert.equal(w.stream.configured.at(-1)?.direction, 'sendrecv');
});

test('a sloppy peer that answers a hold with sendrecv is held all the same {hold}', async () => {
  const w = await taken();
  w.dialog.answer = () => response(200, 'OK', typed, sdp());
  await w.call.hold();
  assert.equal(w.stream.configured.at(-1)?.direction, 'sendonly');
  await w.call.hold({ direction: 'inactive' });
  assert.equal(w.stream.configured.at(-1)?.direction, 'inactive');
});

test('port 0 in a re-INVITE is a hold, and the line comes back {hold}', async () => {
  const w = await taken();
  const held = w.dialog.receive('INVITE', typed, sdp({ port: 0 }));
  await w.settle();
  assert.equal(held.status, 200);
  assert.match(held.bodyText, /m=audio 0 /);
  assert.equal(w.stream.configured.at(-1)?.remote, null);
  const back = w.dialog.receive('INVITE', typed, sdp({ port: 4002 }));
  await w.settle();
  assert.match(back.bodyText, /m=audio 10000 /);
});

test('an UPDATE of ours without direction has no body, a hold before the answer is refused {sip-update} {hold}', async () => {
  const w = await taken();
  await w.call.session.update();
  assert.ok(w.dialog.last?.kind === 'request' && w.dialog.last.options.body === undefined);
  const out = await placed();
  await assert.rejects(out.call.hold(), { code: 'call.wrongState' });
});

test('before our answer is out an UPDATE gets 500, after a 183 with it an answer of its own {sip-update}', async () => {
  for (const [onInvite, status] of [
    [(call: Call) => call.ring(), 500],
    [(call: Call) => call.early(), 200],
  ] as const) {
    const w = makeEngine({ applications: [{ name: 'echo', onInvite }] });
    const dialog = w.sip.incoming('sip:echo@example.org');
    await w.settle();
    const update = dialog.receive('UPDATE', typed, sdp({ port: 4100 }));
    await w.settle();
    assert.equal(update.status, status);
    if (status === 500) assert.match(update.header('Retry-After') ?? '', /^(\d|10)$/);
    else assert.equal(w.media.streams[0]?.configured.at(-1)?.remote?.port, 4100);
  }
});

test('an offer of a PRACK is answered in its 200 {sip-100rel} {sip-update}', async () => {
  const w = makeEngine({ applications: [{ name: 'echo', onInvite: (call) => call.early() }] });
  const dialog = w.sip.incoming('sip:echo@example.org');
  await w.settle();
  const prack = new FakeServerRequest(request('PRACK', 'sip:us@192.0.2.1', typed, sdp({ port: 4200 })), dialog.flow);
  dialog.onEvent({ kind: 'provisionalAcknowledged', request: prack });
  await w.settle();
  assert.equal(prack.status, 200);
  assert.match(prack.bodyText, /m=audio 10000/);
  assert.equal(w.media.streams[0]?.configured.at(-1)?.remote?.port, 4200);
  const [call] = w.engine.calls();
  void call?.accept();
  await w.settle();
  const { last } = dialog;
  assert.ok(
    last?.kind === 'response' && last.status === 200 && last.options.body === undefined,
    'the first answer is outdated',
  );
});

test('without a PRACK the call ends with its own why {sip-100rel}', async () => {
  const w = makeEngine({ applications: [{ name: 'echo', onInvite: (call) => call.early() }] });
  const dialog = w.sip.incoming('sip:echo@example.org');
  await w.settle();
  dialog.state = 'terminated';
  dialog.onEvent({ kind: 'noPrack' });
  await w.settle();
  assert.equal(w.published('call.ended')[0]?.['status'], 504);
  assert.deepEqual(dialog.statuses, [183]);
});
