import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserAgent } from '../support/browser-agent.ts';
import { header, statusOf } from '../support/browser-sip.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const place = '10.0.2.1';

function browserWorld(
  config: { readonly [key: string]: unknown } = {},
  phone: null | undefined = null,
): Promise<World> {
  return world({ config, ...(phone === null ? { phone } : {}) });
}

const origin = (sdp = ''): string => /^o=.*$/m.exec(sdp)?.[0] ?? '';

test('a page calls the echo and hears itself {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('a page and a phone in one room hear each other, whatever the law of either {webrtc} {conference}', async () => {
  const room = await world({ phone: { laws: ['PCMA'] } });
  const page = new BrowserAgent(room, place);
  const second = new BrowserAgent(room, '10.0.2.2', { name: 'second', laws: ['PCMA'] });
  await room.phone.call('conference');
  const call = await page.call('conference');
  const other = await second.call('conference');
  room.phone.says(tone(700));
  call.says(tone(440));
  other.says(tone(1000));
  await Promise.all([
    call.hears(tone(700), { without: [tone(440)], limitMs: 8000 }),
    room.phone.hears(tone(440), { without: [tone(700)], limitMs: 8000 }),
    other.hears(tone(440), { without: [tone(1000)], limitMs: 8000 }),
  ]);
  await call.bye();
  await other.bye();
  await room.phone.bye();
  page.close();
  second.close();
  await assertNothingLeft(room);
});

test('an ICE restart of the page goes on without a gap, with new credentials on both sides {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  const before = call.remoteSdp;
  const same = await call.reoffer('sendrecv');
  assert.equal(header(same, 'CSeq').split(' ')[1], 'INVITE');
  // Nothing new was asked for: nothing new is answered, to the version.
  assert.equal(origin(call.descriptions.at(-1)), origin(call.descriptions.at(-2)));
  call.audio.forget();
  await call.restartIce();
  await call.isConnected();
  assert.notEqual(call.remoteSdp?.ufrag, before?.ufrag);
  assert.notEqual(call.remoteSdp?.password, before?.password);
  await call.hears(tone(440));
  await room.advance(40_000);
  await call.hears(tone(440));
  assert.ok(call.figures().largestGapMs <= 60, `${call.figures().largestGapMs} ms`);
  assert.equal(call.figures().missing, 0);
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('our own offers to a page are JSEP: hold, ICE restart and a refresh change only what they say {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  const [own] = room.server.calls.calls();
  assert.ok(own !== undefined);
  await room.driver.during(own.hold(), 10_000, 'hold');
  assert.equal(call.remoteSdp?.direction, 'sendonly');
  assert.equal(call.remoteSdp?.setup, 'actpass');
  await room.driver.during(own.resume(), 10_000, 'resume');
  await call.hears(tone(440));
  const before = call.remoteSdp;
  const response = await room.driver.during(own.session.reinvite({ restartIce: true }), 10_000, 'restart');
  assert.equal(response.status, 200);
  assert.notEqual(call.remoteSdp?.ufrag, before.ufrag);
  await call.isConnected();
  await call.hears(tone(440));
  await room.advance(40_000);
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('hold by the page silences it for the others, and resume brings it back {webrtc}', async () => {
  const room = await world();
  const page = new BrowserAgent(room, place);
  await room.phone.call('conference');
  const call = await page.call('conference');
  call.says(tone(440));
  await room.phone.hears(tone(440), { limitMs: 8000 });
  await call.hold();
  assert.equal(call.remoteSdp?.direction, 'recvonly');
  await room.phone.hearsSilence();
  await call.resume();
  await room.phone.hears(tone(440));
  await call.bye();
  await room.phone.bye();
  page.close();
  await assertNothingLeft(room);
});

test('candidates that trickle in by INFO are answered and change nothing {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  const body = 'a=ice-ufrag:x\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n';
  const info = { body, type: 'application/trickle-ice-sdpfrag', headers: [['Info-Package', 'trickle-ice']] as const };
  assert.equal(statusOf(await call.request('INFO', info)), 200);
  // Any other package is refused as ever.
  assert.equal(
    statusOf(await call.request('INFO', { ...info, type: 'text/plain', headers: [['Info-Package', 'x']] })),
    469,
  );
  call.says(tone(440));
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('keys that a page presses reach the application {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  await call.press('42#');
  await room.advance(500);
  const keys = room.eventsOf('dtmf').map(({ payload }) => (payload as { readonly key?: string }).key);
  assert.deepEqual(keys, ['4', '2', '#']);
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('the page is told external addresses, and that of its own where one port is published {webrtc} {one-port}', async () => {
  const room = await browserWorld({ media: { external: '192.0.2.77' } });
  const page = new BrowserAgent(room, place, { pageHost: '127.0.0.1' });
  const call = await page.dial('echo');
  await call.isAnswered();
  assert.deepEqual(
    call.remoteSdp?.candidates.map(({ address }) => address),
    ['192.0.2.77'],
  );
  assert.match(call.descriptions[0] ?? '', /^c=IN IP4 192\.0\.2\.77\r?$/m);
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});
