/**
 * CPU of media sockets, µs a packet on this thread: one receive and one send a packet, a socket of
 * its own for each peer, paced on the 20 ms tick (design, section 5: receive koffi 2.0, dgram 7.5;
 * send koffi 4.8–5.9, dgram 7.6).
 *
 *   node dist/test/bench/packet-io.js [sockets] [seconds]
 */
import { pathToFileURL } from 'node:url';
import {
  every,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  type PacketIo,
  realClock,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sleep,
} from '../../core/runtime/index.ts';

const clock = realClock();
const packetBytes = 172;

export interface PacketIoFigures {
  readonly receiveUs: number;
  readonly sendUs: number;
  readonly pollsUs: number;
  readonly missing: number;
}

/** Sends and receives on loopback between pairs of sockets of one instance. */
export async function measurePacketIo(
  kind: 'libc' | 'dgram',
  sockets: number,
  seconds: number,
): Promise<PacketIoFigures> {
  const io = openPacketIo(kind);
  const pairs = await openPairs(io, sockets);
  const packet = new Uint8Array(packetBytes);
  let sent = 0;
  let received = 0;
  let sendUs = 0;
  let receiveUs = 0;
  const count = (): void => {
    received++;
  };
  const tick = (): void => {
    const startUs = cpuUs();
    io.poll(count, 100_000);
    const betweenUs = cpuUs();
    for (const { from, to } of pairs) if (io.send(from, packet, packetBytes, to)) sent++;
    sendUs += cpuUs() - betweenUs;
    receiveUs += betweenUs - startUs;
  };
  await ticks(tick, 25); // warm
  sent = 0;
  received = 0;
  sendUs = 0;
  receiveUs = 0;
  const startUs = cpuUs();
  await ticks(tick, Math.round(seconds * 50));
  const allUs = cpuUs() - startUs;
  await sleep(clock, 20);
  io.poll(count, 100_000);
  const missing = sent + pairs.length - received;
  io.dispose();
  // What dgram does between the ticks (its callbacks) belongs to receiving and sending as well.
  const outsideUs = kind === 'dgram' ? allUs - sendUs - receiveUs : 0;
  return {
    receiveUs: (receiveUs + outsideUs / 2) / received,
    sendUs: (sendUs + outsideUs / 2) / sent,
    pollsUs: allUs / sent,
    missing,
  };
}

async function openPairs(io: PacketIo, sockets: number): Promise<{ from: SocketHandle; to: SockAddr }[]> {
  const handles: SocketHandle[] = [];
  for (let i = 0; i < sockets; i++) handles.push(await io.open('127.0.0.1', 0));
  return handles.map((from, i) => {
    const peer = handles[(i + 1) % handles.length] ?? from;
    return { from, to: setSockAddr(newSockAddr(), '127.0.0.1', io.localPort(peer)) };
  });
}

function ticks(run: () => void, wanted: number): Promise<void> {
  return new Promise((resolve) => {
    let done = 0;
    const ticking = every(clock, 20, () => {
      run();
      if (++done < wanted) return;
      ticking.cancel();
      resolve();
    });
  });
}

/** CPU of this process; the benches run nothing beside. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const sockets = Number(process.argv[2] ?? 200);
  const seconds = Number(process.argv[3] ?? 5);
  const dgram = await measurePacketIo('dgram', sockets, seconds);
  const show = (name: string, figures: PacketIoFigures): void => {
    const ratio = (ours: number, theirs: number): string => `${(ours / theirs).toFixed(2)} × dgram`;
    process.stdout.write(
      `${name}: receive ${figures.receiveUs.toFixed(1)} µs (${ratio(figures.receiveUs, dgram.receiveUs)}), ` +
        `send ${figures.sendUs.toFixed(1)} µs (${ratio(figures.sendUs, dgram.sendUs)}), ` +
        `both ${figures.pollsUs.toFixed(1)} µs a packet, ${figures.missing} missing\n`,
    );
  };
  process.stdout.write(`media sockets, ${sockets} sockets, ${packetBytes} bytes, 20 ms tick, ${seconds} s\n`);
  const unavailable = libcUnavailable();
  if (unavailable === null) show('libc', await measurePacketIo('libc', sockets, seconds));
  else process.stdout.write(`libc: not here (${unavailable})\n`);
  show('dgram', dgram);
}
