import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserAgent } from '../support/browser-agent.ts';
import { header } from '../support/browser-sip.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const place = '10.0.2.1';

interface Told {
  readonly status: number;
  readonly endedBy: string;
  readonly why: readonly {
    readonly code: string;
    readonly sentence: string;
    readonly cause?: string;
    readonly next?: string;
  }[];
}

function endOf(room: World): Told {
  const [event] = room.eventsOf('call.ended');
  assert.ok(event !== undefined, 'no call has ended');
  return event.payload as unknown as Told;
}

test('ICE that never completes ends the call, and says which address, port and keys to look at {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.dial('echo');
  call.transport.blocked = true;
  await call.isAnswered();
  await call.isHungUp(20_000);
  const { why } = endOf(room);
  assert.equal(why[0]?.code, 'call.iceFailed');
  const said = JSON.stringify(why[0]);
  const port = call.remoteSdp?.candidates[0]?.port ?? 0;
  for (const part of ['10.0.0.1', String(port), 'media.external', 'media.browserPort'])
    assert.ok(said.includes(part), `${part} in ${said}`);
  page.close();
  await assertNothingLeft(room);
});

test('a certificate with another fingerprint gets no audio and an end with a sentence {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const wrong = Array.from({ length: 32 }, () => '00').join(':');
  const call = await page.dial('echo', (offer) => offer.replace(/^(a=fingerprint:sha-256 ).*$/gm, `$1${wrong}`));
  await call.isAnswered();
  await call.isHungUp(20_000);
  const [why] = endOf(room).why;
  assert.equal(why?.code, 'call.dtlsFailed');
  assert.match(why?.cause ?? '', /fingerprint/);
  assert.match(why?.next ?? '', /wss/);
  assert.equal(call.figures().packets, 0);
  page.close();
  await assertNothingLeft(room);
});

test('a page that is gone without a word is missed, and its call ends {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  page.vanish();
  await room.until(() => room.eventsOf('call.ended').length === 1, 60_000);
  assert.equal(endOf(room).why[0]?.code, 'call.consentLost');
  await assertNothingLeft(room);
});

test('a broken offer is refused before anything is opened, with a Warning for people {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const broken: readonly [RegExp, string, RegExp][] = [
    [/^a=ice-ufrag.*\r\n/gm, '', /a=ice-ufrag is missing/],
    [/^a=ice-pwd:.*$/gm, 'a=ice-pwd:short', /a=ice-pwd is not 22 to 256/],
    [/^a=rtcp-mux\r\n/gm, '', /rtcpMuxPolicy/],
    [/^a=setup:.*$/gm, 'a=setup:holdconn', /offer actpass/],
  ];
  for (const [what, instead, warning] of broken) {
    const call = await page.dial('echo', (offer) => offer.replace(what, instead));
    assert.equal(await call.isRefused(), 488);
    assert.ok(call.final !== null);
    assert.match(header(call.final, 'Warning'), warning);
  }
  assert.equal(room.server.media.load().streams, 0);
  page.close();
  await assertNothingLeft(room);
});

test('media.webRtc: false refuses pages and says so; media.srtp: off does not {webrtc}', async () => {
  for (const [media, status] of [
    [{ webRtc: false }, 488],
    [{ srtp: 'off' }, 200],
    [{ srtp: 'required' }, 200],
  ] as const) {
    const room = await world({ phone: null, config: { media } });
    const page = new BrowserAgent(room, place);
    const call = await page.dial('echo');
    await room.until(() => call.status !== 0);
    assert.equal(call.status, status);
    if (status === 488 && call.final !== null) assert.match(header(call.final, 'Warning'), /media\.webRtc is false/);
    await call.bye();
    page.close();
    await assertNothingLeft(room);
  }
});

test('a bad re-offer leaves the call as it was {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  const plain = 'v=0\r\no=- 1 9 IN IP4 10.0.2.1\r\ns=-\r\nc=IN IP4 10.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
  const refused = await call.request('INVITE', { body: plain });
  assert.match(refused.start, /^SIP\/2\.0 488 /);
  assert.match(header(refused, 'Warning'), /this call has the audio of a browser/);
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});

test('a page that hangs up in any phase of joining leaves nothing behind {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  for (const afterMs of [0, 6, 11, 16, 30, 60, 90, 120, 400]) {
    const call = await page.dial('conference');
    await room.advance(afterMs);
    await call.bye();
  }
  page.close();
  await assertNothingLeft(room);
});

test('a room that ends while a page joins ends its call {webrtc}', async () => {
  const room = await world({ phone: null });
  const page = new BrowserAgent(room, place);
  const call = await page.dial('conference');
  await call.isAnswered();
  for (const each of room.server.calls.calls()) each.hangup();
  await call.isHungUp();
  await room.advance(20_000);
  page.close();
  await assertNothingLeft(room);
});
