/** One suite for all forms of `PacketIo`: libc, dgram and simulated behave alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Clock,
  createSimulation,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  type PacketIo,
  realClock,
  setSockAddr,
  sleep,
  sockAddrPort,
  sockAddrText,
} from '../../../core/runtime/index.ts';

interface Bench {
  readonly make: () => PacketIo;
  readonly address: string;
  readonly address6: string;
  /** Lets packets travel. */
  settle(): Promise<void>;
}

const clock: Clock = realClock();
const real = (kind: 'libc' | 'dgram'): Bench => ({
  make: () => openPacketIo(kind),
  address: '127.0.0.1',
  address6: '::1',
  settle: () => sleep(clock, 20),
});
function simulated(): Bench {
  const simulation = createSimulation({ seed: 1 });
  const { host } = simulation.host('10.0.0.1', { addresses: ['2001:db8::1'] });
  return {
    make: () => host.packetIo(),
    address: '10.0.0.1',
    address6: '2001:db8::1',
    settle: () => simulation.clock.advance(20),
  };
}

const noLibc = libcUnavailable();
const forms: readonly (readonly [string, () => Bench, string | false])[] = [
  ['libc', () => real('libc'), noLibc === null ? false : noLibc],
  ['dgram', () => real('dgram'), false],
  ['sim', simulated, false],
];

/** All that waits, as text, with the socket that it came to. */
function drain(io: PacketIo, limit = 1000): string[] {
  const got: string[] = [];
  io.poll((socket, packet, length) => got.push(`${socket}:${Buffer.from(packet.subarray(0, length))}`), limit);
  return got;
}

for (const [name, bench, skip] of forms) {
  const when = { skip };

  test(`${name}: a packet arrives whole, with its sender's address {media-io}`, when, async () => {
    const { make, address, settle } = bench();
    const io = make();
    const from = await io.open(address, 0);
    const to = await io.open(address, 0);
    const target = setSockAddr(newSockAddr(), address, io.localPort(to));
    const packet = Buffer.from('hello, not this');
    assert.equal(io.send(from, packet, 5, target), true);
    packet.fill(0); // the sender's buffer is the sender's again
    await settle();
    const seen: unknown[] = [];
    const count = io.poll((socket, bytes, length, source) => {
      seen.push(socket, Buffer.from(bytes.subarray(0, length)).toString(), sockAddrText(source), sockAddrPort(source));
    }, 10);
    assert.equal(count, 1);
    assert.deepEqual(seen, [to, 'hello', address, io.localPort(from)]);
    assert.equal(io.kind, name);
    io.dispose();
  });

  test(`${name}: IPv6 works and does not take IPv4's port`, when, async (t) => {
    const { make, address, address6, settle } = bench();
    const io = make();
    let six: number;
    try {
      six = await io.open(address6, 0);
    } catch {
      io.dispose();
      t.skip('no IPv6 on this machine');
      return;
    }
    await io.open(address, io.localPort(six));
    const target = setSockAddr(newSockAddr(), address6, io.localPort(six));
    io.send(six, Buffer.from('six'), 3, target);
    await settle();
    const seen: string[] = [];
    io.poll((_socket, _bytes, _length, source) => seen.push(sockAddrText(source)), 10);
    assert.deepEqual(seen, [address6]);
    io.dispose();
  });

  test(`${name}: a taken port and a foreign address are refused with their codes`, when, async () => {
    const { make, address } = bench();
    const io = make();
    const socket = await io.open(address, 0);
    await assert.rejects(io.open(address, io.localPort(socket)), { code: 'port.taken' });
    await assert.rejects(io.open('192.0.2.77', 0), { code: 'network.failed' });
    io.close(socket);
    io.close(socket);
    io.dispose();
  });

  test(`${name}: a socket moves to another instance with no packet lost`, when, async () => {
    const { make, address, settle } = bench();
    const first = make();
    const second = make();
    const socket = await first.open(address, 0);
    const sender = await first.open(address, 0);
    const target = setSockAddr(newSockAddr(), address, first.localPort(socket));
    const send = (text: string): void => void first.send(sender, Buffer.from(text), text.length, target);
    send('a');
    await settle();
    assert.deepEqual(drain(first), [`${socket}:a`]);
    send('b');
    await settle();
    first.release(socket);
    send('c');
    await settle();
    assert.deepEqual(drain(first), []);
    second.adopt(socket);
    send('d');
    await settle();
    assert.deepEqual(drain(second), [`${socket}:b`, `${socket}:c`, `${socket}:d`]);
    assert.deepEqual(drain(first), []);
    second.close(socket);
    first.dispose();
    second.dispose();
  });

  test(`${name}: poll takes at most its limit and leaves the rest`, when, async () => {
    const { make, address, settle } = bench();
    const io = make();
    const socket = await io.open(address, 0);
    const target = setSockAddr(newSockAddr(), address, io.localPort(socket));
    for (let i = 0; i < 5; i++) io.send(socket, Buffer.from(`${i}`), 1, target);
    await settle();
    assert.equal(drain(io, 2).length, 2);
    assert.equal(drain(io, 10).length, 3);
    assert.equal(drain(io, 10).length, 0);
    io.dispose();
  });

  test(`${name}: a visit may close the sockets that are still to be read`, when, async () => {
    const { make, address, settle } = bench();
    const io = make();
    const sockets = [await io.open(address, 0), await io.open(address, 0)];
    const sender = await io.open(address, 0);
    for (const socket of sockets) {
      io.send(sender, Buffer.from('x'), 1, setSockAddr(newSockAddr(), address, io.localPort(socket)));
    }
    await settle();
    let visits = 0;
    io.poll(() => {
      visits++;
      for (const socket of sockets) io.close(socket);
    }, 10);
    assert.equal(visits, 1);
    io.dispose();
  });

  test(`${name}: sending into nowhere is counted or lost, never thrown`, when, async () => {
    const { make, address, settle } = bench();
    const io = make();
    const socket = await io.open(address, 0);
    for (let i = 0; i < 3; i++) io.send(socket, Buffer.from('x'), 1, setSockAddr(newSockAddr(), address, 9));
    io.send(socket, Buffer.from('x'), 1, newSockAddr());
    await settle();
    assert.deepEqual(drain(io), []);
    assert.ok(io.errors.send >= 1);
    assert.equal(io.send(4242, Buffer.from('x'), 1, setSockAddr(newSockAddr(), address, 9)), false);
    io.dispose();
  });
}

test('libc: a packet longer than any voice packet is dropped and counted', { skip: noLibc ?? false }, async () => {
  const io = openPacketIo('libc');
  const socket = await io.open('127.0.0.1', 0);
  io.send(socket, new Uint8Array(5000), 5000, setSockAddr(newSockAddr(), '127.0.0.1', io.localPort(socket)));
  await sleep(clock, 5);
  assert.deepEqual(drain(io), []);
  assert.equal(io.errors.receive, 1);
  io.dispose();
});
