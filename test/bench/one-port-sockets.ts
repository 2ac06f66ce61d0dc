/**
 * What the kernel asks for many browsers on one port (`media.browserPort`): each leg has a connected socket there, and
 * each packet must be led to its own. Packets from as many peers over loopback, to sockets on one port and to sockets on a
 * port each, in turns in the same run; the time is that of the process in the kernel (on loopback the receiving side runs
 * inside the sender's call), by packet.
 *
 *   node dist/test/bench/one-port-sockets.js [packets]
 */
import { createSocket, type Socket } from 'node:dgram';
import { pathToFileURL } from 'node:url';
import type { BenchResult } from './conference.ts';

const counts = [10, 100, 1000];
const rounds = 3;
const address = '127.0.0.1';
/** As an SRTP packet of 20 ms of G.711. */
const packet = new Uint8Array(182);
/** Sent before the receivers are let read. */
const burst = 250;

export async function bench(packets = 20_000): Promise<BenchResult[]> {
  const figures: Record<string, string> = {};
  for (const legs of counts) {
    const seen = { one: [] as number[], each: [] as number[] };
    for (let turn = 0; turn < rounds; turn++) {
      seen.one.push(await kernelUs(legs, packets, true));
      seen.each.push(await kernelUs(legs, packets, false));
    }
    const [one, each] = [Math.min(...seen.one), Math.min(...seen.each)];
    figures[`${legs} connected sockets`] =
      `${one.toFixed(2)} on one port, ${each.toFixed(2)} on a port each (${(one / each).toFixed(2)} times)`;
  }
  return [{ name: `one port: µs in the kernel for a packet, the least of ${rounds} turns`, figures }];
}

/** µs of system time for a packet that is sent, led to its socket and read. */
async function kernelUs(legs: number, packets: number, onOnePort: boolean): Promise<number> {
  const peers = await Promise.all(Array.from({ length: legs }, () => bound(0)));
  let received = 0;
  const first = await bound(0, onOnePort);
  const ours = [first];
  while (ours.length < legs) ours.push(await bound(onOnePort ? first.address().port : 0, onOnePort));
  for (const [at, socket] of ours.entries()) {
    socket.on('message', () => void received++);
    await connected(socket, peers[at]?.address().port ?? 0);
  }
  await Promise.all(peers.map((peer, at) => connected(peer, ours[at]?.address().port ?? 0)));
  const { system } = process.cpuUsage();
  for (let sent = 0; sent < packets; ) {
    for (let one = 0; one < burst; one++) peers[sent++ % legs]?.send(packet);
    const upTo = sent;
    for (let waits = 0; received < upTo && waits < 100; waits++) await new Promise((resolve) => setImmediate(resolve));
  }
  const us = process.cpuUsage().system - system;
  const missing = 1 - received / packets;
  await Promise.all([...ours, ...peers].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  if (missing > 0.01) throw new Error(`${Math.round(missing * 100)} % of the packets did not come to their socket`);
  return us / packets;
}

function bound(port: number, shared = false): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: shared });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => resolve(socket));
  });
}

const connected = (socket: Socket, port: number): Promise<void> =>
  new Promise((resolve) => socket.connect(port, address, () => resolve()));

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, figures } of await bench(Number(process.argv[2] ?? 20_000))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
