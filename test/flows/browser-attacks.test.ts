import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserAgent } from '../support/browser-agent.ts';
import { assertNoCallLeft, assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

const place = '10.0.2.1';

test('150 calls of a page that begin and end leave no timer, socket, association or entry behind {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const ways = ['talk', 'cancel', 'vanish'];
  let timers = 0;
  for (let i = 0; i < 150; i++) {
    const call = await page.dial(i % 2 === 0 ? 'echo' : 'conference');
    const way = ways[i % ways.length];
    if (way === 'cancel') await room.advance(i % 40);
    else await call.isAnswered();
    if (way === 'talk' && i % 9 === 0) await call.isConnected();
    await call.bye();
    page.calls.length = 0;
    if (i === 49 || i === 149) {
      await assertNoCallLeft(room);
      const left = room.clock.pendingDelaysMs().length;
      if (i === 49) timers = left;
      else assert.ok(left <= timers, `${left} timers after 150 calls, ${timers} after 50`);
    }
  }
  page.close();
  await assertNothingLeft(room);
});

test('a WebSocket that closes takes no call along, and what the page says on the next one is heard {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  page.socket.close(1006);
  await room.advance(8000);
  await call.hears(tone(440));
  page.reconnect();
  const answer = await call.reoffer('sendrecv');
  assert.match(answer.start, /^SIP\/2\.0 200 /);
  await call.hears(tone(440));
  // The server's own requests find the way.
  for (const each of room.server.calls.calls()) each.hangup();
  await call.isHungUp();
  assert.equal(call.requests.at(-1)?.start.split(' ')[0], 'BYE');
  page.close();
  await assertNothingLeft(room);
});

test('what the server asks while the WebSocket is away ends no call that can be heard {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  page.socket.close(1006);
  const [held] = room.server.calls.calls();
  assert.ok(held !== undefined);
  await room.driver.during(
    held.hold().catch(() => {}),
    40_000,
    'hold',
  );
  await room.advance(3000);
  page.reconnect();
  await call.reoffer('sendrecv');
  await room.driver.during(
    held.resume().catch(() => {}),
    40_000,
    'resume',
  );
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('a page that hangs up on another WebSocket than it called by is heard {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('conference');
  page.socket.close(1006);
  await room.advance(2000);
  page.reconnect();
  await call.bye();
  assert.equal(room.server.calls.calls().length, 0);
  page.close();
  await assertNothingLeft(room);
});

test('a page that is loaded again leaves no ghost in its room {webrtc} {conference}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  await page.call('conference');
  page.socket.close(1001);
  for (const { transport } of page.calls) transport.blocked = true;
  const again = new BrowserAgent(room, '10.0.2.2', { name: 'again' });
  const call = await again.call('conference');
  await room.advance(35_000);
  assert.equal(room.server.calls.calls().length, 1, 'a ghost');
  await call.bye();
  page.close();
  again.close();
  await assertNothingLeft(room);
});

test('re-offers with another fingerprint begin a handshake each, and those of before leave nothing {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  const own = call.transport.fingerprint.value;
  for (let i = 0; i < 20; i++) {
    const stranger = own.replace(/^../, (16 + i).toString(16).toUpperCase());
    const offer = call.offerNow().replaceAll(own, stranger);
    const answer = await call.request('INVITE', { body: offer });
    assert.match(answer.start, /^SIP\/2\.0 (200|488|491|500) /);
    await room.advance(50);
  }
  // Nobody has that certificate: the call ends with a sentence, and holds nothing.
  await call.isHungUp(60_000);
  const [ended] = room.eventsOf('call.ended');
  assert.match(JSON.stringify(ended?.payload), /call\.dtlsFailed/);
  page.close();
  await assertNothingLeft(room);
});
