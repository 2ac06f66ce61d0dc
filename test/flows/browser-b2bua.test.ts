import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserAgent } from '../support/browser-agent.ts';
import { header } from '../support/browser-sip.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const place = '10.0.2.1';

/** A page and bob, a plain phone; all calls go where their Request-URI says. */
async function pageAndPhone(b2bua: { readonly [key: string]: unknown } = {}): Promise<World> {
  return world({
    config: { modules: { b2bua }, routing: [{ application: 'b2bua' }] },
    phone: { name: 'bob', laws: ['PCMA'] },
  });
}

async function ended(room: World, page: BrowserAgent): Promise<void> {
  page.close();
  await assertNothingLeft(room);
}

test('a page calls a phone: both hear each other, whatever their codecs and keys {webrtc} {b2bua}', async () => {
  const room = await pageAndPhone();
  const bob = room.phone;
  bob.answers(1000);
  const page = new BrowserAgent(room, place);
  const call = await page.dial(bob.uri);
  await call.isAnswered();
  assert.deepEqual(call.provisional, [180]);
  await call.isConnected();
  call.says(tone(440));
  bob.says(tone(700));
  await Promise.all([bob.hears(tone(440), { without: [tone(700)] }), call.hears(tone(700), { without: [tone(440)] })]);
  // Keys pass both ways.
  await call.press('5');
  await bob.press('7');
  await room.advance(500);
  assert.equal(bob.figures().keys, '5');
  assert.equal(call.figures().keys, '7');
  // Who is put on hold by the other side is told so, and hears what that side plays, if anything.
  await call.hold();
  await room.advance(500);
  assert.equal(bob.current.remoteSdp?.direction, 'sendonly');
  await bob.hearsSilence();
  await call.resume();
  await bob.hears(tone(440));
  await room.advance(500);
  assert.equal(bob.current.remoteSdp?.direction, 'sendrecv');
  await bob.hold();
  await room.advance(500);
  assert.match(call.descriptions.at(-1) ?? '', /a=sendonly/);
  bob.current.audio.sending = true;
  bob.says(tone(523));
  await call.hears(tone(523));
  await bob.resume();
  await room.advance(500);
  bob.says(tone(700));
  await call.hears(tone(700));
  const { offer, text } = { offer: bob.current.remoteSdp, text: call.descriptions[0] ?? '' };
  assert.ok(offer !== null && text.includes('a=ice-lite'));
  await bob.bye();
  await call.isHungUp();
  assert.equal(room.eventsOf('call.linked').length, 2);
  await ended(room, page);
});

test('what a phone plays before it answers is heard in the page {webrtc} {b2bua}', async () => {
  const room = await pageAndPhone();
  const bob = room.phone;
  bob.onCall = (incoming) => incoming.early();
  const page = new BrowserAgent(room, place);
  const call = await page.dial(bob.uri);
  await call.isConnected();
  assert.equal(call.state, 'calling');
  bob.says(tone(425));
  await call.hears(tone(425));
  bob.current.answer();
  await call.isAnswered();
  call.says(tone(440));
  await bob.hears(tone(440));
  await call.bye();
  await bob.current.isHungUp();
  await ended(room, page);
});

test('a refusal of the phone is the refusal of the call, and who gives up early rings nobody {webrtc} {b2bua}', async () => {
  const room = await pageAndPhone();
  const bob = room.phone;
  bob.rejects(486);
  const page = new BrowserAgent(room, place);
  assert.equal(await (await page.dial(bob.uri)).isRefused(), 486);
  bob.onCall = (incoming) => incoming.ring();
  const call = await page.dial(bob.uri);
  await bob.isCalled();
  await call.bye();
  await room.advance(500);
  assert.equal(bob.current.ending, 'cancelled');
  await ended(room, page);
});

test('an offer that cannot be answered rings nobody {webrtc} {b2bua}', async () => {
  const room = await pageAndPhone();
  const page = new BrowserAgent(room, place);
  const call = await page.dial(room.phone.uri, (offer) => offer.replace(/^a=fingerprint.*\r\n/gm, ''));
  assert.equal(await call.isRefused(), 488);
  assert.ok(call.final !== null);
  assert.match(header(call.final, 'Warning'), /a=fingerprint is missing: sha-256 is wanted/);
  assert.equal(room.phone.calls.length, 0);
  await ended(room, page);
});

test('a phone that transfers the page to another phone leaves the call to them {webrtc} {b2bua} {refer}', async () => {
  const room = await world({
    config: {
      modules: { b2bua: {} },
      routing: [{ application: 'b2bua' }],
      calls: { refer: { inDialog: 'follow' } },
    },
    phone: { name: 'bob' },
  });
  const bob = room.phone;
  const carol = await room.newPhone('carol');
  bob.answers();
  carol.answers();
  const page = new BrowserAgent(room, place);
  const call = await page.call(bob.uri);
  await bob.isCalled({ state: 'talking' });
  void bob.current.dialog.request('REFER', { headers: [['Refer-To', `<${carol.uri}>`]] });
  await carol.isCalled({ state: 'talking' });
  await room.advance(200);
  await bob.bye();
  call.says(tone(440));
  carol.says(tone(600));
  await carol.hears(tone(440));
  await call.hears(tone(600));
  await call.bye();
  await carol.current.isHungUp();
  await ended(room, page);
});

test('two phones are relayed as ever, unless engine is asked for {b2bua}', async () => {
  for (const media of ['auto', 'engine']) {
    const room = await pageAndPhone({ media, target: 'sip:bob@10.0.1.1' });
    const alice = await room.newPhone('alice', { laws: media === 'auto' ? ['PCMA'] : ['PCMU'] });
    room.phone.answers();
    await alice.call('bob');
    alice.says(tone(440));
    await room.phone.hears(tone(440));
    assert.equal(room.server.media.load().streams, media === 'auto' ? 0 : 2);
    await alice.bye();
    await room.phone.current.isHungUp();
    await assertNothingLeft(room);
  }
});

test('a page that vanishes ends the call of the phone {webrtc} {b2bua}', async () => {
  const room = await pageAndPhone();
  room.phone.answers();
  const page = new BrowserAgent(room, place);
  await page.call(room.phone.uri);
  page.vanish();
  await room.phone.current.isHungUp({ limitMs: 60_000 });
  const [end] = room.eventsOf('call.ended').map(({ payload }) => JSON.stringify(payload));
  assert.match(end ?? '', /call\.(consentLost|otherLeg)/);
  await assertNothingLeft(room);
});

/** A server without a configuration of modules and rules; `trusted`: the place of the page. */
const unconfigured = (trusted: readonly string[]): Promise<World> =>
  world({ config: { sip: { trusted } }, phone: { name: 'bob' } });

test('without rules of its own a server connects a page that it trusts with a foreign host, and nobody else {webrtc} {b2bua}', async () => {
  const room = await unconfigured([place]);
  const bob = room.phone;
  bob.answers();
  const page = new BrowserAgent(room, place, { pageHost: 'pbx.example' });
  const call = await page.call(bob.uri);
  call.says(tone(440));
  await bob.hears(tone(440));
  await call.bye();
  // Our own names, and what is not to be dialled.
  assert.equal(await (await page.dial('sip:nobody@pbx.example')).isRefused(), 404);
  assert.equal(await (await page.dial('nobody')).isRefused(), 404);
  assert.equal(await (await page.dial('sip:bob@203.0.113.9')).isRefused(), 403);
  // The same over UDP.
  const carol = await room.newPhone('carol');
  const refused = await carol.dial(bob.uri, { headers: [['Route', '<sip:10.0.0.1;lr>']] });
  assert.equal(await refused.isRefused(), 404);
  const stranger = new BrowserAgent(room, '10.0.2.9');
  assert.equal(await (await stranger.dial(bob.uri)).isRefused(), 404);
  stranger.close();
  await ended(room, page);
});
