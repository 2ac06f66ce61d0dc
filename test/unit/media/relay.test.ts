import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaPool, ourCodecs, ourFormats, type RelayEvent, type RelayLine } from '../../../core/media/index.ts';
import { RtpRewriter } from '../../../core/media/worker/rtp-rewriter.ts';
import { createSimulation, newSockAddr, setSockAddr, sockAddrPort } from '../../../core/runtime/index.ts';
import { mediaConfig } from '../../support/media-config.ts';

const local = '10.0.0.1';
const symmetric = { symmetric: true };
const strict = { symmetric: false };

async function world(options: { readonly ports?: [number, number]; readonly rtpTimeoutMs?: number } = {}) {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const { seams } = simulation.host(local);
  const pool = await createMediaPool(
    seams,
    mediaConfig({
      codecs: ['PCMU'],
      rtpTimeoutMs: options.rtpTimeoutMs ?? 0,
      maxPromptBytes: 1_000_000,
      playout: 'adaptive',
      playoutMinMs: 20,
      playoutMaxMs: 1000,
      playoutFixedMs: 60,
      workers: 0,
      ports: options.ports ?? [20_000, 20_019],
    }),
    { codecs: [ourCodecs], formats: [ourFormats] },
  );
  const relay = await pool.openRelay({ localAddressA: local, localAddressB: local });
  const events: RelayEvent[] = [];
  relay.onEvent = (event) => events.push(event);
  const hosts = new Map<string, ReturnType<typeof simulation.host>['host']>();
  /** A phone's RTP socket, or any other. */
  const phone = async (address: string, port: number) => {
    const host = hosts.get(address) ?? simulation.host(address).host;
    hosts.set(address, host);
    const io = host.packetIo();
    const socket = await io.open(address, port);
    return {
      remote: { address, rtpPort: port, rtcpPort: port + 1 },
      send(bytes: readonly number[] | Uint8Array, toPort: number): void {
        const packet = Uint8Array.from(bytes);
        io.send(socket, packet, packet.length, setSockAddr(newSockAddr(), local, toPort));
      },
      take(): { bytes: number[]; from: number }[] {
        const taken: { bytes: number[]; from: number }[] = [];
        io.poll((_socket, packet, length, from) => {
          taken.push({ bytes: [...packet.subarray(0, length)], from: sockAddrPort(from) });
        }, 10_000);
        return taken;
      },
    };
  };
  const pass = (ms = 6): Promise<void> => simulation.clock.advance(ms);
  return { simulation, pool, relay, events, phone, pass };
}

type World = Awaited<ReturnType<typeof world>>;

/** Two phones on a line that knows them both. */
async function connected(of: World, options = symmetric, request = {}) {
  const line = await of.relay.openLine(request);
  const alice = await of.phone('10.0.1.1', 5000);
  const bob = await of.phone('10.0.2.2', 6000);
  line.configure('a', alice.remote, options);
  line.configure('b', bob.remote, options);
  return { line, alice, bob };
}

function rtp(
  sequence: number,
  payload: readonly number[],
  options: { ssrc?: number; type?: number; timestamp?: number } = {},
) {
  const { ssrc = 7, type = 0, timestamp = sequence * 160 } = options;
  // biome-ignore format: a header
  return [
    0x80, type, sequence >> 8, sequence & 0xff,
    (timestamp >>> 24) & 0xff, (timestamp >> 16) & 0xff, (timestamp >> 8) & 0xff, timestamp & 0xff,
    0, 0, 0, ssrc, ...payload,
  ];
}

const receiverReport = [0x80, 201, 0, 1, 0, 0, 0, 7];

async function sideStats(line: RelayLine, side: 'a' | 'b') {
  return (await line.stats())[side];
}

test('a packet passes from either side to the other, byte for byte, within the relay tick {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  alice.send(rtp(1, [1, 2, 3], { type: 99 }), line.a.rtpPort);
  await of.pass(4); // 1 ms each way, at most 2 ms in the relay
  assert.deepEqual(bob.take(), [{ bytes: rtp(1, [1, 2, 3], { type: 99 }), from: line.b.rtpPort }]);
  bob.send([20, 254, 253], line.b.rtpPort); // a DTLS record
  await of.pass(4);
  assert.deepEqual(alice.take(), [{ bytes: [20, 254, 253], from: line.a.rtpPort }]);
  assert.deepEqual([(await sideStats(line, 'a')).packetsSent, (await sideStats(line, 'b')).packetsSent], [1, 1]);
  await of.pool.stop();
});

test('RTCP passes between the RTCP ports, unread {media-relay}', async () => {
  const of = await world();
  const { line, bob } = await connected(of);
  const aliceRtcp = await of.phone('10.0.1.1', 5001);
  const bobRtcp = await of.phone('10.0.2.2', 6001);
  aliceRtcp.send(receiverReport, line.a.rtpPort + 1);
  await of.pass();
  assert.deepEqual(bobRtcp.take(), [{ bytes: receiverReport, from: line.b.rtpPort + 1 }]);
  assert.deepEqual(bob.take(), []);
  await of.pool.stop();
});

test('RTCP that shares the RTP port on one side has its own port on the other {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  line.configure('a', { ...alice.remote, rtcpPort: 5000 }, symmetric);
  const bobRtcp = await of.phone('10.0.2.2', 6001);
  alice.send(receiverReport, line.a.rtpPort);
  bobRtcp.send(receiverReport, line.b.rtpPort + 1);
  await of.pass();
  assert.deepEqual(bobRtcp.take(), [{ bytes: receiverReport, from: line.b.rtpPort + 1 }]);
  assert.deepEqual(alice.take(), [{ bytes: receiverReport, from: line.a.rtpPort }]);
  assert.deepEqual(bob.take(), []);
  await of.pool.stop();
});

test('a raw line looks at nothing: fax packets pass {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of, symmetric, { transport: 'raw' });
  const twelveBytes = rtp(1, []); // as RTP it would be empty
  alice.send(twelveBytes, line.a.rtpPort);
  await of.pass();
  assert.deepEqual(bob.take(), [{ bytes: twelveBytes, from: line.b.rtpPort }]);
  await of.pool.stop();
});

test('symmetric: the first packet teaches the address, once; a stranger is dropped and counted {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  const nat = await of.phone('10.0.9.9', 40000);
  const stranger = await of.phone('10.6.6.6', 1234);
  nat.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass();
  stranger.send(rtp(2, [2]), line.a.rtpPort);
  bob.send(rtp(3, [3]), line.b.rtpPort);
  await of.pass();
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes[12]),
    [1],
  );
  assert.deepEqual(
    nat.take().map(({ bytes }) => bytes[12]),
    [3],
  );
  assert.deepEqual(alice.take(), []);
  assert.equal((await sideStats(line, 'a')).packetsFromStrangers, 1);
  assert.deepEqual(
    of.events.map((event) => (event.kind === 'peerLearned' ? [event.side, event.address, event.port] : event.kind)),
    [['a', '10.0.9.9', 40000]],
  );
  await of.pool.stop();
});

test('not symmetric: only the described address is heard {media-relay}', async () => {
  const of = await world();
  const { line, bob } = await connected(of, strict);
  const nat = await of.phone('10.0.9.9', 40000);
  nat.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass();
  assert.deepEqual(bob.take(), []);
  assert.equal((await sideStats(line, 'a')).packetsFromStrangers, 1);
  await of.pool.stop();
});

test('the same description again keeps a peer that talks, and learns anew where it fell silent {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  const first = await of.phone('10.0.9.9', 40000);
  const second = await of.phone('10.0.9.9', 40001);
  first.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass();
  line.configure('a', alice.remote, symmetric);
  second.send(rtp(2, [2]), line.a.rtpPort);
  await of.pass(1100);
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes[12]),
    [1],
    'the lock holds',
  );
  line.configure('a', alice.remote, symmetric);
  second.send(rtp(3, [3]), line.a.rtpPort);
  await of.pass();
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes[12]),
    [3],
    'a new binding of the NAT',
  );
  await of.pool.stop();
});

test('nothing is sent to a held side; what it sends passes, and what was for it is counted {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  alice.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass();
  line.configure('a', null, symmetric);
  bob.send(rtp(2, [2]), line.b.rtpPort);
  alice.send(rtp(3, [3]), line.a.rtpPort); // music of the one who holds
  await of.pass();
  assert.deepEqual(alice.take(), []);
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes[12]),
    [1, 3],
  );
  assert.equal((await sideStats(line, 'b')).packetsHeld, 1);
  await of.pool.stop();
});

test('a side that was never described is deaf and mute {media-relay}', async () => {
  const of = await world();
  const line = await of.relay.openLine();
  const alice = await of.phone('10.0.1.1', 5000);
  const anybody = await of.phone('10.6.6.6', 1234);
  line.configure('a', alice.remote, symmetric);
  alice.send(rtp(1, [1]), line.a.rtpPort);
  anybody.send(rtp(2, [2]), line.b.rtpPort);
  await of.pass();
  assert.deepEqual([alice.take(), anybody.take()], [[], []]);
  assert.equal((await sideStats(line, 'a')).packetsHeld, 1);
  assert.equal((await sideStats(line, 'b')).packetsFromStrangers, 1);
  await of.pool.stop();
});

test("a remote that is the line's own socket is refused: no packet goes round for ever {media-relay}", async () => {
  const of = await world();
  const { line, alice } = await connected(of);
  line.configure('b', { address: local, rtpPort: line.b.rtpPort, rtcpPort: line.b.rtpPort + 1 }, symmetric);
  alice.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass(50);
  assert.deepEqual([(await sideStats(line, 'b')).packetsSent, (await sideStats(line, 'a')).packetsHeld], [0, 1]);
  await of.pool.stop();
});

test('corner case 96: a flood of payloads that nobody agreed on fills no buffer, and other lines go on {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  const other = await of.relay.openLine();
  const carol = await of.phone('10.0.3.3', 7000);
  const dave = await of.phone('10.0.4.4', 8000);
  other.configure('a', carol.remote, symmetric);
  other.configure('b', dave.remote, symmetric);
  const flooder = await of.phone('10.6.6.6', 1234);
  alice.send(rtp(1, [1]), line.a.rtpPort);
  await of.pass();
  for (let round = 0; round < 20; round++) {
    // Comfort noise, a second stream, unknown numbers, a stranger.
    for (let i = 0; i < 10; i++) {
      alice.send(rtp(i, [0x40], { type: 13, ssrc: 1 }), line.a.rtpPort);
      alice.send(rtp(i, [1, 2], { type: 120, ssrc: 200 }), line.a.rtpPort);
      flooder.send(rtp(i, [9], { type: 35 }), line.a.rtpPort);
    }
    carol.send(rtp(round, [round]), other.a.rtpPort);
    await of.pass();
    assert.equal(dave.take().length, 1);
  }
  await of.pass(20);
  assert.equal(bob.take().length, 401);
  assert.equal((await sideStats(line, 'a')).packetsFromStrangers, 200);
  await of.pool.stop();
});

test('corner case 113: packets without payload are dropped and counted, and keep the line alive {media-relay}', async () => {
  const of = await world({ rtpTimeoutMs: 500 });
  const { line, alice, bob } = await connected(of);
  for (let i = 0; i < 10; i++) {
    alice.send(rtp(i, []), line.a.rtpPort);
    alice.send([], line.a.rtpPort);
    bob.send(rtp(i, [1]), line.b.rtpPort);
    await of.pass(100);
  }
  assert.deepEqual(bob.take(), []);
  const { packetsReceived, packetsEmpty } = await sideStats(line, 'a');
  assert.deepEqual([packetsReceived, packetsEmpty], [20, 20]);
  assert.deepEqual(
    of.events.filter(({ kind }) => kind === 'rtpTimeout'),
    [],
  );
  await of.pool.stop();
});

test('corner case 114: after telephone-events and after hold the packets pass again as before {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of);
  line.configure('a', alice.remote, { symmetric: true, detectKeys: { payloadType: 101 } });
  const key = (sequence: number, flags: number, duration: number) =>
    rtp(sequence, [5, flags, duration >> 8, duration & 0xff], { type: 101, timestamp: 1000 });
  const packets = [
    rtp(1, [1]),
    key(2, 10, 400),
    key(3, 10, 800),
    key(4, 0x8a, 800),
    key(5, 0x8a, 800),
    key(6, 0x8a, 800),
    rtp(7, [7]),
  ];
  for (const packet of packets) alice.send(packet, line.a.rtpPort);
  await of.pass();
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes),
    packets,
  );
  assert.deepEqual(
    of.events.map((event) => (event.kind === 'key' ? [event.side, event.key, event.durationMs] : event.kind)),
    [['a', '5', 100]],
  );
  line.configure('b', null, symmetric);
  alice.send(rtp(8, [8]), line.a.rtpPort);
  await of.pass();
  line.configure('b', bob.remote, symmetric);
  alice.send(rtp(9, [9]), line.a.rtpPort);
  await of.pass();
  assert.deepEqual(
    bob.take().map(({ bytes }) => bytes[12]),
    [9],
  );
  await line.close();
  await line.close();
  await of.pool.stop();
});

test('corner case 150: when it is not transparent the receiver sees one SSRC and no gap as the sender changes its own {media-relay}', async () => {
  const of = await world();
  const { line, alice, bob } = await connected(of, symmetric, { transparent: false });
  for (const [sequence, ssrc] of [
    [65_534, 1],
    [65_535, 1],
    [0, 1],
    [2, 1],
    [1, 1],
    [9000, 2],
    [9001, 2],
    [100, 2],
  ] as const) {
    alice.send(rtp(sequence, [sequence & 0xff], { ssrc, timestamp: 160 * sequence }), line.a.rtpPort);
    await of.pass(20);
  }
  const packets = bob.take().map(({ bytes }) => ({
    sequence: ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0),
    ssrc: bytes.slice(8, 12).join('.'),
    payload: bytes[12],
  }));
  const first = packets[0]?.sequence ?? 0;
  assert.deepEqual(
    packets.map(({ sequence }) => (sequence - first) & 0xffff),
    [0, 1, 2, 4, 3, 5, 6, 7],
    'disorder stays, a new source and a restart go on where the last packet was',
  );
  assert.equal(new Set(packets.map(({ ssrc }) => ssrc)).size, 1);
  assert.deepEqual(
    packets.map(({ payload }) => payload),
    [254, 255, 0, 2, 1, 40, 41, 100],
  );
  alice.send([1, 2, 3], line.a.rtpPort);
  await of.pass();
  assert.deepEqual(bob.take(), []);
  assert.equal((await sideStats(line, 'a')).packetsMalformed, 1);
  await of.pool.stop();
});

test('a new source goes on in timestamps by the time that passed', () => {
  const rewriter = new RtpRewriter(1, 10, 1000);
  const timestampOf = (sequence: number, timestamp: number, ssrc: number, nowMs: number): number => {
    const out = rewriter.rewrite(Uint8Array.from(rtp(sequence, [1], { ssrc, timestamp })), 13, nowMs);
    return out === null ? -1 : new DataView(out.buffer).getUint32(4);
  };
  assert.deepEqual(
    [
      timestampOf(1, 5000, 1, 0),
      timestampOf(2, 5160, 1, 20),
      timestampOf(77, 9, 2, 40),
      timestampOf(78, 169, 2, 60),
      timestampOf(5, 7, 3, 1060),
    ],
    [1000, 1160, 1320, 1480, 9480],
  );
});

test('a side that is silent too long times out, once; a held one and one that need not send never {media-relay}', async () => {
  const of = await world({ rtpTimeoutMs: 300 });
  const { line, alice, bob } = await connected(of);
  line.configure('b', bob.remote, { symmetric: true, expectsPackets: false });
  await of.pass(1000);
  assert.deepEqual(
    of.events.map((event) => (event.kind === 'rtpTimeout' ? event.side : event.kind)),
    ['a'],
  );
  line.configure('a', null, symmetric);
  await of.pass(1000);
  assert.equal(of.events.length, 1);
  line.configure('a', alice.remote, symmetric);
  await of.pass(1000);
  assert.equal(of.events.length, 2);
  await of.pool.stop();
});

test('ports come from the range and are free again after close, also when side b finds none {media-relay}', async () => {
  const of = await world({ ports: [20_000, 20_005] });
  const line = await of.relay.openLine();
  await assert.rejects(of.relay.openLine(), { code: 'media.noPort' });
  await line.close();
  const again = await of.relay.openLine();
  assert.equal(again.a.rtpPort % 2, 0);
  assert.equal(of.pool.load().relayLines, 1);
  const { lines } = await of.relay.close();
  assert.equal(lines.length, 1);
  assert.equal(of.pool.load().relayLines, 0);
  await assert.rejects(of.relay.openLine(), { code: 'media.failed' });
  await of.pool.stop();
});

test('the load report counts relayed packets, also of lines that are closed {media-relay}', async () => {
  const of = await world();
  const { line, alice } = await connected(of);
  for (let i = 0; i < 5; i++) alice.send(rtp(i, [i]), line.a.rtpPort);
  await of.pass();
  await line.close();
  await of.pass(2000);
  assert.equal(of.pool.load().relayedPackets, 5);
  await of.pool.stop();
});
