/** One port for all browser legs on real sockets and threads; the browsers are ours (`port-browser.ts`). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimDtls } from '../../core/media/dtls/index.ts';
import { createMediaPool, type MediaPool, type MediaStream, ourCodecs, ourFormats } from '../../core/media/index.ts';
import {
  every,
  libcUnavailable,
  openPacketIo,
  realClock,
  realNetwork,
  realRandom,
  realSeams,
  silentLog,
  sleep,
  type Thread,
  type Threads,
} from '../../core/runtime/index.ts';
import { freePort } from '../support/free-ports.ts';
import { mediaConfig } from '../support/media-config.ts';
import { PortBrowser, tcpWire, UdpWires, type Wire } from '../support/port-browser.ts';

const host = '127.0.0.1';
const clock = realClock();
const unavailable = libcUnavailable();
const skip = unavailable === null ? false : `libc sockets are not to be had: ${unavailable}`;

async function twoWorkers(
  run: (bench: {
    readonly pool: MediaPool;
    readonly threads: readonly Thread[];
    readonly udp: () => Promise<Wire>;
    readonly tcp: () => Promise<Wire>;
    readonly guest: (wire: Wire) => Promise<{ readonly stream: MediaStream; readonly browser: PortBrowser }>;
  }) => Promise<void>,
): Promise<void> {
  const seams = realSeams({ log: silentLog });
  const threads: Thread[] = [];
  const counted: Threads = {
    start(entry, data) {
      const thread = seams.threads.start(entry, data);
      threads.push(thread);
      return thread;
    },
  };
  const browserPort = await freePort();
  const config = mediaConfig({
    address: host,
    browserPort,
    ports: [40_200, 40_299],
    workers: 2,
    packetIo: 'libc',
    codecs: ['PCMU'],
    rtpTimeoutMs: 0,
  });
  const dtls = createSimDtls({ clock, random: realRandom() });
  const pool = await createMediaPool({ ...seams, threads: counted }, config, {
    codecs: [ourCodecs],
    formats: [ourFormats],
    dtls: createSimDtls({ clock, random: realRandom() }),
  });
  const io = openPacketIo('libc');
  const wires = new UdpWires(io);
  const network = realNetwork(clock);
  const browsers: PortBrowser[] = [];
  const talk = every(clock, 20, () => {
    wires.poll();
    for (const browser of browsers) {
      browser.speak();
      if (browser.answers.length === 0) browser.check(); // as browsers do: the first may come too early
    }
  });
  try {
    await run({
      ...{ pool, threads },
      udp: () => wires.open(host, host, browserPort),
      tcp: async () => tcpWire(await network.connectTcp({ address: host, port: browserPort }, { timeoutMs: 2000 })),
      async guest(wire) {
        const stream = await pool.openStream({ localAddress: host, webRtc: true });
        const leg = stream.webRtc;
        assert.ok(leg !== null);
        const code = 0x90 + browsers.length;
        const browser = new PortBrowser({ wire, leg, dtls, ufrag: `them${browsers.length}`, code });
        browsers.push(browser);
        await browser.echo(stream);
        return { stream, browser };
      },
    });
  } finally {
    talk.cancel();
    await pool.stop();
    io.dispose();
  }
}

/** Within 15 s: the machine may be loaded. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 750; i++) {
    if (holds()) return;
    await sleep(clock, 20);
  }
  assert.fail(what);
}

test('all workers share the port: browsers hear their echo, and go on when a room takes them to another worker {one-port} {webrtc}', {
  skip,
}, async () => {
  await twoWorkers(async ({ udp, tcp, guest }) => {
    const guests = [
      await guest(await udp()),
      await guest(await tcp()),
      await guest(await tcp()),
      await guest(await udp()),
    ];
    assert.deepEqual([...new Set(guests.map(({ stream }) => stream.worker))].sort(), [0, 1]);
    for (const { browser } of guests) {
      await until('a browser hears itself', () => browser.heard.filter((code) => code === browser.code).length > 5);
    }
    for (const { stream, browser } of guests) {
      assert.deepEqual(
        [...new Set(browser.heard)].filter((code) => code !== browser.code && code !== 0xff),
        [],
      );
      stream.flush();
      stream.play([{ kind: 'room', room: 'r', listenOnly: false }]);
    }
    await Promise.all(guests.map(({ stream }) => stream.stats())); // waits for the moves
    assert.equal(new Set(guests.map(({ stream }) => stream.worker)).size, 1);
    for (const { browser } of guests) browser.heard.length = 0;
    for (const { browser } of guests) await until('the room is heard', () => browser.heard.length > 20);
    for (const { stream } of guests) {
      const stats = await stream.close();
      assert.equal(stats.packetsNotAuthentic, 0);
      assert.ok(stats.packetsReceived > 25);
    }
  });
});

test('when the worker that owns the port dies, the port is served by the next, and legs elsewhere go on {one-port}', {
  skip,
}, async () => {
  await twoWorkers(async ({ pool, threads, udp, tcp, guest }) => {
    const guests = [await guest(await udp()), await guest(await tcp())];
    for (const { browser } of guests) await until('a browser hears itself', () => browser.heard.length > 5);
    const kept = guests.find(({ stream }) => stream.worker === 1);
    assert.ok(kept !== undefined);
    await threads[0]?.terminate();
    await until('the death is told', () => pool.load().streams === 1);
    kept.browser.heard.length = 0;
    await until('the other leg goes on', () => kept.browser.heard.length > 5);
    for (const wire of [await udp(), await tcp()]) {
      const { stream, browser } = await guest(wire);
      await until('a new leg is served', () => browser.heard.length > 5);
      await stream.close();
    }
    await kept.stream.close();
  });
});
