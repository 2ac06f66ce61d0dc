/** One process of the conference bench: the generator, the engine, or the floor. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type CodecRecord,
  encodeSample,
  type FormatRecord,
  linearToUlaw,
  ourCodecs,
  writeRtpHeader,
} from '../../core/media/index.ts';
import { MediaEngine } from '../../core/media/worker/engine.ts';
import type { MediaEvent } from '../../core/media/worker/protocol.ts';
import { Ticker } from '../../core/media/worker/ticker.ts';
import {
  newSockAddr,
  openPacketIo,
  realClock,
  realFiles,
  realRandom,
  type SockAddr,
  setSockAddr,
} from '../../core/runtime/index.ts';

export interface SideReport {
  readonly cpuUs: number;
  readonly maxLatenessMs: number;
}

export interface GeneratorReport {
  readonly missing: number;
  readonly leastPackets: number;
  readonly largestGapMs: number;
}

const host = '127.0.0.1';
const warmTicks = 200;
const [role, participantsText, roomSizeText, secondsText] = process.argv.slice(2);
const participants = Number(participantsText);
const roomSize = Number(roomSizeText);
const seconds = Number(secondsText);
const clock = realClock();
const io = openPacketIo('libc');

const report = (message: unknown): void => void process.send?.(message);
const portsFromParent = (): Promise<number[]> =>
  new Promise((resolve) => process.once('message', ({ ports }: { readonly ports: number[] }) => resolve(ports)));

/** CPU of this thread (Linux keeps nanoseconds); V8's helper threads are not the media path. */
function cpuUs(): number {
  const [ns = '0'] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
  return Number(ns) / 1000;
}

/** Counts CPU from the end of the warm-up on; `run` is one tick. */
function measured(run: (latenessMs: number) => void): void {
  let tick = 0;
  let startUs = 0;
  let maxLatenessMs = 0;
  const timer = new Ticker(clock, (latenessMs) => {
    if (tick === warmTicks) startUs = cpuUs();
    if (tick > warmTicks) maxLatenessMs = Math.max(maxLatenessMs, latenessMs);
    run(latenessMs);
    if (++tick < warmTicks + seconds * 50) return true;
    report({ cpuUs: cpuUs() - startUs, maxLatenessMs });
    // The others are spoken to until the generator has counted.
    if (role === 'generator') timer.cancel();
    return true;
  });
}

async function engine(): Promise<void> {
  const { codecs }: { readonly codecs: readonly CodecRecord[] } = await import(ourCodecs.href);
  const formats: readonly FormatRecord[] = [];
  const remotePorts = await portsFromParent();
  const opened = new Map<number, (rtpPort: number) => void>();
  const engine = new MediaEngine({
    clock,
    packetIo: io,
    openRelayIo: () => io,
    files: realFiles(),
    random: realRandom(),
    ports: [20_000, 39_999],
    codecs,
    formats,
    post: (events: readonly MediaEvent[]) => {
      for (const event of events) {
        if (event.kind !== 'reply' || !event.ok) continue;
        opened.get(event.request)?.((event.value as { readonly rtpPort: number }).rtpPort);
      }
    },
  });
  const ports: number[] = [];
  for (const [stream, port] of remotePorts.entries()) {
    const options = { symmetric: true, rtpTimeoutMs: 300_000, ssrc: stream + 1, cname: 'bench' };
    ports.push(
      await new Promise<number>((resolve) => {
        opened.set(stream, resolve);
        engine.handle({ kind: 'open', request: stream, stream, address: host, options });
      }),
    );
    const codec = {
      name: 'PCMU',
      clockRateHz: 8000,
      channels: 1,
      sendPayloadType: 0,
      receivePayloadType: 0,
      fmtp: null,
    };
    engine.handle({
      kind: 'configure',
      stream,
      parameters: {
        remote: { address: host, port },
        remoteRtcp: null,
        direction: 'sendrecv',
        codecs: [codec],
        telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101 },
        ptimeMs: 20,
      },
    });
    const room = `room ${Math.floor(stream / roomSize)}`;
    const item = { kind: 'room', item: stream, room, listenOnly: false } as const;
    engine.handle({ kind: 'play', stream, where: 'back', items: [item] });
  }
  report(ports);
  measured((latenessMs) => engine.tick(latenessMs));
}

/** The same calls, and nothing else. */
async function floor(): Promise<void> {
  const remotePorts = await portsFromParent();
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const libc = koffi.load('libc.so.6');
  const recvfrom = libc.func('recvfrom', 'int', ['int', 'void *', 'size_t', 'int', 'void *', 'void *']);
  const sendto = libc.func('sendto', 'int', ['int', 'void *', 'size_t', 'int', 'void *', 'uint']);
  const sockets: number[] = [];
  for (let i = 0; i < participants; i++) sockets.push(await io.open(host, 0));
  const targets = remotePorts.map((port) => setSockAddr(newSockAddr(), host, port));
  const input = new Uint8Array(4096);
  const output = new Uint8Array(172);
  output[0] = 0x80;
  const from = new Uint8Array(28);
  const fromLength = new Int32Array(1);
  report(sockets.map((socket) => io.localPort(socket)));
  measured(() => {
    for (let i = 0; i < participants; i++) {
      fromLength[0] = 28;
      recvfrom(sockets[i], input, 4096, 0x40, from, fromLength);
      const to = targets[i] as SockAddr;
      sendto(sockets[i], output, 172, 0x4040, to.bytes, to.length);
    }
  });
}

/** Everybody talks: noise of its own for each, so that no frame is like another. */
async function generator(): Promise<void> {
  const sockets: number[] = [];
  for (let i = 0; i < participants; i++) sockets.push(await io.open(host, 0));
  const index: number[] = [];
  for (const [i, socket] of sockets.entries()) index[socket] = i;
  report(sockets.map((socket) => io.localPort(socket)));
  const targets = (await portsFromParent()).map((port) => setSockAddr(newSockAddr(), host, port));
  const packets = sockets.map((_, i) => {
    const packet = new Uint8Array(172);
    for (let at = 12; at < 172; at++)
      packet[at] = encodeSample(linearToUlaw, ((at * 7919 + i * 104_729) % 4001) - 2000);
    return packet;
  });
  const received = new Uint32Array(participants);
  const lastSequence = new Int32Array(participants).fill(-1);
  const lastAtMs = new Float64Array(participants);
  let missing = 0;
  let largestGapMs = 0;
  let counting = false;
  const look = (): void => {
    const nowMs = clock.nowMs();
    io.poll((socket, packet) => {
      if ((packet[1] ?? 0) >= 192) return; // a report to a port that is another participant's
      const i = index[socket] ?? 0;
      const sequence = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
      if (counting && lastSequence[i] !== -1) {
        received[i] = (received[i] ?? 0) + 1;
        missing += ((sequence - (lastSequence[i] ?? 0) - 1) << 16) >> 16;
        largestGapMs = Math.max(largestGapMs, nowMs - (lastAtMs[i] ?? nowMs));
      }
      lastSequence[i] = sequence;
      lastAtMs[i] = nowMs;
    }, 1_000_000);
  };
  let tick = 0;
  const fast = { cancel: () => {} };
  const pollOften = (): void => {
    look();
    const timer = clock.after(2, pollOften);
    fast.cancel = () => timer.cancel();
  };
  pollOften();
  const countFrom = 100;
  const timer = new Ticker(clock, () => {
    if (tick === countFrom) {
      look();
      counting = true;
    }
    for (let i = 0; i < participants; i++) {
      const packet = packets[i] as Uint8Array;
      writeRtpHeader(packet, tick === 0, 0, tick & 0xffff, (tick * 160) >>> 0, 0x1000 + i);
      io.send(sockets[i] as number, packet, packet.length, targets[i] as SockAddr);
    }
    if (++tick < countFrom + seconds * 50) return true;
    if (counting) {
      look();
      counting = false;
      report({ missing, leastPackets: Math.min(...received), largestGapMs });
    }
    if (tick < warmTicks + seconds * 50 + 250) return true;
    timer.cancel();
    fast.cancel();
    return true;
  });
}

if (role === 'engine') await engine();
else if (role === 'floor') await floor();
else if (role === 'generator') await generator();
