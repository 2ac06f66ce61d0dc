/** One suite for both forms of `OnePortIo`: libc and simulated behave alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSimulation,
  libcUnavailable,
  type Network,
  newSockAddr,
  type OnePortIo,
  openPacketIo,
  type PacketIo,
  realClock,
  realNetwork,
  type SocketHandle,
  setSockAddr,
  sleep,
  sockAddrPort,
  sockAddrText,
  type TcpConnection,
} from '../../../core/runtime/index.ts';

interface Bench {
  readonly make: () => PacketIo & { readonly onePort: OnePortIo };
  readonly address: string;
  readonly network: Network;
  /** Lets packets travel. */
  settle(): Promise<void>;
}

function onePortOf(io: PacketIo): PacketIo & { readonly onePort: OnePortIo } {
  const { onePort } = io;
  assert.ok(onePort !== undefined);
  return Object.assign(io, { onePort });
}

function real(): Bench {
  const clock = realClock();
  return {
    make: () => onePortOf(openPacketIo('libc')),
    address: '127.0.0.1',
    network: realNetwork(clock),
    settle: () => sleep(clock, 20),
  };
}
function simulated(): Bench {
  const simulation = createSimulation({ seed: 1 });
  const { host } = simulation.host('10.0.0.1');
  return {
    make: () => onePortOf(host.packetIo()),
    address: '10.0.0.1',
    network: host.network,
    settle: () => simulation.clock.advance(20),
  };
}

const noLibc = libcUnavailable();
const forms: readonly (readonly [string, () => Bench, string | false])[] = [
  ['libc', real, noLibc === null ? false : noLibc],
  ['sim', simulated, false],
];

/** All that waits, as text, with the socket that it came to. */
function drain(io: PacketIo): string[] {
  const got: string[] = [];
  io.poll((socket, packet, length) => got.push(`${socket}:${Buffer.from(packet.subarray(0, length))}`), 1000);
  return got;
}

const frame = (text: string): Buffer => Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]);
const nowhere = newSockAddr();

/** A connection that reached `io`, from both ends. */
async function connection(
  io: PacketIo & { readonly onePort: OnePortIo },
  bench: Bench,
): Promise<{ readonly client: TcpConnection; readonly socket: SocketHandle; readonly received: () => string }> {
  const listener = await io.onePort.listen(bench.address, 0);
  const accepted: SocketHandle[] = [];
  io.onePort.onConnection = (socket, from, at) => {
    assert.equal(at, listener);
    assert.equal(sockAddrText(from), bench.address);
    accepted.push(socket);
  };
  const connecting = bench.network.connectTcp(
    { address: bench.address, port: io.localPort(listener) },
    { timeoutMs: 2000 },
  );
  await bench.settle();
  const client = await connecting;
  let text = '';
  client.onData = (bytes) => {
    text += Buffer.from(bytes).toString('latin1');
  };
  drain(io);
  const [socket = -1] = accepted;
  assert.equal(accepted.length, 1);
  return { client, socket, received: () => text };
}

for (const [name, makeBench, skip] of forms) {
  const when = { skip };

  test(
    `${name}: of one port, each connected socket has its peer's packets and the shared one all others {one-port}`,
    when,
    async () => {
      const bench = makeBench();
      const io = bench.make();
      const shared = await io.onePort.openShared(bench.address, 0);
      const port = setSockAddr(newSockAddr(), bench.address, io.localPort(shared));
      const peers = await Promise.all([0, 1, 2].map(() => io.open(bench.address, 0)));
      const say = async (text: string): Promise<string[]> => {
        for (const peer of peers) io.send(peer, Buffer.from(text), text.length, port);
        await bench.settle();
        return drain(io).sort();
      };
      assert.deepEqual(await say('a'), [`${shared}:a`, `${shared}:a`, `${shared}:a`]);
      const [one, two] = peers
        .slice(0, 2)
        .map((peer) => io.onePort.connect(shared, setSockAddr(newSockAddr(), bench.address, io.localPort(peer))));
      assert.ok(one !== undefined && two !== undefined);
      assert.equal(io.localPort(one), io.localPort(shared));
      assert.deepEqual(await say('b'), [`${one}:b`, `${two}:b`, `${shared}:b`].sort());
      // What goes out comes from the shared port.
      const seen: unknown[] = [];
      io.send(one, Buffer.from('c'), 1, setSockAddr(newSockAddr(), bench.address, io.localPort(peers[0] ?? -1)));
      await bench.settle();
      io.poll((socket, _packet, _length, from) => seen.push(socket, sockAddrPort(from)), 10);
      assert.deepEqual(seen, [peers[0], io.localPort(shared)]);
      // A peer whose socket is closed is one of the others again.
      io.close(one);
      assert.deepEqual(await say('d'), [`${shared}:d`, `${shared}:d`, `${two}:d`].sort());
      io.dispose();
    },
  );

  test(`${name}: hundreds of peers on one port are kept apart {one-port}`, when, async () => {
    const bench = makeBench();
    const io = bench.make();
    const shared = await io.onePort.openShared(bench.address, 0);
    const port = setSockAddr(newSockAddr(), bench.address, io.localPort(shared));
    const wanted: string[] = [];
    const peers: SocketHandle[] = [];
    for (let i = 0; i < 300; i++) {
      const peer = await io.open(bench.address, 0);
      const own = io.onePort.connect(shared, setSockAddr(newSockAddr(), bench.address, io.localPort(peer)));
      peers.push(peer);
      wanted.push(`${own}:${peer}`);
    }
    for (const peer of peers) io.send(peer, Buffer.from(String(peer)), String(peer).length, port);
    await bench.settle();
    assert.deepEqual(drain(io).sort(), wanted.sort());
    io.dispose();
  });

  test(`${name}: a shared port is refused where somebody else has it`, when, async () => {
    const bench = makeBench();
    const io = bench.make();
    const shared = await io.onePort.openShared(bench.address, 0);
    await assert.rejects(io.onePort.openShared(bench.address, io.localPort(shared)), { code: 'port.taken' });
    const listener = await io.onePort.listen(bench.address, 0);
    await assert.rejects(io.onePort.listen(bench.address, io.localPort(listener)), { code: 'port.taken' });
    await assert.rejects(io.onePort.openShared('192.0.2.77', 0), { code: 'network.failed' });
    await assert.rejects(io.onePort.listen('192.0.2.77', 0), { code: 'network.failed' });
    io.dispose();
  });

  test(`${name}: frames of a connection are packets, however they are cut {one-port}`, when, async () => {
    const bench = makeBench();
    const io = bench.make();
    const { client, socket, received } = await connection(io, bench);
    const wire = Buffer.concat([frame('one'), frame('two'), frame('three')]);
    const got: string[] = [];
    for (const byte of wire) {
      client.write(Buffer.of(byte));
      await bench.settle();
      got.push(...drain(io));
    }
    client.write(wire);
    await bench.settle();
    got.push(...drain(io));
    const once = ['one', 'two', 'three'].map((text) => `${socket}:${text}`);
    assert.deepEqual(got, [...once, ...once]);
    assert.equal(io.send(socket, Buffer.from('answer, not this'), 6, nowhere), true);
    await bench.settle();
    assert.equal(received(), '\0\u0006answer');
    io.dispose();
  });

  test(
    `${name}: a connection that was given away in a visit leaves nothing behind, nor does one that moves on {one-port}`,
    when,
    async () => {
      const bench = makeBench();
      const first = bench.make();
      const second = bench.make();
      const third = bench.make();
      const { client, socket } = await connection(first, bench);
      const wire = Buffer.concat([frame('check'), frame('dtls'), frame('more')]);
      client.write(wire.subarray(0, wire.length - 2));
      await bench.settle();
      const seen: string[] = [];
      let rest = null as ReturnType<PacketIo['release']>;
      first.poll((_socket, packet, length) => {
        seen.push(Buffer.from(packet.subarray(0, length)).toString());
        rest = first.release(socket);
      }, 10);
      assert.deepEqual(seen, ['check']);
      assert.notEqual(rest, null);
      second.adopt(socket, rest);
      assert.deepEqual(drain(second), [`${socket}:dtls`]);
      const half = second.release(socket);
      client.write(wire.subarray(wire.length - 2));
      await bench.settle();
      third.adopt(socket, half);
      assert.deepEqual(drain(third), [`${socket}:more`]);
      third.close(socket);
      for (const io of [first, second, third]) io.dispose();
    },
  );

  test(
    `${name}: a connection that the peer closes, or that sends no frames, is reported once and is gone {one-port}`,
    when,
    async () => {
      const bench = makeBench();
      for (const end of ['closed', 'no frames'] as const) {
        const io = bench.make();
        const { client, socket } = await connection(io, bench);
        const closed: SocketHandle[] = [];
        io.onePort.onClosed = (handle) => closed.push(handle);
        if (end === 'closed') client.end();
        else client.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        await bench.settle();
        drain(io);
        await bench.settle();
        drain(io);
        assert.deepEqual(closed, [socket], end);
        assert.equal(io.send(socket, Buffer.from('x'), 1, nowhere), false);
        io.dispose();
      }
    },
  );

  test(
    `${name}: to a connection that stalls frames are dropped and counted, and those that come are whole {one-port}`,
    when,
    async () => {
      const bench = makeBench();
      const io = bench.make();
      const { client, socket, received } = await connection(io, bench);
      const packet = new Uint8Array(1000);
      let sent = 0;
      // Nothing is delivered while nobody waits.
      for (let i = 0; i < 20_000 && io.onePort.stalled < 5; i++) {
        packet.fill(sent & 0xff);
        if (io.send(socket, packet, packet.length, nowhere)) sent++;
      }
      assert.equal(io.onePort.stalled, 5);
      for (let i = 0; i < 100 && received().length < sent * 1002; i++) {
        await bench.settle();
        drain(io);
      }
      assert.equal(received().length, sent * 1002);
      for (let i = 0; i < sent; i++) {
        const at = i * 1002;
        assert.equal(received().slice(at, at + 4), `\u0003\u00e8${String.fromCharCode(i & 0xff).repeat(2)}`);
      }
      assert.equal(io.send(socket, packet, packet.length, nowhere), true);
      client.destroy();
      await bench.settle();
      io.dispose();
    },
  );
}

test('dgram: there is no port for many', () => {
  const io = openPacketIo('dgram');
  assert.equal(io.onePort, undefined);
  io.dispose();
});
