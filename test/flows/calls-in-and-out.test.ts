/** Who is served, who may be dialled, many calls at once, and calls that outlive their server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/call/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';
import { scripted } from './scripted-app.ts';

const echo = async (call: Call): Promise<void> => {
  await call.connected;
  call.playItem({ kind: 'echo' });
};

const dialOut = (w: World, target: string, onCall: (call: Call) => void | Promise<void> = echo) =>
  w.server.calls.originate({
    application: 'scripted',
    user: 'x',
    from: '<sip:us@10.0.0.1>',
    to: `<${target}>`,
    requestUri: target,
    origin: { name: 'test' },
    onCall,
  });

test('an unknown application: 404 that tells what can be dialled {routing}', async () => {
  const w = await world();
  const call = await w.phone.dial('nobody');
  assert.equal(await call.isRefused(), 404);
  assert.match(call.reason, /^Not Found \(try echo, 600, conference, 5xx, webconference, room-name, welcome\)$/);
  await assertNothingLeft(w);
});

test("a stranger's P-App-Name and P-App-Param do nothing; a trusted proxy's do {trust}", async () => {
  const headers = [
    ['P-App-Name', 'scripted'],
    ['P-App-Param', 'room=4711'],
  ] as const;
  for (const trusted of [false, true]) {
    const rooms: (string | null)[] = [];
    const refuse = (call: Call): void => {
      rooms.push(call.parameter('room'));
      call.reject(486);
    };
    const w = await scripted(refuse, {
      config: {
        routing: [{ application: '$(apphdr)' }],
        sip: { trusted: trusted ? ['10.0.1.0/24'] : [] },
      },
    });
    const call = await w.phone.dial('x', { headers });
    assert.equal(await call.isRefused(), trusted ? 486 : 404);
    assert.deepEqual(rooms, trusted ? ['4711'] : []);
    await assertNothingLeft(w);
  }
});

test('a dial-out rings, is answered, speaks and is hung up {call-out}', async () => {
  const w = await scripted(() => {});
  w.phone.answers(500);
  const call = dialOut(w, w.phone.uri);
  await w.until(() => call.state === 'connected');
  w.phone.says(tone(700));
  await w.phone.hears(tone(700));
  call.hangup();
  await w.phone.current.isHungUp();
  await assertNothingLeft(w);
});

test('a dial-out that is hung up before the answer is cancelled {cancel}', async () => {
  const w = await scripted(() => {});
  const call = dialOut(w, w.phone.uri);
  await w.phone.isCalled();
  call.hangup();
  await w.phone.current.isHungUp();
  assert.equal((await call.ended).status, 487);
  await assertNothingLeft(w);
});

test('a dial-out that is refused keeps its status; one to nobody times out with 408 {call-out}', async () => {
  const w = await scripted(() => {});
  w.phone.rejects(486);
  const busy = dialOut(w, w.phone.uri);
  await w.until(() => busy.state === 'ended');
  assert.equal((await busy.ended).status, 486);
  const nobody = dialOut(w, 'sip:nobody@10.0.1.99');
  await w.advance(33_000);
  assert.equal((await nobody.ended).status, 408);
  await assertNothingLeft(w);
});

test('a foreign host is refused before anything is sent, naming the key {may-dial}', async () => {
  const w = await scripted(() => {});
  assert.throws(() => dialOut(w, 'sip:x@203.0.113.9'), /203\.0\.113\.9.*dial\.allow/);
  w.internet.names.set('foreign.example', ['203.0.113.9']);
  const named = dialOut(w, 'sip:x@foreign.example');
  await w.advance(100);
  const { status, why } = await named.ended;
  assert.equal(status, 403);
  assert.match(why[0]?.cause ?? '', /foreign\.example.*dial\.allow/);
  await assertNothingLeft(w);
});

test('two legs that are bridged hear each other; the end of one ends the other {bridge}', async () => {
  const w = await scripted(async (call) => {
    await call.accept();
    const other = dialOut(w, bob.uri, () => {});
    await other.connected;
    call.bridge(other);
  });
  const bob = await w.newPhone('bob');
  bob.answers();
  const alice = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  alice.says(tone(400));
  bob.says(tone(900));
  await alice.hears(tone(900), { without: [tone(400)] });
  await bob.hears(tone(400), { without: [tone(900)] });
  await alice.bye();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('1,000 calls at once are all answered, and nothing is left of them {thousand-calls}', async () => {
  let joined = 0;
  const w = await scripted(
    async (call) => {
      await call.accept();
      call.join(`room ${joined++ % 100}`);
    },
    { config: { media: { ports: [10000, 19998] } } },
  );
  const calls = await Promise.all(Array.from({ length: 1000 }, () => w.phone.dial('x')));
  await w.until(() => calls.every(({ state }) => state === 'talking'), 20_000, 'all answered');
  assert.equal(w.server.calls.calls().length, 1000);
  assert.equal(w.server.calls.rooms.participants('room 0').length, 10);
  for (const call of calls) call.dialog.end();
  for (const call of calls) call.drop();
  await w.until(() => w.server.calls.calls().length === 0, 20_000, 'all gone');
  await assertNothingLeft(w);
});

test('a drain lets calls go on for drainMs, refuses new ones, then says BYE {drain}', async () => {
  const w = await scripted(async (call) => void (await call.accept()));
  const call = await w.phone.call('x');
  const drained = w.server.drain(5000);
  await w.advance(1000);
  assert.equal(call.state, 'talking');
  assert.equal(await (await (await w.newPhone('bob')).dial('x')).isRefused(), 503);
  await call.isHungUp({ limitMs: 6000 });
  await w.driver.during(drained, 10_000, 'the drain');
  await w.advance(40_000);
});
