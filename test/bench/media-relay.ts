/**
 * CPU of a relayed packet, beside a bare loop of one receive and one send a packet in the same run,
 * and how long a packet stays in the relay on the 2 ms tick.
 *
 *   node dist/test/bench/media-relay.js [lines] [seconds]
 */
import { createSocket } from 'node:dgram';
import type { OpenedRelayLine } from '../../core/media/worker/protocol.ts';
import { RelayBoard, relayTickMs } from '../../core/media/worker/relay-board.ts';
import {
  every,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  type PacketIo,
  realClock,
  realRandom,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  sleep,
} from '../../core/runtime/index.ts';

const lines = Number(process.argv[2] ?? 100);
const seconds = Number(process.argv[3] ?? 4);
const host = '127.0.0.1';
const packetBytes = 172;
const clock = realClock();
const kind = libcUnavailable() === null ? 'libc' : 'dgram';
const allowedRatio = 1.6;

interface Peers {
  readonly io: PacketIo;
  readonly sockets: readonly { readonly socket: SocketHandle; readonly port: number }[];
}

async function openPeers(count: number): Promise<Peers> {
  const io = openPacketIo(kind, { readsAhead: false });
  const sockets: { socket: SocketHandle; port: number }[] = [];
  for (let i = 0; i < count; i++) {
    const socket = await io.open(host, 0);
    sockets.push({ socket, port: io.localPort(socket) });
  }
  return { io, sockets };
}

const addressOf = (port: number): SockAddr => setSockAddr(newSockAddr(), host, port);

/** CPU of this process, µs. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Sends a packet to each target on the 20 ms tick; calls `between` after each; returns how many were sent. */
async function pump(
  { io, sockets }: Peers,
  targets: readonly SockAddr[],
  ticks: number,
  between: () => void,
): Promise<number> {
  const packet = new Uint8Array(packetBytes);
  packet[0] = 0x80;
  let sent = 0;
  await new Promise<void>((done) => {
    let tick = 0;
    const ticking = every(clock, 20, () => {
      for (let i = 0; i < sockets.length; i++) {
        const target = targets[i];
        const peer = sockets[i];
        if (target !== undefined && peer !== undefined && io.send(peer.socket, packet, packetBytes, target)) sent++;
      }
      between();
      if (++tick < ticks) return;
      ticking.cancel();
      done();
    });
  });
  return sent;
}

/** The CPU of what runs inside, by its own bracket: the peers' part of the process does not count. */
class Meter {
  us = 0;
  run(work: () => void): void {
    const startUs = cpuUs();
    work();
    this.us += cpuUs() - startUs;
  }
}

async function bareLoop(): Promise<number> {
  const peers = await openPeers(lines * 2);
  const io = openPacketIo(kind, { readsAhead: false });
  const sockets: SocketHandle[] = [];
  for (let i = 0; i < lines * 2; i++) sockets.push(await io.open(host, 0));
  const targets = sockets.map((socket) => addressOf(io.localPort(socket)));
  const back = new Map(sockets.map((socket, i) => [socket, addressOf(peers.sockets[i ^ 1]?.port ?? 0)]));
  const meter = new Meter();
  let passed = 0;
  const step = (): void => {
    io.poll((socket, packet, length) => {
      const to = back.get(socket);
      if (to !== undefined && io.send(socket, packet, length, to)) passed++;
    }, 100_000);
  };
  const ticks = seconds * 50;
  await pump(peers, targets, 25, step);
  passed = 0;
  await pump(peers, targets, ticks, () => {
    meter.run(step);
    drain(peers);
  });
  peers.io.dispose();
  io.dispose();
  return meter.us / passed;
}

function drain({ io }: Peers): void {
  io.poll(() => {}, 100_000);
}

async function relayed(): Promise<{ readonly us: number; readonly lost: number; readonly idlePercent: number }> {
  const meter = new Meter();
  let fire: (() => void) | null = null;
  let stepping = false;
  const board = new RelayBoard({
    // The board's tick runs by hand and is metered.
    clock: {
      ...clock,
      after: (_ms, run) => {
        fire = run;
        return { cancel: () => {} };
      },
    },
    random: realRandom(),
    ports: [30_000, 49_999],
    openIo: () => openPacketIo(kind, { readsAhead: false }),
    post: () => {},
    ticked: () => {},
  });
  const peers = await openPeers(lines * 2);
  const targets: SockAddr[] = [];
  for (let line = 0; line < lines; line++) {
    const opened: OpenedRelayLine = await board.open({
      kind: 'openRelayLine',
      request: 0,
      line,
      addressA: host,
      addressB: host,
      options: { transport: 'rtp', transparent: true, rtpTimeoutMs: 0, ssrcs: [1, 2] },
    });
    for (const [side, at] of [
      ['a', 2 * line],
      ['b', 2 * line + 1],
    ] as const) {
      const port = peers.sockets[at]?.port ?? 0;
      const remote = { address: host, rtpPort: port, rtcpPort: 0 };
      board.configure({ kind: 'configureRelaySide', line, side, remote, options: { symmetric: true } });
      targets.push(addressOf(opened[side].rtpPort));
    }
  }
  const step = (): void => {
    if (stepping) return;
    stepping = true;
    fire?.();
    stepping = false;
  };
  await pump(peers, targets, 25, step);
  const before = board.totals().relayedPackets;
  const sent = await pump(peers, targets, seconds * 50, () => {
    meter.run(step);
    drain(peers);
  });
  const passed = board.totals().relayedPackets - before;
  const idle = new Meter();
  const idleTicks = 20_000;
  idle.run(() => {
    for (let i = 0; i < idleTicks; i++) step();
  });
  board.stop();
  peers.io.dispose();
  return {
    us: meter.us / passed,
    lost: sent - passed,
    idlePercent: ((idle.us / idleTicks) * 100) / (relayTickMs * 1000),
  };
}

/** One line, one packet every 7 ms: how long it takes through the relay on its own timer. */
async function delay(): Promise<{ readonly meanMs: number; readonly p99Ms: number; readonly cpuPercent: number }> {
  const board = new RelayBoard({
    clock,
    random: realRandom(),
    ports: [30_000, 49_999],
    openIo: () => openPacketIo(kind, { readsAhead: false }),
    post: () => {},
    ticked: () => {},
  });
  const opened = await board.open({
    kind: 'openRelayLine',
    request: 0,
    line: 1,
    addressA: host,
    addressB: host,
    options: { transport: 'rtp', transparent: true, rtpTimeoutMs: 0, ssrcs: [1, 2] },
  });
  const from = createSocket('udp4');
  const to = createSocket('udp4');
  await new Promise<void>((bound) => from.bind(0, host, bound));
  await new Promise<void>((bound) => to.bind(0, host, bound));
  const options = { symmetric: false };
  const remote = (port: number) => ({ address: host, rtpPort: port, rtcpPort: 0 });
  board.configure({ kind: 'configureRelaySide', line: 1, side: 'a', remote: remote(from.address().port), options });
  board.configure({ kind: 'configureRelaySide', line: 1, side: 'b', remote: remote(to.address().port), options });
  const delays: number[] = [];
  to.on('message', (message) => delays.push(clock.nowMs() - message.readDoubleLE(12)));
  const startUs = cpuUs();
  const startMs = clock.nowMs();
  while (clock.nowMs() - startMs < 2000) {
    const packet = Buffer.alloc(packetBytes);
    packet[0] = 0x80;
    packet.writeDoubleLE(clock.nowMs(), 12);
    from.send(packet, opened.a.rtpPort, host);
    await sleep(clock, 7);
  }
  const cpuPercent = (cpuUs() - startUs) / 10 / (clock.nowMs() - startMs);
  board.stop();
  from.close();
  to.close();
  delays.sort((a, b) => a - b);
  const meanMs = delays.reduce((sum, value) => sum + value, 0) / delays.length;
  return { meanMs, p99Ms: delays[Math.floor(delays.length * 0.99)] ?? 0, cpuPercent };
}

process.stdout.write(`media relay, ${kind}, ${lines} lines both ways, ${packetBytes} bytes, ${seconds} s\n`);
const bareUs = await bareLoop();
const { us, lost, idlePercent } = await relayed();
const ratio = us / bareUs;
process.stdout.write(
  `bare receive and send ${bareUs.toFixed(2)} µs a packet; relayed ${us.toFixed(2)} µs (${ratio.toFixed(2)} ×, demand: ${allowedRatio}); ${lost} not relayed\n`,
);
process.stdout.write(
  `polling with nothing to do: ${idlePercent.toFixed(2)} % of a core at ${relayTickMs} ms, without the timer\n`,
);
const { meanMs, p99Ms, cpuPercent } = await delay();
process.stdout.write(
  `through the relay on its own timer: mean ${meanMs.toFixed(2)} ms, 99 % under ${p99Ms.toFixed(2)} ms; ${cpuPercent.toFixed(1)} % of a core with the sender and the receiver\n`,
);
if (ratio > allowedRatio) process.exitCode = 1;
