import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { createMediaPool, ourCodecs, ourFormats } from '../../core/media/index.ts';
import { libcUnavailable, realSeams, silentLog } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';

const host = '127.0.0.1';
const unavailable = libcUnavailable();

async function socket(): Promise<Socket> {
  const made = createSocket('udp4');
  made.bind(0, host);
  await once(made, 'listening');
  return made;
}

for (const packetIo of ['libc', 'dgram'] as const) {
  const skip = packetIo === 'libc' && unavailable !== null ? `libc sockets are not to be had: ${unavailable}` : false;
  test(`a media thread relays between two UDP sockets by ${packetIo} {media-relay}`, { skip }, async () => {
    const pool = await createMediaPool(
      realSeams({ log: silentLog, packetIo }),
      mediaConfig({
        ports: [42_400, 42_499],
        workers: 1,
        packetIo,
        codecs: ['PCMU'],
        rtpTimeoutMs: 0,
        maxPromptBytes: 1_000_000,
      }),
      { codecs: [ourCodecs], formats: [ourFormats] },
    );
    const [alice, bob] = [await socket(), await socket()];
    try {
      const relay = await pool.openRelay({ localAddressA: host, localAddressB: host });
      const line = await relay.openLine();
      for (const [side, peer] of [
        ['a', alice],
        ['b', bob],
      ] as const) {
        const { port } = peer.address();
        line.configure(side, { address: host, rtpPort: port, rtcpPort: port + 1 }, { symmetric: true });
      }
      await line.stats(); // both sides are configured by now
      const packet = Buffer.from('800000010000000100000001ff', 'hex');
      for (const [from, to, port] of [
        [alice, bob, line.a.rtpPort],
        [bob, alice, line.b.rtpPort],
      ] as const) {
        const heard = once(to, 'message');
        from.send(packet, port, host);
        const [bytes] = (await heard) as [Buffer];
        assert.equal(bytes.toString('hex'), packet.toString('hex'));
      }
      const { lines } = await relay.close();
      assert.deepEqual([lines[0]?.a.packetsSent, lines[0]?.b.packetsSent], [1, 1]);
    } finally {
      alice.close();
      bob.close();
      await pool.stop();
    }
  });
}
