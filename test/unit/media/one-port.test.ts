import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimDtls } from '../../../core/media/dtls/index.ts';
import {
  createMediaPool,
  type MediaConfig,
  type MediaStream,
  ourCodecs,
  ourFormats,
  type StreamEvent,
} from '../../../core/media/index.ts';
import { createSimulation, type TcpConnection } from '../../../core/runtime/index.ts';
import { mediaConfig } from '../../support/media-config.ts';
import { PortBrowser, tcpWire, UdpWires, type Wire } from '../../support/port-browser.ts';

const server = '10.0.0.1';
const port = 40_000;

async function world(values: Partial<MediaConfig> = {}) {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const { seams, host: serverHost } = simulation.host(server);
  const { host } = simulation.host('10.0.1.1');
  const options = { codecs: [ourCodecs], formats: [ourFormats] };
  const pool = await createMediaPool(
    seams,
    mediaConfig({ codecs: ['PCMU'], workers: 0, browserPort: port, ...values }),
    options,
  );
  const io = host.packetIo();
  const dtls = createSimDtls(simulation.host('10.0.1.9').seams);
  const wires = new UdpWires(io);
  let browsers = 0;
  return {
    ...{ simulation, clock: simulation.clock, seams, serverHost, host, pool, dtls },
    udp: () => wires.open('10.0.1.1', server, port),
    async tcp(): Promise<TcpConnection> {
      const connecting = host.network.connectTcp({ address: server, port }, { timeoutMs: 1000 });
      await simulation.clock.advance(20);
      return connecting;
    },
    async open(): Promise<{ readonly stream: MediaStream; readonly events: StreamEvent[] }> {
      const stream = await pool.openStream({ localAddress: server, webRtc: true });
      const events: StreamEvent[] = [];
      stream.onEvent = (event) => events.push(event);
      return { stream, events };
    },
    browser(stream: MediaStream, wire: Wire): PortBrowser {
      const leg = stream.webRtc;
      assert.ok(leg !== null);
      browsers++;
      return new PortBrowser({ wire, leg, dtls, ufrag: `them${browsers}`, code: 10 * browsers });
    },
    /** Lets time pass; `each` runs every 20 ms. */
    async pass(ms: number, each: () => void = () => {}): Promise<void> {
      for (let at = 0; at < ms; at += 20) {
        each();
        await simulation.clock.advance(20);
        wires.poll();
      }
    },
    count: (event: string): number =>
      seams.counters
        .samples()
        .find(({ name }) => name === 'callbus_media_browser_port_total')
        ?.values.find(({ labels }) => labels['event'] === event)?.value ?? Number.NaN,
  };
}

test('browsers on one port hear their own echo, over UDP and over TCP, each through a socket of its own {one-port} {webrtc}', async () => {
  const { pool, serverHost, open, browser, udp, tcp, pass, count } = await world();
  assert.deepEqual(
    serverHost.openSockets().filter((name) => name.includes(`:${port}`)),
    [`media ${server}:${port}`, `tcp-listener ${server}:${port}`],
  );
  const legs = await Promise.all([open(), open(), open()]);
  const wires = [await udp(), await udp(), tcpWire(await tcp())];
  const browsers = legs.map(({ stream }, at) => browser(stream, wires[at] ?? tcpWireOf()));
  for (const { stream } of legs) {
    assert.deepEqual([stream.rtpPort, stream.webRtc?.onePort, stream.webRtc?.tcpPort], [port, true, port]);
  }
  for (const [at, each] of browsers.entries()) await each.echo(legs[at]?.stream ?? fail());
  for (const each of browsers) each.check();
  await pass(200);
  for (const [at, each] of browsers.entries()) {
    assert.deepEqual(
      each.answers.map(({ type, authentic }) => [type, authentic]),
      [[0x0101, true]],
    );
    assert.ok(each.hasKeys);
    assert.deepEqual(
      legs[at]?.events.map(({ kind }) => kind).filter((kind) => kind.startsWith('webRtc')),
      ['webRtcConnected'],
    );
  }
  await pass(1000, () => {
    for (const each of browsers) each.speak();
  });
  for (const [at, each] of browsers.entries()) {
    const own = each.heard.filter((code) => code === 10 * (at + 1));
    assert.ok(own.length >= 10, `browser ${at} heard ${own.length} packets of its own`);
    assert.deepEqual(
      each.heard.filter((code) => code !== 10 * (at + 1) && code !== 0xff),
      [],
    );
  }
  assert.equal(count('paths'), 3);
  assert.equal(count('strangers'), 0);
  for (const { stream } of legs) {
    const stats = await stream.close();
    assert.equal(stats.packetsFromStrangers + stats.packetsNotAuthentic + stats.sendErrors, 0);
  }
  await pass(100);
  assert.deepEqual(
    serverHost.openSockets().filter((name) => name.includes(`:${port}`)),
    [`media ${server}:${port}`, `tcp-listener ${server}:${port}`],
  );
  await pool.stop();
  assert.deepEqual(serverHost.openSockets(), []);
});

function fail(): never {
  throw new Error('there is none');
}
const tcpWireOf = fail;

test('the port answers nobody but who knows the password of an open leg {one-port}', async () => {
  const { pool, open, browser, udp, pass, count } = await world();
  const { stream } = await open();
  const wire = await udp();
  const guest = browser(stream, wire);
  await guest.echo(stream);
  guest.check({ password: 'another password of enough length' });
  guest.check({ ufrag: 'nobody' });
  wire.send(Uint8Array.of(1, 2, 3));
  wire.send(new Uint8Array(172).fill(0x80));
  await pass(1100);
  assert.deepEqual(guest.answers, []);
  assert.equal(count('strangers'), 4);
  assert.equal(count('paths'), 0);
  // A leg that is closed is nobody.
  guest.check();
  await pass(40);
  assert.equal(guest.answers.length, 1);
  await stream.close();
  const late = await udp();
  guest.moveTo(late);
  guest.check();
  const other = await open();
  await pass(1100);
  assert.equal(guest.answers.length, 1);
  assert.equal(count('strangers'), 5);
  await other.stream.close();
  await pool.stop();
});

test('a browser whose NAT gives it another address goes on after one check, and the old socket goes when it is idle {one-port}', async () => {
  const { pool, open, browser, udp, tcp, pass, serverHost } = await world();
  const { stream } = await open();
  const guest = browser(stream, await udp());
  await guest.echo(stream);
  guest.check();
  await pass(200);
  const say = async (): Promise<number> => {
    const before = guest.heard.filter((code) => code === 10).length;
    await pass(300, () => guest.speak());
    return guest.heard.filter((code) => code === 10).length - before;
  };
  assert.ok((await say()) >= 8);
  guest.moveTo(await udp());
  await pass(600);
  guest.check();
  await pass(100);
  assert.ok((await say()) >= 8, 'from another port');
  guest.moveTo(tcpWire(await tcp()));
  guest.check();
  await pass(600);
  guest.check();
  await pass(100);
  assert.ok((await say()) >= 8, 'over TCP');
  const paths = (): number => serverHost.openSockets().filter((name) => / 10\.0\.1\.1:/.test(name)).length;
  assert.equal(paths(), 3);
  await pass(100_000, () => {});
  assert.ok(paths() <= 1, `${paths()} sockets are left`);
  await stream.close();
  await pool.stop();
});

test('connections that do not say who they are at once are closed: strangers, the idle, those that are too many {one-port}', async () => {
  const { pool, open, tcp, pass, count, clock } = await world();
  const { stream } = await open();
  const closed: string[] = [];
  const connection = async (name: string): Promise<TcpConnection> => {
    const made = await tcp();
    made.onClose = () => closed.push(name);
    return made;
  };
  (await connection('http')).write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  (await connection('stranger')).write(Buffer.of(0, 3, 1, 2, 3));
  (await connection('huge')).write(Buffer.of(0xff, 0xff, 1));
  await connection('idle');
  (await connection('slow')).write(Buffer.of(0, 100, 1));
  await pass(1100);
  assert.deepEqual(closed, ['http', 'stranger', 'huge']);
  assert.equal(count('connectionsRefused'), 1);
  await pass(10_000);
  assert.deepEqual(closed, ['http', 'stranger', 'huge', 'idle', 'slow']);
  assert.equal(count('connectionsIdle'), 2);
  for (let i = 0; i < 40; i++) await connection(`${i}`);
  await pass(1100);
  assert.equal(count('connectionsOverLimit'), 8);
  assert.deepEqual(closed.slice(5), ['0', '1', '2', '3', '4', '5', '6', '7']);
  await stream.close();
  await pass(100);
  assert.equal(closed.length, 45);
  await pool.stop();
  assert.equal(clock.pending, 0);
});

test('a connection that ends takes the leg only when the browser does not come back {one-port}', async () => {
  const { pool, open, browser, tcp, pass } = await world({ iceTimeoutMs: 15_000 });
  const { stream, events } = await open();
  const first = await tcp();
  const guest = browser(stream, tcpWire(first));
  await guest.echo(stream);
  guest.check();
  await pass(200);
  first.end();
  await pass(200);
  guest.moveTo(tcpWire(await tcp()));
  guest.check();
  await pass(600);
  guest.check();
  await pass(300, () => guest.speak());
  assert.ok(guest.heard.includes(10));
  await pass(35_000);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'webRtcFailed' ? [event.reason] : [])),
    ['consent'],
  );
  await stream.close();
  await pool.stop();
});

test('after an ICE restart the port knows the new credentials, and for a while the old ones {one-port}', async () => {
  const { pool, open, browser, udp, pass } = await world();
  const { stream } = await open();
  const before = stream.webRtc;
  const guest = browser(stream, await udp());
  await guest.echo(stream);
  guest.check();
  await pass(200);
  const after = await stream.restartIce();
  assert.notEqual(after.ufrag, before?.ufrag);
  const again = browser(stream, await udp());
  again.check();
  await pass(100);
  assert.equal(again.answers.length, 1);
  guest.moveTo(await udp());
  guest.check();
  await pass(100);
  assert.equal(guest.answers.length, 2);
  await stream.close();
  await pool.stop();
});

test('without sockets that can share a port, media.browserPort is refused at the start, by name', async () => {
  await assert.rejects(world({ packetIo: 'dgram' }), {
    code: 'config.invalid',
    message: /media\.browserPort: 40000 needs sockets of libc/,
  });
});

test('a port that somebody else has is refused at the start', async () => {
  const simulation = createSimulation({ seed: 1 });
  const { seams, host } = simulation.host(server);
  await host.packetIo().open(server, port);
  await assert.rejects(
    createMediaPool(seams, mediaConfig({ codecs: ['PCMU'], workers: 0, browserPort: port }), {
      codecs: [ourCodecs],
      formats: [ourFormats],
    }),
    { code: 'port.taken', message: /media\.browserPort 10\.0\.0\.1:40000/ },
  );
});
