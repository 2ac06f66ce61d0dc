import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../core/call/index.ts';
import { response } from './fake-sip.ts';
import { makeEngine } from './make-engine.ts';

/** Answered calls on one engine, as many as asked for. */
async function calls(count: number) {
  const made: Call[] = [];
  const w = makeEngine({
    applications: [
      {
        name: 'conference',
        async onInvite(call) {
          made.push(call);
          await call.accept();
        },
      },
    ],
  });
  const dialogs = Array.from({ length: count }, (_none, index) => w.sip.incoming(`sip:5${index}0@example.org`));
  await w.settle();
  return { ...w, calls: made, dialogs };
}

async function one() {
  const w = await calls(1);
  const [call] = w.calls;
  const [dialog] = w.dialogs;
  const [stream] = w.media.streams;
  assert(call !== undefined && dialog !== undefined && stream !== undefined);
  return { ...w, call, dialog, stream };
}

async function two() {
  const w = await calls(2);
  const [a, b] = w.calls;
  const [dialogA, dialogB] = w.dialogs;
  assert(a !== undefined && b !== undefined && dialogA !== undefined && dialogB !== undefined);
  return { ...w, a, b, dialogA, dialogB };
}

test('a prompt is waited for to its end, flushed or finished {playlist}', async () => {
  const w = await one();
  const prompt = await w.engine.prompt('/p.wav');
  const first = w.call.play(prompt);
  w.stream.finish(8000);
  assert.deepEqual(await first, { reason: 'finished', playedMs: 1000 });
  const second = w.call.play(prompt, { loop: true });
  w.call.flush();
  assert.deepEqual(await second, { reason: 'flushed', playedMs: 10 });
  assert.deepEqual(await w.call.play(null), { reason: 'finished', playedMs: 0 });
});

test('keys are kept in order until they are asked for, and a wait for one times out', async () => {
  const w = await one();
  w.stream.press('1');
  w.stream.press('2');
  await w.settle();
  assert.equal(await w.call.key(), '1');
  assert.equal(await w.call.key({ timeoutMs: 10 }), '2');
  const none = w.call.key({ timeoutMs: 100 });
  await w.clock.advance(100);
  assert.equal(await none, null);
  const late = w.call.key({ timeoutMs: 100 });
  w.stream.press('3');
  assert.equal(await late, '3');
  assert.equal(w.clock.pending, 0);
});

test('every wait ends with the hang-up, and what comes after does no harm', async () => {
  const w = await one();
  const waits = [w.call.key(), w.call.key({ timeoutMs: 1000 }), w.call.play(await w.engine.prompt('/p.wav'))];
  w.dialog.bye();
  await w.settle();
  for (const wait of waits) await assert.rejects(wait, { code: 'call.ended' });
  await assert.rejects(w.call.play(await w.engine.prompt('/p.wav')), { code: 'call.ended' });
  await assert.rejects(w.call.accept(), { code: 'call.ended' });
  w.call.flush();
  w.call.sendKeys('1');
  w.call.hangup();
  assert.equal((await w.call.ended).endedBy, 'remote');
  assert.equal(w.clock.pending, 0);
});

test('keys go by RFC 4733 where it was agreed', async () => {
  const w = await one();
  w.call.sendKeys('12#x');
  assert.equal(w.stream.sentKeys, '12#');
});

test('keys go by INFO when that is asked for, with the other body to a peer that refuses the first {dtmf-info}', async () => {
  const w = await one();
  let refusals = 1;
  w.dialog.answer = () => (refusals-- > 0 ? response(415, 'Unsupported Media Type') : response(200, 'OK'));
  w.call.sendKeys('1#', { method: 'info', durationMs: 5000 });
  await w.settle();
  const bodies = w.dialog.sent.flatMap((each) =>
    each.kind === 'request' && each.method === 'INFO'
      ? [`${each.options.body?.contentType}: ${new TextDecoder().decode(each.options.body?.content)}`]
      : [],
  );
  assert.deepEqual(bodies, [
    'application/dtmf-relay: Signal=1\r\nDuration=1000\r\n',
    'application/dtmf: 1',
    'application/dtmf: #',
  ]);
  assert.equal(w.stream.sentKeys, '');
});

test('who joins an empty room is told of itself; later only the others are told {conference}', async () => {
  const w = await two();
  const told: string[] = [];
  const onChange = (who: string) => (change: { change: string; participants: number }) =>
    void told.push(`${who}: ${change.change} ${change.participants}`);
  w.a.join('4711', { onChange: onChange('a') });
  await w.settle();
  const seat = w.b.join('4711', { onChange: onChange('b') });
  await w.settle();
  assert.equal(w.b.join('4711'), seat);
  assert.deepEqual(w.engine.rooms.participants('4711'), [w.a.tag, w.b.tag]);
  seat.leave();
  await w.settle();
  assert.deepEqual(told, ['a: joined 1', 'a: joined 2', 'a: left 1']);
  w.dialogA.bye();
  await w.settle();
  assert.deepEqual(w.engine.rooms.list(), []);
  assert.deepEqual(
    w.published('conference.joined').map(({ participants }) => participants),
    [1, 2],
  );
  assert.deepEqual(
    w.published('conference.left').map(({ participants }) => participants),
    [1, 0],
  );
});

test('a full room refuses, naming the limit {conference}', async () => {
  const w = await two();
  w.a.join('r', { maxParticipants: 1 });
  assert.throws(() => w.b.join('r', { maxParticipants: 1 }), { code: 'room.full' });
  assert.deepEqual(w.engine.rooms.participants('r'), [w.a.tag]);
});

test('a flush takes the call out of its room; muting is told and ends with the seat', async () => {
  const w = await one();
  const seat = w.call.join('r');
  seat.setMuted(true);
  seat.setMuted(true);
  assert.equal(w.stream.muted, true);
  w.call.flush();
  assert.deepEqual(w.engine.rooms.list(), []);
  assert.equal(w.stream.muted, false);
  assert.deepEqual(
    w.published('conference.muted').map(({ muted }) => muted),
    [true],
  );
});

test('a bridge joins two legs in a room of their own, with one trace; the end of one ends the other {bridge}', async () => {
  const w = await two();
  w.a.bridge(w.b);
  const rooms = w.media.streams.map(({ items }) => items[0]?.request);
  assert.equal(rooms[0]?.kind, 'room');
  assert.deepEqual(rooms[0], rooms[1]);
  assert.deepEqual(w.engine.rooms.list(), []);
  assert.deepEqual([w.a.session.otherTag, w.b.session.otherTag], [w.b.tag, w.a.tag]);
  assert.equal(w.a.traceId, w.b.traceId);
  assert.equal(w.published('call.linked').length, 2);
  w.dialogA.bye();
  await w.settle();
  assert.deepEqual(w.dialogB.last, { kind: 'end' });
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.media.open.length, 0);
});

test('a bridge that is undone leaves both calls alone', async () => {
  const w = await two();
  w.a.bridge(w.b).dispose();
  assert.equal(w.a.session.otherTag, null);
  assert.deepEqual(
    w.media.streams.map(({ items }) => items.length),
    [0, 0],
  );
  w.dialogA.bye();
  await w.settle();
  assert.equal(w.b.state, 'connected');
});

test('without media a call cannot play or join', async () => {
  let early: Call | null = null;
  const keep = (call: Call): void => {
    early = call;
  };
  const w = makeEngine({ applications: [{ name: 'echo', onInvite: (call) => keep(call) }] });
  w.sip.incoming('sip:echo@h');
  await w.settle();
  const call = early as Call | null;
  assert(call !== null);
  await assert.rejects(call.play(await w.engine.prompt('/p.wav')), { code: 'call.wrongState' });
  assert.throws(() => call.join('r'), { code: 'call.wrongState' });
});

test('early media flow before the answer, with the same SDP in the 200 {early-media}', async () => {
  const w = makeEngine({
    applications: [
      {
        name: 'echo',
        async onInvite(call) {
          await call.early();
          await call.play(await w.engine.prompt('/p.wav'));
          await call.accept();
        },
      },
    ],
  });
  const dialog = w.sip.incoming('sip:echo@h');
  await w.settle();
  assert.deepEqual(dialog.statuses, [183]);
  w.media.streams[0]?.finish();
  await w.settle();
  assert.deepEqual(dialog.statuses, [183, 200]);
  const bodies = dialog.sent.flatMap((each) => (each.kind === 'response' ? [each.options.body] : []));
  assert.equal(bodies[0], bodies[1]);
});
