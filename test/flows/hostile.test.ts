/** Strangers: scanners, RTP from nowhere, callers that vanish. Calls go on, the log stays short, nothing is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { serverAddress, type World, world } from '../support/world.ts';

const a = tone(440);

/** A machine that sends SIP as text and remembers the status lines that come back. */
async function stranger(w: World, address: string) {
  const { host, seams } = w.newHost(address);
  const answers: string[] = [];
  const socket = await w.clock.during(
    seams.network.udp({
      address,
      port: 5060,
      onDatagram: (datagram) => void answers.push(Buffer.from(datagram).toString()),
      onError: () => {},
    }),
  );
  const sipTo = { address: serverAddress, port: 5060 };
  const request = (method: string, user: string, id: string, more: readonly string[] = [], body = ''): string =>
    [
      `${method} sip:${user}@${serverAddress} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${method}${id}`,
      'Max-Forwards: 70',
      `From: <sip:scan@${address}>;tag=${id}`,
      `To: <sip:${user}@${serverAddress}>${more[0]?.startsWith(';tag') ? more[0] : ''}`,
      `Call-ID: ${id}`,
      `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
      `Contact: <sip:scan@${address}>`,
      ...more.filter((line) => !line.startsWith(';')),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  return {
    host,
    answers,
    socket,
    request,
    send: (text: string) => socket.send(Buffer.from(text), sipTo),
  };
}

const sdpOf = (address: string, ...more: readonly string[]): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    ...more,
    '',
  ].join('\r\n');

test('10,000 INVITEs and REGISTERs of a scanner: a call is unharmed, the log short, nothing left {scanner}', async () => {
  const w = await world();
  const call = await w.phone.call('echo');
  call.says(a);
  await call.hears(a);
  const before = w.logs.length;
  const scanner = await stranger(w, '10.0.6.66');
  for (let at = 0; at < 5000; at++) {
    scanner.send(
      scanner.request('INVITE', String(1000 + at), `i${at}`, ['Content-Type: application/sdp'], sdpOf('10.0.6.66')),
    );
    scanner.send(scanner.request('REGISTER', 'admin', `r${at}`, ['Expires: 3600']));
    if (at % 50 === 49) await w.advance(20); // 5,000 requests a second
  }
  await call.hears(a);
  await w.advance(40_000);
  const { missing, largestGapMs } = call.audio.figures();
  assert.deepEqual([missing, largestGapMs <= 20], [0, true]);
  assert.equal(scanner.answers.filter((text) => text.startsWith('SIP/2.0 2')).length, 0);
  assert.equal(w.server.calls.calls().length, 1);
  const told = w.logs.slice(before);
  assert.ok(told.length < 50, `${told.length} lines: ${[...new Set(told.map(({ message }) => message))].join('; ')}`);
  scanner.socket.close();
  await call.bye();
  await assertNothingLeft(w);
});

test('calls that are answered and never acknowledged end by themselves {scanner}', async () => {
  const w = await world();
  const scanner = await stranger(w, '10.0.6.66');
  for (let at = 0; at < 50; at++)
    scanner.send(scanner.request('INVITE', 'echo', `e${at}`, ['Content-Type: application/sdp'], sdpOf('10.0.6.66')));
  await w.advance(1000);
  assert.equal(w.server.calls.calls().length, 50);
  await w.advance(40_000);
  assert.equal(w.server.calls.calls().length, 0);
  assert.ok(w.eventsOf('call.ended').every(({ payload }) => payload['endedBy'] === 'network'));
  scanner.socket.close();
  await assertNothingLeft(w);
});

const silentByRight: readonly [string, string][] = [
  ['only wants to hear', sdpOf('10.0.6.66', 'a=recvonly')],
  ['holds from the start', sdpOf('10.0.6.66', 'a=sendonly')],
  ['is inactive', sdpOf('10.0.6.66', 'a=inactive')],
  ['holds as of old', sdpOf('0.0.0.0')],
  ['has a name for an address', sdpOf('media.example.org')],
  ['names a multicast group', sdpOf('239.1.2.3')],
];
for (const [what, sdp] of silentByRight) {
  test(`a caller that ${what} and vanishes is asked for, and missed {rtp-timeout}`, async () => {
    const w = await world({ config: { media: { rtpTimeoutMs: 5000 } } });
    const caller = await stranger(w, '10.0.6.66');
    caller.send(caller.request('INVITE', 'echo', 'v', ['Content-Type: application/sdp'], sdp));
    await w.advance(100);
    const [, tag] = /^To:.*;tag=(\w+)/m.exec(caller.answers.join('')) ?? [];
    caller.send(caller.request('ACK', 'echo', 'v', [`;tag=${tag}`]));
    await w.advance(4800);
    assert.equal(w.server.calls.calls().length, 1);
    caller.socket.close();
    await w.advance(40_000);
    assert.equal(w.eventsOf('call.ended')[0]?.payload['endedBy'], 'network');
    await assertNothingLeft(w);
  });
}

test("a stranger's RTP is not heard, and the caller's is {latch}", async () => {
  const w = await world();
  const call = await w.phone.call('echo');
  call.says(a);
  await call.hears(a);
  const nosy = await stranger(w, '10.0.6.67');
  const port = call.remoteSdp?.port ?? 0;
  const loud = new Uint8Array(172).fill(0x80, 12); // full level, far from 440 Hz
  loud.set([0x80, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]);
  for (let at = 0; at < 200; at++) {
    loud[3] = at;
    nosy.socket.send(loud.slice(), { address: serverAddress, port });
    await w.advance(20);
  }
  await call.hears(a);
  nosy.socket.close();
  await call.bye();
  const [quality] = w.eventsOf('quality');
  assert.equal(quality?.payload['packetsFromStrangers'], 200);
  assert.equal(quality?.payload['packetsLost'], 0);
  await assertNothingLeft(w);
});
