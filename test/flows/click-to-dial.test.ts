/** Two parties are called and connected over RPC: every way that this can go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiValue } from '../../core/di/index.ts';
import { encodeWav } from '../../core/media/index.ts';
import { CodedError } from '../../core/runtime/index.ts';
import { memoryStorage, type Storage } from '../../core/storage/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import { tone } from '../support/tones.ts';
import { type World, type WorldOptions, world } from '../support/world.ts';

const low = tone(440);
const high = tone(1000);
const ringing = tone(425);

/** `ms` of a sine, loud. */
const sine = (hz: number, ms: number): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, i) => 12_000 * Math.sin((2 * Math.PI * hz * i) / 8000));

interface Stage {
  readonly w: World;
  readonly alice: Phone;
  readonly bob: Phone;
  /** Dials alice, then bob; gives the id of the dial. */
  dial(order?: { readonly [key: string]: DiValue }): Promise<string>;
  /** Phases that were told, in order. */
  phases(): readonly string[];
  status(dial: string): Promise<Record<string, unknown>>;
  /** Waits for the end, wants nothing left, and gives how it ended. */
  over(dial: string): Promise<{ status: unknown; endedBy: unknown; code: string }>;
}

async function stage(options: WorldOptions = {}, laws: { bob?: readonly ('PCMU' | 'PCMA')[] } = {}): Promise<Stage> {
  const { config = {}, ...rest } = options;
  const modules = { echo: {}, conference: {}, click_to_dial: {} };
  const w = await world({ ...rest, config: { modules, ...config } });
  const alice = w.phone;
  const bob = await w.newPhone('bob', laws.bob === undefined ? {} : { laws: laws.bob });
  const status = async (dial: string) => (await w.invoke('click_to_dial.status', dial)) as Record<string, unknown>;
  return {
    w,
    alice,
    bob,
    status,
    async dial(order = { a: alice.uri, b: bob.uri }) {
      const { dial } = (await w.invoke('click_to_dial.dial', order)) as { dial: string };
      return dial;
    },
    phases: () => w.eventsOf('click_to_dial.progress').map(({ payload }) => String(payload.phase)),
    async over(dial) {
      await w.until(() => w.eventsOf('click_to_dial.progress').at(-1)?.payload.phase === 'ended', 60_000);
      const state = await status(dial);
      const why = state.why as readonly { code: string }[];
      await assertNothingLeft(w);
      return { status: state.status, endedBy: state.endedBy, code: why[0]?.code ?? '' };
    },
  };
}

test('{click-to-dial} A answers and hears ringing, B answers, both hear each other, one hangs up', async () => {
  const { w, alice, bob, dial, phases, over } = await stage({}, { bob: ['PCMA'] });
  alice.answers(1000);
  bob.answers(6000);
  const id = await dial({ a: alice.uri, b: bob.uri, labels: { account: 'acme', data: { click: 1 } } });
  await w.until(() => alice.calls.at(-1)?.state === 'talking');
  await alice.hears(ringing, { limitMs: 7000 });
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  alice.says(low);
  bob.says(high);
  await bob.hears(low);
  await alice.hears(high, { without: [ringing] });
  assert.equal(alice.current.dialog.from.uriText, bob.uri, 'A is shown B');
  assert.equal(bob.current.dialog.from.uriText, alice.uri, 'B is shown A');
  await bob.bye();
  await alice.current.isHungUp();
  assert.deepEqual(await over(id), { status: 200, endedBy: 'b', code: 'call.bye' });
  assert.deepEqual(phases(), ['diallingA', 'ringingA', 'answeredA', 'diallingB', 'ringingB', 'bridged', 'ended']);
  const ended = w.eventsOf('call.ended').map(({ payload }) => [payload.trace, payload.account, payload.data]);
  assert.deepEqual(ended, [
    [id, 'acme', { click: 1 }],
    [id, 'acme', { click: 1 }],
  ]);
});

test('{click-to-dial} A is busy: B is never called', async () => {
  const { alice, bob, dial, over, phases } = await stage();
  alice.rejects(486);
  assert.deepEqual(await over(await dial()), { status: 486, endedBy: 'a', code: 'call.refused' });
  assert.equal(bob.calls.length, 0);
  assert.deepEqual(phases(), ['diallingA', 'ended']);
});

test('{click-to-dial} A does not answer in time: its ringing is cancelled', async () => {
  const { alice, bob, dial, over } = await stage();
  alice.onCall = (call) => call.ring();
  const id = await dial({ a: { uri: alice.uri, timeoutS: 5 }, b: bob.uri });
  assert.deepEqual(await over(id), { status: 408, endedBy: 'us', code: 'click_to_dial.noAnswer' });
  assert.equal(alice.current.ending, 'cancelled');
  assert.equal(bob.calls.length, 0);
});

test('{click-to-dial} A hangs up while B rings: B is cancelled', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.onCall = (call) => call.ring();
  const id = await dial();
  await w.until(() => bob.calls.length === 1);
  await w.advance(500);
  await alice.bye();
  assert.deepEqual(await over(id), { status: 200, endedBy: 'a', code: 'call.bye' });
  assert.equal(bob.current.ending, 'cancelled');
});

test('{click-to-dial} B is busy: A is hung up, and the status is that of B', async () => {
  const { alice, bob, dial, over } = await stage();
  alice.answers();
  bob.rejects(486);
  assert.deepEqual(await over(await dial()), { status: 486, endedBy: 'b', code: 'call.refused' });
  assert.equal(alice.current.ending, 'they hung up');
});

test('{click-to-dial} B does not answer in time', async () => {
  const { alice, bob, dial, over } = await stage();
  alice.answers();
  bob.onCall = (call) => call.ring();
  const id = await dial({ a: alice.uri, b: { uri: bob.uri, timeoutS: 3 } });
  assert.deepEqual(await over(id), { status: 408, endedBy: 'us', code: 'click_to_dial.noAnswer' });
  assert.equal(bob.current.ending, 'cancelled');
  assert.equal(alice.current.ending, 'they hung up');
});

for (const phase of ['diallingA', 'ringingA', 'answeredA', 'diallingB', 'ringingB', 'bridged']) {
  test(`{click-to-dial} a cancel in the phase ${phase} frees everything`, async () => {
    const { w, alice, bob, dial, over, phases } = await stage();
    alice.answers(1000);
    bob.answers(1000);
    const id = await dial();
    await w.until(() => phases().includes(phase));
    assert.deepEqual(await w.invoke('click_to_dial.cancel', id), [200, 'OK']);
    assert.deepEqual(await over(id), { status: 487, endedBy: 'us', code: 'click_to_dial.cancelled' });
  });
}

test('{click-to-dial} a dial that is over cannot be cancelled, nor one that never was', async () => {
  const { w, alice, dial } = await stage();
  alice.rejects(603);
  const id = await dial();
  await w.advance(500);
  await assert.rejects(w.invoke('click_to_dial.cancel', id), { code: 'dial.over' });
  await assert.rejects(w.invoke('click_to_dial.cancel', 'x'), { code: 'dial.unknown' });
  await assert.rejects(w.invoke('click_to_dial.status', 'x'), { code: 'dial.unknown' });
  await assertNothingLeft(w);
});

test('{click-to-dial} a cancel that meets the answer of A, or of B, leaves nobody talking', async () => {
  for (const meets of ['alice', 'bob'] as const) {
    const { w, alice, bob, dial, over } = await stage();
    if (meets === 'bob') alice.answers();
    const late = meets === 'alice' ? alice : bob;
    late.onCall = (call) => call.ring();
    const id = await dial();
    await w.until(() => late.calls.length === 1);
    await w.advance(100);
    // The 200 and the CANCEL pass each other on the wire.
    late.current.answer();
    await w.invoke('click_to_dial.cancel', id);
    assert.equal((await over(id)).status, 487);
    assert.equal(late.current.state, 'ended');
  }
});

test('{click-to-dial} A hangs up at the moment when B answers', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.onCall = (call) => call.ring();
  const id = await dial();
  await w.until(() => bob.calls.length === 1);
  bob.current.answer();
  await alice.bye();
  assert.equal((await over(id)).endedBy, 'a');
  assert.equal(bob.current.state, 'ended');
});

test('{click-to-dial} both hang up at once', async () => {
  const { w, alice, bob, dial, over, phases } = await stage();
  alice.answers();
  bob.answers();
  const id = await dial();
  await w.until(() => phases().includes('bridged'));
  bob.current.dialog.end();
  await alice.bye();
  const { status, code } = await over(id);
  assert.deepEqual([status, code], [200, 'call.bye']);
  assert.equal(phases().filter((phase) => phase === 'ended').length, 1);
});

test('{click-to-dial} early media of B goes to A, and a refusal after it ends the dial', async () => {
  const { w, alice, bob, dial, over, phases } = await stage();
  alice.answers();
  bob.onCall = (call) => call.early();
  const id = await dial({ a: alice.uri, b: bob.uri, earlyMedia: 'through' });
  await w.until(() => phases().includes('earlyB'));
  bob.says(high);
  await alice.hears(high, { without: [ringing] });
  bob.current.reject(480);
  assert.deepEqual(await over(id), { status: 480, endedBy: 'b', code: 'call.refused' });
});

test('{click-to-dial} early media goes on as the conversation', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.onCall = (call) => call.early();
  const id = await dial({ a: alice.uri, b: bob.uri, earlyMedia: 'through' });
  await w.until(() => bob.calls.length === 1);
  await w.advance(500);
  bob.current.answer();
  alice.says(low);
  bob.says(high);
  await bob.hears(low);
  await alice.hears(high);
  await alice.bye();
  assert.deepEqual(await over(id), { status: 200, endedBy: 'a', code: 'call.bye' });
});

test('{click-to-dial} the longest duration ends both', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.answers();
  const id = await dial({ a: alice.uri, b: bob.uri, maxDurationS: 3 });
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  await w.advance(3500);
  assert.equal(alice.current.ending, 'they hung up');
  assert.deepEqual(await over(id), { status: 200, endedBy: 'us', code: 'click_to_dial.maxDuration' });
});

test('{click-to-dial} A is connected with an application instead of B', async () => {
  const { w, alice, dial, over, phases } = await stage();
  alice.answers();
  const id = await dial({ a: alice.uri, application: 'conference', user: '4711' });
  await w.until(() => w.server.calls.rooms.list().some(({ room }) => room === '4711'));
  assert.match(String(alice.current.dialog.from.uriText), /^sip:4711@/);
  await alice.bye();
  assert.equal((await over(id)).endedBy, 'a');
  assert.deepEqual(phases().slice(-3), ['answeredA', 'bridged', 'ended']);
});

test('{click-to-dial} headers, callers shown and labels of each leg are as ordered', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.answers();
  const id = await dial({
    a: { uri: alice.uri, from: '"Support" <sip:help@callbus.example>', headers: { 'X-Ticket': '7' } },
    b: { uri: bob.uri, from: 'sip:100@callbus.example', labels: { tariff: 'abroad' } },
    labels: { account: 'acme', tariff: 'home' },
  });
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  assert.equal(alice.current.dialog.invite.header('X-Ticket'), '7');
  assert.equal(alice.current.dialog.from.displayName, 'Support');
  assert.equal(bob.current.dialog.from.uriText, 'sip:100@callbus.example');
  await bob.bye();
  await over(id);
  const tariffs = w.eventsOf('call.started').map(({ payload }) => [payload.account, payload.tariff]);
  assert.deepEqual(tariffs, [
    ['acme', 'home'],
    ['acme', 'abroad'],
  ]);
});

test('{click-to-dial} a repeated order with the same key dials once, another order with it is refused', async () => {
  const { w, alice, bob, over, phases } = await stage();
  alice.rejects(486);
  const order = { a: alice.uri, b: bob.uri, idempotencyKey: 'click-1' };
  const both = Promise.all([w.invoke('click_to_dial.dial', order), w.invoke('click_to_dial.dial', order)]);
  const [first, second] = (await both) as unknown as { dial: string; a: string; repeated?: boolean }[];
  assert.equal(first?.dial, second?.dial);
  assert.deepEqual([first?.repeated, second?.repeated], [undefined, true]);
  await assert.rejects(w.invoke('click_to_dial.dial', { ...order, b: alice.uri }), { code: 'dial.keyReused' });
  await w.until(() => phases().includes('ended'));
  const third = (await w.invoke('click_to_dial.dial', order)) as { dial: string };
  assert.equal(third.dial, first?.dial);
  assert.equal(alice.calls.length, 1);
  await over(third.dial);
});

test('{click-to-dial} a key outlives the server: the same order after a restart dials nobody and tells how it ended', async () => {
  const storage = memoryStorage();
  const labels = { account: 'acme', data: { click: 7, at: [1.5, null, 'x'] } };
  const first = await stage({ storage });
  first.alice.rejects(486);
  const order = { a: first.alice.uri, b: first.bob.uri, idempotencyKey: 'click-1', labels };
  const { dial, a } = (await first.w.invoke('click_to_dial.dial', order)) as { dial: string; a: string };
  await first.over(dial);
  await first.w.stop();

  const second = await stage({ storage });
  const again = await second.w.invoke('click_to_dial.dial', { ...order, labels: { ...labels } });
  assert.deepEqual(again, { dial, a, repeated: true });
  const { phase, status, endedBy, account, data } = await second.status(dial);
  assert.deepEqual([phase, status, endedBy, account, data], ['ended', 486, 'a', 'acme', labels.data]);
  await assert.rejects(second.w.invoke('click_to_dial.dial', { ...order, b: 'sip:eve@127.0.0.1' }), {
    code: 'dial.keyReused',
  });
  await assert.rejects(second.w.invoke('click_to_dial.cancel', dial), { code: 'dial.over' });
  await second.w.advance(3_600_000 * 2);
  assert.deepEqual(await second.w.invoke('click_to_dial.list'), []);
  assert.deepEqual(await storage.keyValue('module.click_to_dial').list(), [], 'forgotten in the storage, too');
  assert.equal(second.alice.calls.length, 0);
  await second.w.stop();
});

test('{click-to-dial} a dial that the end of the server cut says so after the restart', async () => {
  const storage = memoryStorage();
  const first = await stage({ storage });
  first.alice.onCall = (call) => call.ring();
  const order = { a: first.alice.uri, b: first.bob.uri, idempotencyKey: 'click-1' };
  const { dial, a } = (await first.w.invoke('click_to_dial.dial', order)) as { dial: string; a: string };
  assert.equal(first.w.server.calls.find(a)?.tag, a, 'the tag that was stored is that of the call');
  const second = await stage({ storage });
  assert.deepEqual(await second.w.invoke('click_to_dial.dial', order), { dial, a, repeated: true });
  const { phase, status, why } = await second.status(dial);
  assert.deepEqual([phase, status], ['ended', 500]);
  assert.match(JSON.stringify(why), /click_to_dial\.restarted/);
  assert.equal(second.alice.calls.length, 0);
  await first.w.stop();
  await second.w.stop();
});

test('{click-to-dial} a key that cannot be stored refuses the order before anybody rings; without a key it is placed', async () => {
  const storage = memoryStorage();
  const failing: Storage = {
    ...storage,
    keyValue: (name) => ({
      ...storage.keyValue(name),
      set: () => Promise.reject(new CodedError('storage.failed', 'the disk is full')),
    }),
  };
  const { w, alice, bob, dial, over } = await stage({ storage: failing });
  alice.rejects(486);
  const order = { a: alice.uri, b: bob.uri };
  for (const _ of [1, 2])
    await assert.rejects(w.invoke('click_to_dial.dial', { ...order, idempotencyKey: 'k' }), { code: 'storage.failed' });
  assert.equal(alice.calls.length, 0);
  await over(await dial(order));
});

test('{click-to-dial} A hears the music while B rings, and why B cannot be had', async () => {
  const music = encodeWav({ sampleRateHz: 8000, samples: sine(300, 400) });
  const busy = encodeWav({ sampleRateHz: 8000, samples: sine(700, 1600) });
  const { w, alice, bob, dial, over } = await stage({
    files: { '/sounds/music.wav': music, '/sounds/busy.wav': busy },
    config: { modules: { echo: {}, click_to_dial: { playPath: '/sounds' } } },
  });
  alice.answers();
  bob.onCall = (call) => call.ring();
  const id = await dial({ a: alice.uri, b: bob.uri, waiting: 'music.wav', failed: 'busy.wav' });
  await w.until(() => bob.calls.length === 1);
  await alice.hears(tone(300), { without: [ringing] });
  bob.current.reject(486);
  await alice.hears(tone(700), { without: [tone(300)] });
  assert.deepEqual(await over(id), { status: 486, endedBy: 'b', code: 'call.refused' });
  assert.equal(alice.current.ending, 'they hung up');
});

test('{click-to-dial} a prompt that is not there is told to the caller, and nobody rings', async () => {
  const { w, alice, bob, dial } = await stage();
  await assert.rejects(dial({ a: alice.uri, b: bob.uri, waiting: 'absent.wav' }), { code: 'file.missing' });
  assert.equal(alice.calls.length, 0);
  await assertNothingLeft(w);
});

test('{click-to-dial} call.end with the id of the dial ends both legs', async () => {
  const { w, alice, bob, dial, over } = await stage();
  alice.answers();
  bob.answers();
  const id = await dial();
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  await w.advance(100);
  await w.invoke('call.end', id);
  await bob.current.isHungUp();
  assert.deepEqual(await over(id), { status: 200, endedBy: 'us', code: 'call.hangup' });
});

test('{click-to-dial} both legs pass the dial rules', async () => {
  const { w, alice, dial } = await stage();
  await assert.rejects(dial({ a: 'sip:x@203.0.113.7', b: alice.uri }), { code: 'dial.forbidden' });
  await assert.rejects(dial({ a: alice.uri, b: 'sip:x@203.0.113.7' }), { code: 'dial.forbidden' });
  assert.equal(alice.calls.length, 0, 'nobody rings in vain');
  await assertNothingLeft(w);
});

test('{click-to-dial} orders that make no sense are refused before anybody rings', async () => {
  const { w, alice, bob, dial } = await stage();
  const bad: { readonly [key: string]: DiValue }[] = [
    { a: alice.uri },
    { a: alice.uri, b: bob.uri, application: 'echo' },
    { a: alice.uri, application: 'echo', waiting: 'x.wav' },
    { a: alice.uri, b: 'nonsense' },
    { a: { uri: alice.uri, from: 'non<sense' }, b: bob.uri },
    { a: { uri: alice.uri, headers: { Via: 'x' } }, b: bob.uri },
    { a: { uri: alice.uri, headers: { 'X y': 'x' } }, b: bob.uri },
    { a: alice.uri, b: bob.uri, waiting: '../secret.wav' },
    { a: alice.uri, b: bob.uri, labels: { data: 'x'.repeat(5000) } },
  ];
  for (const order of bad)
    await assert.rejects(dial(order), /wrong type|cannot be used/, JSON.stringify(order).slice(0, 100));
  assert.equal(alice.calls.length, 0);
  await assertNothingLeft(w);
});

test('{click-to-dial} a server that drains dials nobody new, and ends what rings', async () => {
  const { w, alice, bob, dial } = await stage();
  alice.answers(2000);
  const id = await dial();
  await w.advance(500);
  const drained = w.server.calls.drain(10_000);
  await assert.rejects(dial(), { code: 'call.shutdown' });
  await w.driver.during(drained, 30_000, 'the drain');
  const { payload } = w.eventsOf('click_to_dial.progress').at(-1) ?? {};
  assert.deepEqual([payload?.dial, payload?.phase, payload?.status], [id, 'ended', 503]);
  assert.equal(bob.calls.length, 0);
  await assertNothingLeft(w);
});

test('{click-to-dial} the end of the server ends its dials', async () => {
  const { w, alice, bob, dial } = await stage();
  alice.answers();
  bob.answers();
  await dial();
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  await w.stop();
  await w.advance(1000);
  assert.deepEqual(w.clock.pendingDelaysMs(), []);
});
