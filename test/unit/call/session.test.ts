import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, CallEvent, EventVerdict } from '../../../core/call/index.ts';
import type { PublishedEvent } from '../../../core/di/index.ts';
import { response, sdp } from './fake-sip.ts';
import { answering, makeEngine } from './make-engine.ts';

/** An answered call, and the events that passed its mailbox. */
async function answered(options: { readonly sdp?: string | null } = {}) {
  const seen: CallEvent[] = [];
  let call: Call | null = null;
  const w = makeEngine({
    applications: [
      {
        name: 'echo',
        async onInvite(each) {
          call = each;
          each.on((event) => {
            seen.push(event);
            return 'default';
          });
          await each.accept();
        },
      },
    ],
  });
  const dialog = w.sip.incoming('sip:echo@example.org', options);
  await w.settle();
  assert(call !== null);
  const [stream] = w.media.streams;
  assert(stream !== undefined);
  return { ...w, dialog, call: call as Call, stream, seen };
}

/** The code of the first link of an event's `why`. */
function whyCode(payload: PublishedEvent['payload'] | undefined): unknown {
  const [why] = (payload?.['why'] ?? []) as readonly { readonly code: string }[];
  return why?.code;
}

type Answered = Awaited<ReturnType<typeof answered>>;

async function receive(w: Answered, method: string, type: string | null, body = '') {
  const request = w.dialog.receive(method, type === null ? [] : [['Content-Type', type]], body);
  await w.settle();
  return request;
}

test('an incoming call is answered with SDP and hung up; its events tell it once {call-in}', async () => {
  const w = await answered();
  assert.deepEqual(w.dialog.statuses, [200]);
  assert.deepEqual(w.stream.configured[0]?.remote, { address: '192.0.2.9', port: 4000 });
  assert.equal(w.engine.statistics.calls(), 1);
  w.dialog.bye();
  await w.settle();
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.media.open.length, 0);
  assert.deepEqual(
    w.events.map(({ name }) => name),
    ['call.started', 'call.answered', 'quality', 'call.ended'],
  );
  const [ended] = w.published('call.ended');
  assert.equal(ended?.['status'], 200);
  assert.equal(ended?.['endedBy'], 'remote');
  assert.equal(ended?.['from'], '"Ann" <sip:ann@example.org>;tag=a1');
  assert.equal(w.clock.pending, 0);
});

test('a re-INVITE that holds gets 200 with recvonly, and the module is told; resume likewise {hold}', async () => {
  const w = await answered();
  const hold = await receive(w, 'INVITE', 'application/sdp', sdp({ direction: 'sendonly' }));
  assert.equal(hold.status, 200);
  assert.match(hold.bodyText, /a=recvonly/);
  assert.equal(w.stream.configured.at(-1)?.direction, 'recvonly');
  const resume = await receive(w, 'INVITE', 'application/sdp', sdp({ port: 4002 }));
  assert.match(resume.bodyText, /a=sendrecv/);
  assert.equal(w.stream.configured.at(-1)?.remote?.port, 4002);
  assert.deepEqual(
    w.seen.flatMap((event) => (event.kind === 'sessionChanged' ? [event.held] : [])),
    [true, false],
  );
});

test('a re-INVITE without SDP is answered with an offer; the ACK answers it {late-offer}', async () => {
  const w = await answered();
  const empty = await receive(w, 'INVITE', null);
  assert.equal(empty.status, 200);
  assert.match(empty.bodyText, /m=audio 10000/);
  const collision = await receive(w, 'INVITE', 'application/sdp', sdp());
  assert.equal(collision.status, 491);
  assert.match(collision.header('Retry-After') ?? '', /^\d$/);
  w.dialog.ack(sdp({ port: 4010 }));
  await w.settle();
  assert.equal(w.stream.configured.at(-1)?.remote?.port, 4010);
});

test('a re-INVITE without a common codec is refused and the call goes on', async () => {
  const w = await answered();
  const refused = await receive(w, 'INVITE', 'application/sdp', sdp({ payloads: '18' }));
  assert.equal(refused.status, 488);
  assert.equal(w.call.state, 'connected');
  assert.equal(w.stream.configured.length, 1);
});

test('an INVITE without SDP gets the offer in the 200; media starts with the ACK {late-offer}', async () => {
  const w = await answered({ sdp: null });
  assert.equal(w.stream.configured.length, 0);
  assert.deepEqual(w.dialog.statuses, [200]);
  w.dialog.ack(sdp());
  await w.settle();
  assert.equal(w.stream.configured.length, 1);
  assert.equal(w.seen.filter(({ kind }) => kind === 'sessionStart').length, 1);
});

test('an ACK without the answer to our offer ends the call with BYE {late-offer}', async () => {
  const w = await answered({ sdp: null });
  w.dialog.ack();
  await w.settle();
  assert.deepEqual(w.dialog.last, { kind: 'end' });
  assert.equal(w.media.open.length, 0);
});

const requests: readonly (readonly [method: string, type: string | null, body: string, status: number])[] = [
  ['INFO', 'application/dtmf-relay', 'Signal=1\r\nDuration=100', 200],
  ['INFO', 'application/dtmf-relay', 'nothing', 400],
  ['INFO', 'text/plain', 'x', 415],
  ['INFO', null, '', 200],
  ['OPTIONS', null, '', 200],
  ['UPDATE', null, '', 200],
  ['UPDATE', 'application/sdp', sdp({ port: 4004 }), 200],
  ['INVITE', 'text/plain', 'x', 415],
  ['PRACK', null, '', 200],
  ['MESSAGE', 'text/plain', 'x', 501],
  ['NOTIFY', null, '', 481],
  ['REFER', null, '', 603],
  ['FROBNICATE', null, '', 501],
];

for (const [method, type, body, status] of requests) {
  test(`${method} of ${type ?? 'no body'} ${JSON.stringify(body.slice(0, 12))} in the dialog gets ${status}`, async () => {
    const w = await answered();
    const request = await receive(w, method, type, body);
    assert.equal(request.status, status);
    assert.equal(w.call.state, 'connected');
  });
}

test('INFO of another type names the types that would do {dtmf-info}', async () => {
  const w = await answered();
  const request = await receive(w, 'INFO', 'text/plain', 'x');
  assert.equal(request.header('Accept'), 'application/dtmf-relay, application/dtmf');
});

test('corner case 109: one press told by RTP and by INFO is one key {dtmf}', async () => {
  const w = await answered();
  w.stream.press('4');
  await receive(w, 'INFO', 'application/dtmf-relay', 'Signal=4\r\nDuration=100');
  assert.equal(await w.call.key(), '4');
  assert.equal(w.published('dtmf').length, 1);
  assert.equal(w.published('dtmf')[0]?.['source'], 'rtp');
});

test('what a module handles is left alone', async () => {
  const w = await answered();
  w.call.on((event) => {
    if (event.kind !== 'sip' || event.event.kind !== 'request') return 'default';
    event.event.request.respond(202);
    return 'handled';
  });
  const request = await receive(w, 'MESSAGE', 'text/plain', 'x');
  assert.equal(request.status, 202);
});

test('CANCEL before the answer: 487, nothing left {cancel}', async () => {
  const w = makeEngine({ applications: [{ name: 'echo', onInvite: (call) => call.ring() }] });
  const dialog = w.sip.incoming('sip:echo@example.org');
  await w.settle();
  dialog.cancelled();
  await w.settle();
  assert.deepEqual(dialog.statuses, [180]);
  const [ended] = w.published('call.ended');
  assert.equal(ended?.['status'], 487);
  assert.equal(w.engine.calls().length, 0);
});

const ends: readonly (readonly [what: string, run: (w: Answered) => void, endedBy: string, code: string])[] = [
  ['no ACK', (w) => w.dialog.onEvent({ kind: 'noAck' }), 'network', 'call.noAck'],
  ['a lost peer', (w) => w.dialog.onEvent({ kind: 'remoteGone', status: 481 }), 'network', 'call.remoteGone'],
  ['no RTP', (w) => w.stream.onEvent({ kind: 'rtpTimeout', stream: 0 }), 'network', 'call.rtpTimeout'],
  ['a dead worker', (w) => w.stream.onEvent({ kind: 'failed', detail: 'gone' }), 'local', 'media.failed'],
  ['our hang-up', (w) => w.call.hangup(), 'local', 'call.hangup'],
  ['the shutdown', (w) => w.call.session.post({ kind: 'shutdown' }), 'local', 'call.shutdown'],
];

for (const [what, run, endedBy, code] of ends) {
  test(`${what} ends an answered call by ${endedBy}, once, and frees everything`, async () => {
    const w = await answered();
    run(w);
    run(w);
    await w.settle();
    const events = w.published('call.ended');
    assert.equal(events.length, 1);
    assert.equal(events[0]?.['status'], 200);
    assert.equal(events[0]?.['endedBy'], endedBy);
    assert.equal(whyCode(events[0]), code);
    assert.equal(w.media.open.length, 0);
    assert.equal(w.clock.pending, 0);
    if (endedBy !== 'network' || code !== 'call.remoteGone') assert.deepEqual(w.dialog.last, { kind: 'end' });
  });
}

test('a handler that waits for the call sees its wait end with BYE, and the mailbox moves on', async () => {
  const w = await answered();
  let fault: unknown = null;
  w.call.session.onEvent = async (): Promise<EventVerdict> => {
    await w.call.key().catch((each) => {
      fault = each;
    });
    return 'default';
  };
  w.call.session.post({ kind: 'posted', name: 'x', data: null });
  await w.settle();
  w.dialog.bye();
  await w.settle();
  assert.equal((fault as { code: string } | null)?.code, 'call.ended');
  assert.equal(w.engine.calls().length, 0);
});

test('a handler that never ends is given up 5 s after BYE', async () => {
  const w = await answered();
  w.call.session.onEvent = () => new Promise<EventVerdict>(() => {});
  w.call.session.post({ kind: 'posted', name: 'x', data: null });
  await w.settle();
  w.dialog.bye();
  await w.clock.advance(4999);
  assert.equal(w.engine.calls().length, 1);
  await w.clock.advance(1);
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.published('call.ended')[0]?.['endedBy'], 'remote');
});

test('timers come through the mailbox and go with the call', async () => {
  const w = await answered();
  w.call.session.setTimer('a', 100);
  w.call.session.setTimer('b', 200);
  w.call.session.cancelTimer('a');
  await w.clock.advance(300);
  assert.deepEqual(
    w.seen.flatMap((event) => (event.kind === 'timer' ? [event.name] : [])),
    ['b'],
  );
  w.call.session.setTimer('c', 1000);
  w.call.hangup();
  await w.settle();
  assert.equal(w.clock.pending, 0);
});

test('an application that throws: 500 before the answer, BYE after, and nobody else is harmed', async () => {
  const w = makeEngine({
    applications: [
      {
        name: 'echo',
        onInvite: () => {
          throw new Error('broken');
        },
      },
      answering('conference', () => Promise.reject(new Error('broken later'))),
      answering('webconference'),
    ],
  });
  const good = w.sip.incoming('sip:webconference@h');
  const before = w.sip.incoming('sip:echo@h');
  const after = w.sip.incoming('sip:conference@h');
  await w.settle();
  assert.deepEqual(before.statuses, [500]);
  assert.deepEqual(
    after.sent.map(({ kind }) => kind),
    ['response', 'end'],
  );
  assert.deepEqual(good.statuses, [200]);
  assert.equal(w.engine.calls().length, 1);
  assert.equal(w.lines.filter(({ level }) => level === 'error').length, 2);
});

test('an application whose wait the hang-up ended has not failed', async () => {
  const w = makeEngine({ applications: [answering('echo', async (call) => void (await call.key()))] });
  const dialog = w.sip.incoming('sip:echo@h');
  await w.settle();
  dialog.bye();
  await w.settle();
  assert.equal(w.lines.filter(({ level }) => level === 'error' || level === 'warn').length, 0);
  assert.equal(w.published('call.ended')[0]?.['endedBy'], 'remote');
});

test('an offer without a common codec gets 488 {no-codec}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:echo@h', { sdp: sdp({ payloads: '18' }) });
  await w.settle();
  assert.deepEqual(dialog.statuses, [488]);
  assert.equal(w.media.open.length, 0);
});

test('a transfer is a REFER; the NOTIFY of its success ends the call {refer}', async () => {
  const w = await answered();
  w.dialog.answer = () => response(202, 'Accepted');
  await w.call.transfer('sip:bob@10.0.0.2');
  const refer = w.dialog.last;
  assert(refer?.kind === 'request');
  assert.deepEqual(refer.options.headers?.[0], ['Refer-To', '<sip:bob@10.0.0.2>']);
  const trying = await receive(w, 'NOTIFY', 'message/sipfrag', 'SIP/2.0 100 Trying');
  assert.equal(trying.status, 200);
  assert.equal(w.call.state, 'connected');
  await receive(w, 'NOTIFY', 'message/sipfrag', 'SIP/2.0 200 OK');
  assert.equal(w.engine.calls().length, 0);
  await assert.rejects(w.call.transfer('sip:bob@10.0.0.2'), /not in a state/);
});
