import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  createMediaPool,
  type MediaConfig,
  type MediaPool,
  type MediaStream,
  ourCodecs,
  ourFormats,
  parseRtp,
  RtpHeader,
  type StreamEvent,
  writeRtpHeader,
} from '../../core/media/index.ts';
import {
  every,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  type PacketIo,
  realClock,
  realSeams,
  setSockAddr,
  silentLog,
  sleep,
  type Thread,
  type Threads,
} from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';

const host = '127.0.0.1';
const clock = realClock();
const unavailable = libcUnavailable();
const skip = unavailable === null ? false : `libc sockets are not to be had: ${unavailable}`;

const config: MediaConfig = mediaConfig({
  ports: [40_000, 40_199],
  workers: 2,
  packetIo: 'libc',
  codecs: ['PCMU'],
  rtpTimeoutMs: 0,
  maxPromptBytes: 1_000_000,
});

/** A phone that sends a packet every 20 ms, all of one code, and notes what it gets. */
class Phone {
  readonly #io: PacketIo;
  readonly #socket: number;
  readonly port: number;
  readonly sequences: number[] = [];
  readonly codes: number[] = [];
  readonly keys = new Set<number>();
  sent = 0;
  readonly #code: number;

  private constructor(io: PacketIo, socket: number, code: number) {
    this.#io = io;
    this.#socket = socket;
    this.port = io.localPort(socket);
    this.#code = code;
  }

  static async open(io: PacketIo, code: number): Promise<Phone> {
    return new Phone(io, await io.open(host, 0), code);
  }

  speak(stream: MediaStream): void {
    const packet = new Uint8Array(172).fill(this.#code);
    writeRtpHeader(packet, this.sent === 0, 0, this.sent & 0xffff, this.sent * 160, this.port);
    if (this.#io.send(this.#socket, packet, 172, setSockAddr(newSockAddr(), host, stream.rtpPort))) this.sent++;
  }

  hear(socket: number, packet: Uint8Array, length: number): void {
    const header = new RtpHeader();
    const type = packet[1] ?? 0;
    const isRtcp = type >= 192 && type <= 223;
    if (socket !== this.#socket || isRtcp || !parseRtp(packet, length, header)) return;
    this.sequences.push(header.sequence);
    if (header.payloadType === 101) this.keys.add(packet[header.payloadStart] ?? 0);
    else this.codes.push(packet[header.payloadStart] ?? 0);
  }

  /** No number is missing, none comes twice. */
  checkSequence(): void {
    const [first = 0] = this.sequences;
    this.sequences.forEach((sequence, i) => {
      assert.equal((sequence - first) & 0xffff, i, `packet ${i} of ${this.sequences.length}`);
    });
  }
}

async function twoWorkers(
  run: (pool: MediaPool, io: PacketIo, threads: readonly Thread[]) => Promise<void>,
): Promise<void> {
  const seams = realSeams({ log: silentLog });
  const started: Thread[] = [];
  const threads: Threads = {
    start(entry, data) {
      const thread = seams.threads.start(entry, data);
      started.push(thread);
      return thread;
    },
  };
  const pool = await createMediaPool({ ...seams, threads }, config, {
    codecs: [ourCodecs],
    formats: [ourFormats],
  });
  const io = openPacketIo('libc');
  try {
    await run(pool, io, started);
  } finally {
    io.dispose();
    await pool.stop();
  }
}

function connect(stream: MediaStream, phone: Phone): void {
  stream.configure({
    remote: { address: host, port: phone.port },
    remoteRtcp: null,
    direction: 'sendrecv',
    codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null }],
    telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101 },
    ptimeMs: 20,
  });
}

test('a call whose room is on the other worker moves there, and no packet is lost {media-workers}', {
  skip,
}, async () => {
  await twoWorkers(async (pool, io) => {
    const [first, second] = [
      await pool.openStream({ localAddress: host }),
      await pool.openStream({ localAddress: host }),
    ];
    assert.notEqual(first.worker, second.worker, 'placed by load');
    const phones = [await Phone.open(io, 0x90), await Phone.open(io, 0xa0)] as const;
    connect(first, phones[0]);
    connect(second, phones[1]);
    first.play([{ kind: 'room', room: 'r', listenOnly: false }]);
    second.play([{ kind: 'echo' }]);
    const talk = every(clock, 20, () => {
      phones[0].speak(first);
      phones[1].speak(second);
      io.poll((socket, packet, length) => {
        for (const phone of phones) phone.hear(socket, packet, length);
      }, 1000);
    });
    await sleep(clock, 400);
    const events: StreamEvent[] = [];
    second.onEvent = (event) => events.push(event);
    const [room] = second.play([{ kind: 'room', room: 'r', listenOnly: false }], 'front');
    second.sendKeys('7');
    const during = second.stats(); // waits for the move
    assert.equal((await during).codec, 'PCMU/8000');
    assert.equal(second.worker, first.worker);
    await sleep(clock, 800);
    talk.cancel();
    await sleep(clock, 60);
    io.poll((socket, packet, length) => {
      for (const phone of phones) phone.hear(socket, packet, length);
    }, 1000);
    for (const [stream, phone] of [
      [first, phones[0]],
      [second, phones[1]],
    ] as const) {
      phone.checkSequence();
      const stats = await stream.close();
      assert.equal(stats.packetsLost, 0);
      assert.equal(stats.packetsReceived, phone.sent, 'every packet that the phone sent was read');
      assert.equal(stats.packetsFromStrangers, 0);
    }
    assert.deepEqual(events.slice(0, 1), [{ kind: 'itemStarted', stream: second.id, item: room }]);
    assert.deepEqual([...phones[1].keys], [7], 'a command given during the move is carried out after it');
    assert.ok(phones[0].codes.slice(-10).includes(0xa0), 'the first hears the second');
    assert.ok(phones[1].codes.slice(-10).includes(0x90), 'the second hears the first');
    assert.equal(pool.load().rooms, 0);
  });
});

test('shared memory reaches every worker, and calls are spread over them', { skip }, async () => {
  await twoWorkers(async (pool, io) => {
    const phone = await Phone.open(io, 0xff);
    const streams = await Promise.all(Array.from({ length: 4 }, () => pool.openStream({ localAddress: host })));
    assert.deepEqual(
      pool.load().workers.map((worker) => worker.streams),
      [2, 2],
    );
    const remotes = streams.map((stream) => {
      connect(stream, phone);
      const remote = pool.remoteStream();
      remote.write(new Int16Array(8000).fill(1000));
      stream.play([{ ...remote.request }]);
      return remote;
    });
    await sleep(clock, 200);
    for (const remote of remotes) assert.ok(remote.playedUpTo() >= 160, 'shared memory reaches every worker');
    const stats = await Promise.all(streams.map((stream) => stream.close()));
    assert.ok(stats.every(({ packetsSent }) => packetsSent > 3));
    assert.deepEqual(pool.load().streams, 0);
  });
});

test('when a worker dies its calls fail, the others go on, and another worker takes its place', { skip }, async () => {
  await twoWorkers(async (pool, io, threads) => {
    const phone = await Phone.open(io, 0xff);
    const streams = await Promise.all(Array.from({ length: 2 }, () => pool.openStream({ localAddress: host })));
    const [lost, kept] = streams;
    assert.ok(lost && kept);
    const failed: string[] = [];
    const faults: number[] = [];
    for (const stream of streams) {
      connect(stream, phone);
      stream.onEvent = (event) => {
        if (event.kind === 'failed') failed.push(`${stream.id}: ${event.detail}`);
      };
    }
    pool.onFault((worker) => faults.push(worker));
    const { worker, rtpPort } = lost;
    await threads[worker]?.terminate();
    await sleep(clock, 50);
    assert.equal(failed.length, 1);
    assert.match(failed[0] ?? '', new RegExp(`^${lost.id}: media worker ${worker} died`));
    assert.deepEqual(faults, [worker]);
    assert.ok((await kept.stats()).packetsSent > 0);
    await lost.close(); // harmless
    const again = await pool.openStream({ localAddress: host });
    assert.equal(again.worker, worker, 'the replacement has the fewest calls');
    const socket = await io.open(host, rtpPort); // what the dead worker had open was closed
    io.close(socket);
  });
});

test('what a member is goes with it to the worker of its room, and back out of it {room-options} {media-workers}', {
  skip,
}, async () => {
  await twoWorkers(async (pool, io) => {
    const streams = await Promise.all(Array.from({ length: 2 }, () => pool.openStream({ localAddress: host })));
    const [home, guest] = streams;
    assert.ok(home && guest);
    const phones = [await Phone.open(io, 0x90), await Phone.open(io, 0xa0)] as const;
    connect(home, phones[0]);
    connect(guest, phones[1]);
    home.play([{ kind: 'room', room: 'r', listenOnly: false }]);
    const room = pool.room('r');
    const before = guest.worker;
    room.member(guest.id, { gainInDb: -6, group: 'coach', heardBy: ['agent'] });
    guest.play([{ kind: 'room', room: 'r', listenOnly: false }]);
    room.member(guest.id, { deaf: true }); // while it moves
    const talk = every(clock, 20, () => {
      phones[0].speak(home);
      phones[1].speak(guest);
      io.poll((socket, packet, length) => {
        for (const phone of phones) phone.hear(socket, packet, length);
      }, 1000);
    });
    const { state } = await guest.snapshot();
    assert.notEqual(guest.worker, before);
    const seat = { ...guest.seat };
    assert.deepEqual(state['seat'], seat, 'the engine has what this thread knows');
    assert.deepEqual([seat.gainInDb, seat.group, seat.deaf], [-6, 'coach', true]);
    await sleep(clock, 500);
    const silentCodes = [0xff, 0x7f];
    for (const phone of phones)
      assert.ok(
        phone.codes.slice(-5).every((code) => silentCodes.includes(code)),
        'neither hears the other',
      );
    room.member(guest.id, { deaf: false, heardBy: null });
    await sleep(clock, 400);
    talk.cancel();
    assert.ok(phones[1].codes.slice(-5).includes(0x90), 'hears again');
    assert.ok(!silentCodes.includes(phones[0].codes.at(-1) ?? 0xff), 'is heard again');
    await room.close();
  });
});

test('a room whose worker dies tells that it failed, ends its recording and can be begun anew {room-options}', {
  skip,
}, async () => {
  await twoWorkers(async (pool, io, threads) => {
    const phone = await Phone.open(io, 0x90);
    const stream = await pool.openStream({ localAddress: host });
    connect(stream, phone);
    stream.play([{ kind: 'room', room: 'r', listenOnly: false }]);
    const room = pool.room('r');
    const failed: string[] = [];
    room.onEvent = (event) => {
      if (event.kind === 'failed') failed.push(event.kind);
    };
    room.configure({ automaticGain: true });
    const folder = await mkdtemp(join(tmpdir(), 'callbus-room-'));
    try {
      const recording = await room.record(join(folder, 'r.wav'));
      await sleep(clock, 100);
      await threads[stream.worker]?.terminate();
      const end = await recording.ended;
      assert.deepEqual([end.reason, failed], ['failed', ['failed']]);
      assert.equal(room.settings.automaticGain, true);
      const again = await pool.openStream({ localAddress: host });
      connect(again, phone);
      again.play([{ kind: 'room', room: 'r', listenOnly: false }]);
      const second = await room.record(join(folder, 'again.wav'));
      await sleep(clock, 100);
      await again.close();
      assert.equal((await second.ended).reason, 'closed', 'the voice ends with the last caller');
      await sleep(clock, 50);
      assert.deepEqual([pool.load().streams, pool.load().rooms], [0, 0]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
