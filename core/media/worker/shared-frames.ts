/**
 * One mixed and encoded frame for all members of a room that have nothing to say, for each codec:
 * also where the codec has another rate than the room, or an encoder with a memory.
 */
import type { Codec } from './records.ts';
import { Resampler } from './resampler.ts';
import type { Room, StreamCodec } from './room.ts';
import type { RoomMember } from './room-member.ts';

interface SharedFrame {
  readonly payload: Uint8Array;
  readonly encoder: Codec;
  /** What the encoder was made for. */
  readonly fmtp: string | null;
  readonly down: Resampler | null;
  /** The mix at the codec's rate, where that is another. */
  readonly frame: Int16Array;
  bytes: number;
  /** The tick that it was made in. */
  madeAt: number;
}

export class SharedFrames {
  readonly #room: Room;
  #tick = 0;
  #byCodec: (SharedFrame | undefined)[] = [];
  readonly #silence: (Uint8Array | undefined)[] = [];
  #mix = new Int16Array(160);

  constructor(room: Room) {
    this.#room = room;
  }

  /** A new frame was mixed. */
  step(): void {
    this.#tick++;
  }

  /** The room's rate changed. */
  reset(): void {
    for (const shared of this.#byCodec) shared?.encoder.dispose?.();
    this.#byCodec = [];
    this.#mix = new Int16Array(this.#room.sampleRateHz / 50);
  }

  /** Writes the common frame; 0: this member cannot have it now. */
  payload(member: RoomMember, codec: StreamCodec, payload: Uint8Array): number {
    if (member.sampleRateHz !== codec.record.sampleRateHz) return 0;
    const shared = this.#find(codec);
    const isNew = shared.madeAt !== this.#tick;
    if (member.sharedCodec !== codec.id && !this.#admit(shared, member, codec, isNew)) return 0;
    if (isNew) this.#make(shared, codec);
    if (shared.bytes > payload.length) return 0;
    payload.set(shared.payload);
    return shared.bytes;
  }

  /**
   * A member comes to the common frame. An encoder with a memory goes on from that of the first who
   * comes; for a second one, whose peer heard another encoder so far, only a silent room is the same.
   */
  #admit(shared: SharedFrame, member: RoomMember, codec: StreamCodec, isNew: boolean): boolean {
    const isIdle = isNew && shared.madeAt !== this.#tick - 1;
    if (!codec.stateless) {
      if (codec.codec.restore === undefined || (codec.codec.frameMs ?? 20) !== 20) return false;
      if (shared.fmtp !== (codec.options?.fmtp ?? null)) return false;
      if (isIdle) shared.encoder.restore?.(codec.codec.snapshot?.());
      else if (this.#room.mixer.active > 0) return false;
    }
    if (isIdle && shared.down !== null) member.lendDown(shared.down);
    member.sharedCodec = codec.id;
    return true;
  }

  /** A member goes on with an encoder of its own: from where the common one is. */
  release(member: RoomMember, codec: StreamCodec): void {
    const shared = this.#byCodec[member.sharedCodec];
    if (shared !== undefined && codec.id === member.sharedCodec) {
      if (!codec.stateless) codec.codec.restore?.(shared.encoder.snapshot?.());
      if (shared.down !== null) member.followDown(shared.down);
    }
    member.sharedCodec = -1;
  }

  #make(shared: SharedFrame, codec: StreamCodec): void {
    const room = this.#room;
    if (shared.down === null) room.writeSum(shared.frame);
    else {
      room.writeSum(this.#mix);
      shared.down.process(this.#mix, 0, this.#mix.length, shared.frame, 0);
    }
    shared.bytes = shared.encoder.encode(shared.frame, codec.frameSamples, shared.payload);
    shared.madeAt = this.#tick;
  }

  #find(codec: StreamCodec): SharedFrame {
    let shared = this.#byCodec[codec.id];
    if (shared === undefined) {
      const { sampleRateHz, maxFrameBytes } = codec.record;
      const isOther = sampleRateHz !== this.#room.sampleRateHz;
      shared = {
        payload: new Uint8Array(maxFrameBytes),
        encoder: codec.record.create(codec.options),
        fmtp: codec.options?.fmtp ?? null,
        down: isOther ? new Resampler(this.#room.sampleRateHz, sampleRateHz) : null,
        frame: new Int16Array(codec.frameSamples),
        bytes: 0,
        madeAt: -2,
      };
      this.#byCodec[codec.id] = shared;
    }
    return shared;
  }

  /** A frame of silence. */
  silence(codec: StreamCodec, payload: Uint8Array): number {
    let silence = this.#silence[codec.id];
    if (silence === undefined) {
      const bytes = new Uint8Array(codec.record.maxFrameBytes);
      const length = codec.record.create().encode(new Int16Array(codec.frameSamples), codec.frameSamples, bytes);
      silence = bytes.slice(0, length);
      this.#silence[codec.id] = silence;
    }
    payload.set(silence);
    return silence.length;
  }
}
