/**
 * Memory of the media path in steady state: 10 participants of a room and 2 echoes talk for ten
 * simulated minutes through the engine, over sockets that cost nothing. Printed: bytes allocated for a
 * packet (what the heap grew between collections, reports every 5 s included), and what is left at the end.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { codecs as g711 } from '../../core/media/worker/codecs/g711.ts';
import { codecs as g722 } from '../../core/media/worker/codecs/g722.ts';
import { codecs as gsm } from '../../core/media/worker/codecs/gsm.ts';
import { MediaEngine } from '../../core/media/worker/engine.ts';
import type { Command, PlayItem } from '../../core/media/worker/protocol.ts';
import { writeRtpHeader } from '../../core/media/worker/rtp.ts';
import {
  type Clock,
  MemoryFiles,
  newSockAddr,
  type PacketIo,
  realRandom,
  type SockAddr,
  setSockAddr,
} from '../../core/runtime/index.ts';
import type { NegotiatedCodec } from '../../core/sdp/index.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const minutes = 10;
const warmUpTicks = 1000;
const ticksPerMinute = 3000;
const inRooms = 10;
const streams = inRooms + 2;
/** Less than the smallest object a packet: what is measured is its share of the tick's and the reports' objects. */
const limitBytes = 16;
/** Compiled code and what it learned stay; a leak of one object a packet would be 16. */
const limitKept = 0.5;

const agreed = (name: string, payloadType: number): NegotiatedCodec => ({
  name,
  clockRateHz: 8000,
  channels: 1,
  sendPayloadType: payloadType,
  receivePayloadType: payloadType,
  fmtp: null,
});
const codecs = { PCMU: [0, 160], G722: [9, 160], GSM: [3, 33] } as const;

/** Gives every socket one packet a poll, of the codec that its stream has. */
class FreeSockets implements PacketIo {
  readonly kind = 'sim';
  readonly errors = { receive: 0, send: 0 };
  readonly #packet = new Uint8Array(4096);
  readonly #from: SockAddr = setSockAddr(newSockAddr(), '10.0.0.9', 5000);
  readonly payloads: (readonly [type: number, bytes: number])[] = [];
  #sockets = 0;
  #sequence = 0;
  sent = 0;

  async open(): Promise<number> {
    return this.#sockets++;
  }

  localPort(): number {
    return 5000;
  }

  adopt(): void {}
  release(): null {
    return null;
  }
  close(): void {}
  dispose(): void {}

  poll(visit: Parameters<PacketIo['poll']>[0]): number {
    this.#sequence++;
    // Even sockets are for RTP.
    for (let socket = 0; socket < this.#sockets; socket += 2) {
      const [type, bytes] = this.payloads[socket >> 1] ?? [0, 160];
      const sequence = this.#sequence & 0xffff;
      writeRtpHeader(this.#packet, false, type, sequence, (this.#sequence * 160) | 0, 77 + socket);
      for (let i = 0; i < bytes; i++) this.#packet[12 + i] = (i * 7 + this.#sequence) & 0xff;
      if (type === 3) this.#packet[12] = 0xd0 | ((this.#packet[12] as number) & 0x0f);
      visit(socket, this.#packet, 12 + bytes, this.#from);
    }
    return this.#sockets;
  }

  send(): boolean {
    this.sent++;
    return true;
  }
}

async function measure(name: keyof typeof codecs): Promise<{ allocated: number; retained: number }> {
  const io = new FreeSockets();
  let nowMs = 1000;
  const clock: Clock = {
    nowMs: () => nowMs,
    unixMs: () => 1_767_225_600_000 + nowMs,
    after: () => ({ cancel() {} }),
  };
  let events = 0;
  const engine = new MediaEngine({
    clock,
    packetIo: io,
    openRelayIo: () => io,
    files: new MemoryFiles(),
    random: realRandom(),
    ports: [20_000, 20_999],
    codecs: [...g711, ...g722, ...gsm],
    formats: [],
    post: (list) => {
      events += list.length;
    },
  });
  const apply = async (command: Command): Promise<void> => {
    engine.handle(command);
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let stream = 1; stream <= streams; stream++) {
    io.payloads.push(codecs[name]);
    const options = { symmetric: true, rtpTimeoutMs: 0, ssrc: stream, cname: 'bench', qualityIntervalMs: 5000 };
    await apply({ kind: 'open', request: stream, stream, address: '10.0.0.1', options });
    const parameters = {
      remote: { address: '10.0.0.9', port: 5000 },
      remoteRtcp: null,
      direction: 'sendrecv',
      codecs: [agreed(name, codecs[name][0])],
      telephoneEvent: null,
      ptimeMs: 20,
    } as const;
    await apply({ kind: 'configure', stream, parameters });
    const item: PlayItem =
      stream > inRooms ? { kind: 'echo', item: stream } : { kind: 'room', item: stream, room: 'r', listenOnly: false };
    await apply({ kind: 'play', stream, items: [item], where: 'back' });
  }
  let allocated = 0;
  const run = async (ticks: number): Promise<void> => {
    for (let i = 0; i < ticks; i += 50) {
      const before = process.memoryUsage().heapUsed;
      for (let tick = 0; tick < 50; tick++) {
        nowMs += 20;
        engine.tick();
      }
      // A collection in between makes it less: then nothing is learned of this second.
      allocated += Math.max(0, process.memoryUsage().heapUsed - before - askingCosts);
    }
  };
  await run(warmUpTicks);
  collect();
  const before = process.memoryUsage().heapUsed;
  const sentBefore = io.sent;
  allocated = 0;
  await run(minutes * ticksPerMinute);
  collect();
  const retained = process.memoryUsage().heapUsed - before;
  const packets = 2 * (io.sent - sentBefore);
  if (io.sent - sentBefore < minutes * ticksPerMinute * streams * 0.95 || events === 0)
    throw new Error('too few packets');
  return { allocated: allocated / packets, retained: retained / packets };
}

/** What `memoryUsage` itself leaves on the heap. */
let askingCosts = 0;
for (let i = 0; i < 200; i++) {
  const before = process.memoryUsage().heapUsed;
  askingCosts = Math.max(0, process.memoryUsage().heapUsed - before);
}

for (const name of ['PCMU', 'G722', 'GSM'] as const) {
  const { allocated, retained } = await measure(name);
  process.stdout.write(
    `${name.padEnd(5)} ${allocated.toFixed(2)} bytes allocated a packet, ${retained.toFixed(3)} kept (at most ${limitBytes} and ${limitKept})\n`,
  );
  if (allocated > limitBytes || retained > limitKept) process.exitCode = 1;
}
