/** Media of a coupled call through our ports: what is heard, and what the descriptions say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { bytes, coupled, send, serve, talking, text, to } from './b2bua-world.ts';

const relay = { decide: (phone: { readonly uri: string }) => to(phone.uri, { media: 'relay' as const }) };

test('both hear each other through the relay, and neither sees the address of the other {b2bua} {media-relay}', async () => {
  const { w, alice, bob, a, b } = await talking(relay);
  assert.equal(a.remoteSdp?.address, '10.0.0.1');
  assert.equal(b.remoteSdp?.address, '10.0.0.1');
  alice.says(tone(440));
  bob.says(tone(700));
  await bob.hears(tone(440));
  await alice.hears(tone(700));
  await a.bye();
  await b.isHungUp();
  await assertNothingLeft(w);
});

test('hold and resume work through the relay; the silence of a held side ends nothing {b2bua} {media-relay}', async () => {
  const { w, alice, bob, a, b } = await talking(relay);
  await alice.hold();
  assert.equal(b.remoteSdp?.direction, 'sendonly');
  await w.advance(5000);
  await alice.resume();
  alice.says(tone(440));
  await bob.hears(tone(440));
  await a.bye();
  await b.isHungUp();
  await assertNothingLeft(w);
});

test('corner case 148: video and T.38 beside audio are relayed, MSRP is left untouched {b2bua} {media-relay}', async () => {
  const { w, a, b } = await talking(relay);
  const offer = [
    ...['v=0', 'o=- 1 3 IN IP4 10.0.1.1', 's=-', 'c=IN IP4 10.0.1.1', 't=0 0'],
    ...[
      'm=audio 4000 RTP/AVP 18 0 96',
      'a=rtpmap:96 x/8000',
      'a=unknown:thing',
      'a=candidate:1 1 udp 1 10.0.1.1 4000 typ host',
    ],
    ...['m=video 4002 RTP/AVPF 97', 'a=rtcp:4003 IN IP4 10.0.1.1'],
    ...['m=image 4004 udptl t38', 'a=T38FaxVersion:0'],
    ...[
      'm=message 2855 TCP/MSRP *',
      'c=IN IP4 10.0.1.1',
      'a=path:msrp://10.0.1.1:2855/x;tcp',
      'm=audio 0 RTP/AVP 0',
      '',
    ],
  ].join('\r\n');
  let seen = '';
  serve(b, 'INVITE', (request) => {
    seen = text(request.request.body);
    request.respond(488);
  });
  await send(w, a, 'INVITE', { body: { contentType: 'application/sdp', content: bytes(offer) } });
  const lines = seen.split('\r\n');
  const portOf = (media: string): number => Number(new RegExp(`^m=${media} ([0-9]+) `, 'm').exec(seen)?.[1]);
  assert.match(seen, /^c=IN IP4 10\.0\.0\.1$/m);
  assert.ok(lines.includes(`m=audio ${portOf('audio')} RTP/AVP 18 0 96`));
  assert.notEqual(portOf('audio'), 4000);
  assert.notEqual(portOf('video'), 4002);
  assert.ok(lines.includes(`a=rtcp:${portOf('video') + 1} IN IP4 10.0.0.1`));
  assert.notEqual(portOf('image'), 4004);
  assert.ok(lines.includes('a=unknown:thing'));
  assert.ok(!seen.includes('a=candidate'));
  assert.ok(lines.includes('m=message 2855 TCP/MSRP *'));
  assert.ok(lines.includes('m=audio 0 RTP/AVP 0'));
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 149: a call without audio, and lines that come and go {b2bua} {media-relay}', async () => {
  const { w, a, b } = await talking(relay);
  const seen: string[] = [];
  serve(b, 'INVITE', (request) => {
    seen.push(text(request.request.body));
    request.respond(200, 'OK', { body: { contentType: 'application/sdp', content: request.request.body } });
  });
  const head = ['v=0', 'o=- 1 3 IN IP4 10.0.1.1', 's=-', 'c=IN IP4 10.0.1.1', 't=0 0'];
  for (const media of [
    ['m=audio 0 RTP/AVP 0', 'm=image 4004 udptl t38'],
    ['m=audio 4000 RTP/AVP 0', 'm=image 0 udptl t38', 'm=video 4002 RTP/AVP 97'],
    ['m=audio 4000 RTP/AVP 0'],
  ]) {
    const content = bytes([...head, ...media, ''].join('\r\n'));
    const answer = await send(w, a, 'INVITE', { body: { contentType: 'application/sdp', content } });
    assert.equal(answer.status, 200);
    const ports = (sdp: string): boolean[] => [...sdp.matchAll(/^m=\w+ (\d+)/gm)].map(([, port]) => port === '0');
    assert.deepEqual(
      ports(text(answer.body)),
      media.map((line) => / 0 /.test(line.slice(0, 10))),
    );
  }
  assert.equal(seen.length, 3);
  await a.bye();
  await assertNothingLeft(w);
});

test('a peer that falls silent ends both legs {b2bua} {media-relay}', async () => {
  const { w, alice, a, b } = await talking({
    ...relay,
    world: { config: { media: { rtpTimeoutMs: 10_000 } } },
  });
  alice.says(tone(440));
  await w.advance(2000);
  a.audio.sending = false;
  await w.advance(25_000);
  assert.deepEqual([a.state, b.state], ['ended', 'ended']);
  await assertNothingLeft(w);
});

test('who waits for a callee that rings for long need not speak {b2bua} {media-relay} {rtp-timeout}', async () => {
  const { w, alice, bob } = await coupled({ ...relay, world: { config: { media: { rtpTimeoutMs: 10_000 } } } });
  bob.onCall = (call) => call.ring();
  const a = await alice.dial('bob');
  a.audio.sending = false;
  await w.advance(25_000);
  bob.current.answer();
  await w.advance(8000);
  assert.deepEqual([a.state, bob.current.state], ['talking', 'talking']);
  await w.advance(5000);
  assert.equal(a.state, 'ended');
  await assertNothingLeft(w);
});

test('a call that is cancelled while its ports are opened leaves none open {b2bua} {media-relay}', async () => {
  const { w, alice, bob } = await coupled(relay);
  for (const waitMs of [0, 5, 6, 10, 11, 15]) {
    const a = await alice.dial('bob');
    await w.advance(waitMs);
    await a.bye();
  }
  assert.ok(bob.calls.every(({ state }) => state !== 'talking'));
  await assertNothingLeft(w);
});
