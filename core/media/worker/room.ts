import type { JitterDecoder } from './jitter-buffer.ts';
import { Mixer, MixerPort } from './mixer.ts';
import type { Codec, CodecRecord } from './records.ts';
import { Resampler } from './resampler.ts';

/** A codec as one stream uses it; `id` is the same for all streams of this engine. */
export interface StreamCodec {
  readonly id: number;
  readonly record: CodecRecord;
  readonly codec: Codec;
  /** Any encoder's frame is as good as any other's: it may be shared. */
  readonly stateless: boolean;
  /** Samples of one 20 ms frame. */
  readonly frameSamples: number;
  /** What its packets are decoded with, at its own rate. */
  readonly decoder: JitterDecoder;
}

/** Both halves of a stream's tick; each is done once a tick, however often it is asked for. */
export interface TickedStream {
  takeIn(tick: number, nowMs: number): void;
  giveOut(tick: number): void;
  /** One of the halves threw. */
  disable(fault: string): void;
}

/** One stream's place in a room. */
export class RoomMember extends MixerPort {
  readonly stream: TickedStream;
  readonly listenOnly: boolean;
  sampleRateHz: number;
  #up: Resampler | null = null;
  #upFrame: Int16Array | null = null;
  #down: Resampler | null = null;
  #downFrame: Int16Array | null = null;

  constructor(stream: TickedStream, listenOnly: boolean, sampleRateHz: number) {
    super();
    this.stream = stream;
    this.listenOnly = listenOnly;
    this.sampleRateHz = sampleRateHz;
  }

  /** This frame's audio at the member's own rate, or null. */
  speak(room: Room, frame: Int16Array | null, count: number): void {
    if (frame === null || this.listenOnly) this.input = null;
    else if (this.sampleRateHz === room.sampleRateHz) this.input = frame;
    else {
      this.#up ??= new Resampler(this.sampleRateHz, room.sampleRateHz);
      this.#upFrame ??= new Int16Array(room.sampleRateHz / 50);
      this.#up.process(frame, 0, count, this.#upFrame, 0);
      this.input = this.#upFrame;
    }
  }

  /** What the member hears in this frame, at its own rate. */
  hear(room: Room, out: Int16Array): void {
    if (this.sampleRateHz === room.sampleRateHz) {
      room.mixer.writeFor(this, out);
      return;
    }
    this.#down ??= new Resampler(room.sampleRateHz, this.sampleRateHz);
    this.#downFrame ??= new Int16Array(room.sampleRateHz / 50);
    room.mixer.writeFor(this, this.#downFrame);
    this.#down.process(this.#downFrame, 0, this.#downFrame.length, out, 0);
  }

  /** The room's or the member's rate changed. */
  adapt(sampleRateHz: number): void {
    this.sampleRateHz = sampleRateHz;
    this.input = null;
    this.#up = null;
    this.#upFrame = null;
    this.#down = null;
    this.#downFrame = null;
  }
}

/** One frame, mixed and encoded once for everybody who has nothing to say. */
interface SharedFrame {
  readonly payload: Uint8Array;
  readonly encoder: Codec;
  bytes: number;
  fresh: boolean;
}

/** A conference room: its members, its mixer, the frames that silent members share. */
export class Room {
  readonly name: string;
  readonly members: RoomMember[] = [];
  mixer = new Mixer(160);
  /** The highest rate of the members: nobody's quality is lost. */
  sampleRateHz = 8000;
  readonly #shared: (SharedFrame | undefined)[] = [];
  readonly #silence: (SharedFrame | undefined)[] = [];
  #scratch = new Int16Array(160);

  constructor(name: string) {
    this.name = name;
  }

  join(member: RoomMember): void {
    this.members.push(member);
    this.refreshRate();
  }

  leave(member: RoomMember): void {
    const at = this.members.indexOf(member);
    if (at >= 0) this.members.splice(at, 1);
    member.input = null;
    member.active = false;
    this.refreshRate();
  }

  /** Chooses the rate anew: a member came, left, or changed its codec. */
  refreshRate(): void {
    let highest = 8000;
    for (const member of this.members) highest = Math.max(highest, member.sampleRateHz);
    if (highest === this.sampleRateHz) return;
    this.sampleRateHz = highest;
    this.mixer = new Mixer(highest / 50);
    this.#scratch = new Int16Array(highest / 50);
    for (const member of this.members) member.adapt(member.sampleRateHz);
  }

  /** Mixes one frame of what the members said. */
  step(): void {
    this.mixer.step(this.members);
    for (let i = 0; i < this.#shared.length; i++) {
      const shared = this.#shared[i];
      if (shared !== undefined) shared.fresh = false;
    }
  }

  /**
   * Writes what `member` hears, encoded: the frame made once for all that have nothing to say, or
   * one of its own where the codec can encode while mixing; 0: it must be mixed and encoded.
   */
  payloadFor(member: RoomMember, codec: StreamCodec, payload: Uint8Array): number {
    if (!codec.stateless || codec.record.sampleRateHz !== this.sampleRateHz) return 0;
    if (this.mixer.hearsSilence(member)) return copy(this.#silent(codec), payload);
    if (member.active) {
      const table = codec.record.encodingTable;
      return table === undefined ? 0 : this.mixer.encodeFor(member, table, payload);
    }
    return copy(this.#sum(codec), payload);
  }

  #sum(codec: StreamCodec): SharedFrame {
    let shared = this.#shared[codec.id];
    if (shared === undefined) {
      shared = newShared(codec);
      this.#shared[codec.id] = shared;
    }
    if (!shared.fresh) {
      this.mixer.writeSum(this.#scratch);
      shared.bytes = shared.encoder.encode(this.#scratch, this.mixer.frameSamples, shared.payload);
      shared.fresh = true;
    }
    return shared;
  }

  #silent(codec: StreamCodec): SharedFrame {
    let silence = this.#silence[codec.id];
    if (silence === undefined) {
      silence = newShared(codec);
      silence.bytes = silence.encoder.encode(new Int16Array(codec.frameSamples), codec.frameSamples, silence.payload);
      this.#silence[codec.id] = silence;
    }
    return silence;
  }
}

function newShared(codec: StreamCodec): SharedFrame {
  return {
    payload: new Uint8Array(codec.record.maxFrameBytes),
    encoder: codec.record.create(),
    bytes: 0,
    fresh: false,
  };
}

function copy(shared: SharedFrame, payload: Uint8Array): number {
  payload.set(shared.payload);
  return shared.bytes;
}

/** The rooms of one engine: made by the first who enters, gone with the last. */
export class Rooms {
  readonly #byName = new Map<string, Room>();
  /** In the order of their making; what the tick walks over. */
  readonly list: Room[] = [];

  enter(name: string, member: RoomMember): Room {
    let room = this.#byName.get(name);
    if (room === undefined) {
      room = new Room(name);
      this.#byName.set(name, room);
      this.list.push(room);
    }
    room.join(member);
    return room;
  }

  leave(room: Room, member: RoomMember): void {
    room.leave(member);
    if (room.members.length > 0) return;
    this.#byName.delete(room.name);
    const at = this.list.indexOf(room);
    if (at >= 0) this.list.splice(at, 1);
  }
}
