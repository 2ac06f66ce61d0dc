import type { PlayItem } from '../protocol.ts';
import { type Room, RoomMember, type StreamCodec } from '../room.ts';
import { writeTone } from '../tone.ts';
import { BaseEntry } from './base-entry.ts';

/** Both directions of a conference room. Never ends by itself. */
export class RoomEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'room' }>> {
  #room: Room | null = null;
  #member: RoomMember | null = null;
  #frame: Int16Array | null = null;
  #toneFrame: Int16Array | null = null;
  #tonePosition = 0;
  #codec: StreamCodec | null = null;

  override enter(): boolean {
    const member = new RoomMember(this.host, this.item.listenOnly, this.host.sampleRateHz);
    member.configure(this.host.seat);
    this.#member = member;
    this.#room = this.host.rooms.enter(this.item.room, member);
    return true;
  }

  override leave(): void {
    if (this.#room !== null && this.#member !== null) this.host.rooms.leave(this.#room, this.#member);
    this.#room = null;
    this.#member = null;
  }

  override write(frame: Int16Array | null, count: number): boolean {
    const room = this.#room;
    const member = this.#member;
    if (room === null || member === null) return true;
    if (member.sampleRateHz !== this.host.sampleRateHz) {
      member.adapt(this.host.sampleRateHz);
      room.refreshRate();
    }
    if (member.settings !== this.host.seat) {
      member.configure(this.host.seat);
      room.refreshGroups();
    }
    member.speak(room, this.#nextTone(count) ?? frame, count, this.host.muted);
    return true;
  }

  read(out: Int16Array, at: number, count: number): number {
    const room = this.#room;
    const member = this.#member;
    if (room === null || member === null || member.sampleRateHz !== this.host.sampleRateHz) {
      return this.silence(out, at, count);
    }
    this.count8000(count);
    if (this.#codec !== null) room.release(member, this.#codec);
    if (at === 0 && count === this.host.sampleRateHz / 50) member.hear(room, out);
    else {
      // Entered in the middle of a frame: the rest of the room's frame.
      const frame = this.#wholeFrame();
      member.hear(room, frame);
      for (let i = 0; i < count; i++) out[at + i] = frame[at + i] as number;
    }
    return count;
  }

  override readPayload(codec: StreamCodec, payload: Uint8Array): number {
    const room = this.#room;
    const member = this.#member;
    if (room === null || member === null) return 0;
    this.#codec = codec;
    const bytes = room.payloadFor(member, codec, payload);
    if (bytes > 0) this.count8000(codec.frameSamples);
    return bytes;
  }

  /** The tone that the room hears instead of what comes in, or null. */
  #nextTone(count: number): Int16Array | null {
    const { tone } = this.item;
    if (tone === undefined) return null;
    if (this.#toneFrame?.length !== count) this.#toneFrame = new Int16Array(count);
    writeTone(tone, this.host.sampleRateHz, this.#tonePosition, this.#toneFrame, 0, count);
    this.#tonePosition += count;
    return this.#toneFrame;
  }

  #wholeFrame(): Int16Array {
    const count = this.host.sampleRateHz / 50;
    if (this.#frame?.length !== count) this.#frame = new Int16Array(count);
    return this.#frame;
  }
}
