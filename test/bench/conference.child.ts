/** One process of the conference and capacity benches: the generator, the engine, or the floor. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodecRecord, type FormatRecord, ourCodecs, ourFormats, writeRtpHeader } from '../../core/media/index.ts';
import { MediaEngine } from '../../core/media/worker/engine.ts';
import { shareAudio } from '../../core/media/worker/prompt-store.ts';
import type { MediaEvent, PlayItem } from '../../core/media/worker/protocol.ts';
import { SrtpContext } from '../../core/media/worker/srtp.ts';
import { Ticker } from '../../core/media/worker/ticker.ts';
import {
  type Clock,
  newSockAddr,
  openPacketIo,
  realClock,
  realFiles,
  realRandom,
  SimClock,
  type SockAddr,
  setSockAddr,
} from '../../core/runtime/index.ts';

/** What each participant does; `announcement`: hears a prompt and sends nothing; `srtp`: in rooms, as browsers have it. */
/** `srtp`, `meeting`: encrypted; `meeting`: one of ten talks, the others are silent. */
export type Load = 'room' | 'echo' | 'announcement' | 'recording' | 'srtp' | 'meeting';

/** `clock`: ticks of 20 ms; `lockstep`: a tick whenever the parent says so, and its CPU time as the answer. */
export type Pace = 'clock' | 'lockstep';

export interface SideReport {
  readonly cpuUs: number;
  readonly maxLatenessMs: number;
  /** Of a hundred ticks one is later than this. */
  readonly p99LatenessMs: number;
  /** Ticks that began when the next one was due. */
  readonly lateTicks: number;
  /** Resident memory that the streams added. */
  readonly memoryBytes: number;
  /** Set: this machine cannot. */
  readonly absent?: string;
}

/** In lockstep: of one tick. */
export interface StepReport {
  readonly cpuUs: number;
  readonly memoryBytes: number;
}

export interface GeneratorReport {
  readonly missing: number;
  readonly leastPackets: number;
  readonly largestGapMs: number;
}

const host = '127.0.0.1';
const warmTicks = 200;
const [role, participantsText, roomSizeText, secondsText, loadText = 'room', codecsText = 'PCMU', paceText = 'clock'] =
  process.argv.slice(2);
const isLockstep = (paceText as Pace) === 'lockstep';
const load = loadText as Load; // our own parent's word
const isEncrypted = load === 'srtp' || load === 'meeting';
/** Participants take turns with these. */
const codecNames = codecsText.split(',');
const srtpKey = (stream: number): string => Buffer.alloc(30, stream & 0xff).toString('base64');
const suite = 'AES_CM_128_HMAC_SHA1_80'; // Chromium's choice too
const participants = Number(participantsText);
const roomSize = Number(roomSizeText);
const seconds = Number(secondsText);
const simulated = new SimClock();
const clock: Clock = isLockstep ? simulated : realClock();
const io = openPacketIo('libc');

const report = (message: unknown): void => void process.send?.(message);
const portsFromParent = (): Promise<number[]> =>
  new Promise((resolve) => process.once('message', ({ ports }: { readonly ports: number[] }) => resolve(ports)));

/** CPU of this thread (Linux keeps nanoseconds); V8's helper threads are not the media path. */
function cpuUs(): number {
  const [ns = '0'] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
  return Number(ns) / 1000;
}

/** The same to the nanosecond, also of what the thread did since the kernel last looked. */
function threadClock(): () => number {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const gettime = koffi.load('libc.so.6').func('clock_gettime', 'int', ['int', 'void *']);
  const time = new BigInt64Array(2);
  return () => {
    gettime(3, time); // CLOCK_THREAD_CPUTIME_ID
    return Number(time[0]) * 1e6 + Number(time[1]) / 1000;
  };
}

/** Runs `step` whenever the parent says so; between two of them 20 ms of the simulated time pass. */
function inLockstep(step: () => unknown): void {
  const advance = async (): Promise<void> => {
    await simulated.advance(20);
    report(step());
  };
  process.on('message', (message) => {
    if (message === 'step') void advance();
  });
}

/** Counts CPU from the end of the warm-up on; `run` is one tick. */
function measured(run: (latenessMs: number) => void, memoryBefore = 0): void {
  if (isLockstep) {
    const nowUs = threadClock();
    inLockstep(() => {
      const startUs = nowUs();
      run(0);
      const cpuUs = nowUs() - startUs;
      return { cpuUs, memoryBytes: process.memoryUsage.rss() - memoryBefore } satisfies StepReport;
    });
    return;
  }
  let tick = 0;
  let startUs = 0;
  const lateness = new Float64Array(seconds * 50);
  new Ticker(clock, (latenessMs) => {
    if (tick === warmTicks) startUs = cpuUs();
    if (tick >= warmTicks) lateness[tick - warmTicks] = latenessMs;
    run(latenessMs);
    // The others are spoken to until the generator has counted.
    if (++tick !== warmTicks + seconds * 50) return true;
    const memoryBytes = process.memoryUsage.rss() - memoryBefore;
    const spentUs = cpuUs() - startUs;
    lateness.sort();
    const maxLatenessMs = lateness.at(-1) ?? 0;
    const p99LatenessMs = lateness[Math.floor(lateness.length * 0.99)] ?? 0;
    const lateTicks = lateness.filter((ms) => ms >= 20).length;
    report({ cpuUs: spentUs, maxLatenessMs, p99LatenessMs, lateTicks, memoryBytes });
    return true;
  });
}

/** The records that `codecNames` stand for; null where one is not to be had on this machine. */
async function codecRecords(): Promise<{ readonly all: readonly CodecRecord[]; readonly used: CodecRecord[] | null }> {
  const { codecs: all }: { readonly codecs: readonly CodecRecord[] } = await import(ourCodecs.href);
  const used = codecNames.flatMap((wanted) => {
    const [name, rate] = wanted.split('/');
    const found = all.find(
      (record) => record.name === name && (rate === undefined || record.clockRateHz === Number(rate)),
    );
    return found === undefined ? [] : [found];
  });
  return { all, used: used.length === codecNames.length ? used : null };
}

const payloadType = (record: CodecRecord): number => record.staticPayloadType ?? 96;
/** A packet in each tick: iLBC has frames of 30 ms unless it is asked for 20. */
const formatOf = ({ name, fmtp }: CodecRecord): string | null => (name === 'iLBC' ? 'mode=20' : fmtp);

async function engine(): Promise<void> {
  const { all: codecs, used } = await codecRecords();
  if (used === null) return report({ absent: codecsText });
  const { formats }: { readonly formats: readonly FormatRecord[] } = await import(ourFormats.href);
  const remotePorts = await portsFromParent();
  const memoryBefore = process.memoryUsage.rss();
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
        if (event.kind !== 'reply') continue;
        if (!event.ok) throw new Error(`${event.code}: ${event.detail ?? ''}`);
        opened.get(event.request)?.((event.value as { readonly rtpPort: number }).rtpPort);
      }
    },
  });
  const samples = Int16Array.from({ length: 80_000 }, (_, i) => ((i * 7919) % 4001) - 2000);
  engine.handle({ kind: 'definePrompt', prompt: 1, audio: shareAudio({ sampleRateHz: 8000, samples }) });
  const folder = load === 'recording' ? mkdtempSync(join(tmpdir(), 'callbus-bench-')) : '';
  process.once('exit', () => folder !== '' && rmSync(folder, { recursive: true }));
  process.once('SIGTERM', () => process.exit(0));
  const ports: number[] = [];
  for (const [stream, port] of remotePorts.entries()) {
    const options = {
      symmetric: true,
      rtpTimeoutMs: 300_000,
      ssrc: stream + 1,
      cname: 'bench',
      qualityIntervalMs: 5000,
    };
    ports.push(
      await new Promise<number>((resolve) => {
        opened.set(stream, resolve);
        engine.handle({ kind: 'open', request: stream, stream, address: host, options });
      }),
    );
    const record = used[stream % used.length] as CodecRecord;
    const codec = {
      name: record.name,
      clockRateHz: record.clockRateHz,
      channels: record.channels,
      sendPayloadType: payloadType(record),
      receivePayloadType: payloadType(record),
      fmtp: formatOf(record),
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
        srtp: isEncrypted ? { suite, sendKey: srtpKey(stream), receiveKey: srtpKey(stream) } : null,
      },
    });
    engine.handle({ kind: 'play', stream, where: 'back', items: [itemOf(stream)] });
    if (load === 'recording') {
      const path = join(folder, `${stream}.wav`);
      const recording = { stream, recording: stream, path, side: 'both', limitMs: 0 } as const;
      engine.handle({ kind: 'startRecording', request: 1_000_000 + stream, ...recording });
    }
  }
  report(ports);
  measured((latenessMs) => engine.tick(latenessMs), memoryBefore);
}

function itemOf(stream: number): PlayItem {
  if (load === 'echo') return { kind: 'echo', item: stream };
  if (load === 'announcement') return { kind: 'prompt', item: stream, prompt: 1, loop: true };
  return { kind: 'room', item: stream, room: `room ${Math.floor(stream / roomSize)}`, listenOnly: false };
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
      if (load !== 'announcement') recvfrom(sockets[i], input, 4096, 0x40, from, fromLength);
      const to = targets[i] as SockAddr;
      sendto(sockets[i], output, 172, 0x4040, to.bytes, to.length);
    }
  });
}

/** The same through our own packet I/O, a room after the other, and nothing else. */
async function packetIo(): Promise<void> {
  const remotePorts = await portsFromParent();
  const sockets: number[] = [];
  for (let i = 0; i < participants; i++) sockets.push(await io.open(host, 0));
  for (const socket of sockets) io.own?.(socket);
  const targets = remotePorts.map((port) => setSockAddr(newSockAddr(), host, port));
  const output = new Uint8Array(2000);
  output[0] = 0x80;
  const ignore = (): void => {};
  report(sockets.map((socket) => io.localPort(socket)));
  measured(() => {
    io.gather?.(ignore);
    io.poll(ignore, participants * 8);
    for (let first = 0; first < participants; first += roomSize) {
      const end = Math.min(first + roomSize, participants);
      if (load !== 'announcement') for (let i = first; i < end; i++) io.ask?.(sockets[i] as number);
      io.read?.(ignore);
      for (let i = first; i < end; i++) io.send(sockets[i] as number, output, 172, targets[i] as SockAddr);
    }
    io.flush?.();
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
  const { used } = await codecRecords();
  if (used === null) return;
  const talks = sockets.map((_, i) => talk(used[i % used.length] as CodecRecord, i));
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
  const sendAll = (): void => {
    for (let i = 0; i < participants && load !== 'announcement'; i++) {
      const { record, frames, packet, srtp } = talks[i] as Talk;
      const frame = frames[tick % frames.length] as Uint8Array;
      packet.set(frame, 12);
      const timestamp = (tick * record.clockRateHz) / 50;
      writeRtpHeader(packet, tick === 0, payloadType(record), tick & 0xffff, timestamp >>> 0, 0x1000 + i);
      const length = srtp === null ? 12 + frame.length : srtp.protect(packet, 12 + frame.length);
      io.send(sockets[i] as number, packet, length, targets[i] as SockAddr);
    }
    tick++;
  };
  if (isLockstep) {
    counting = true;
    return inLockstep(() => {
      look();
      sendAll();
      return { missing, leastPackets: Math.min(...received), largestGapMs } satisfies GeneratorReport;
    });
  }
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
    sendAll();
    if (tick < countFrom + seconds * 50) return true;
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

interface Talk {
  readonly record: CodecRecord;
  readonly frames: readonly Uint8Array[];
  readonly packet: Uint8Array;
  readonly srtp: SrtpContext | null;
}

/** A second of noise, encoded; of its own for each, so that no frame is like another. */
function talk(record: CodecRecord, seed: number): Talk {
  const codec = record.create({ fmtp: formatOf(record), ptimeMs: 20 });
  const count = (record.sampleRateHz * (codec.frameMs ?? 20)) / 1000;
  const isSilent = load === 'meeting' && seed % roomSize !== 0;
  const frames = Array.from({ length: record.encodingTable === undefined ? 50 : 1 }, (_, n) => {
    const samples = Int16Array.from({ length: count }, (_, i) =>
      isSilent ? 0 : (((n * count + i) * 7919 + seed * 104_729) % 4001) - 2000,
    );
    const payload = new Uint8Array(record.maxFrameBytes * 2);
    return payload.slice(0, codec.encode(samples, count, payload));
  });
  codec.dispose?.();
  const keys = { suite, sendKey: srtpKey(seed), receiveKey: srtpKey(seed) } as const;
  return { record, frames, packet: new Uint8Array(2000), srtp: isEncrypted ? new SrtpContext(keys) : null };
}

if (role === 'engine') await engine();
else if (role === 'floor') await floor();
else if (role === 'packet-io') await packetIo();
else if (role === 'generator') await generator();
