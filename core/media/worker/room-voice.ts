import type { StreamId } from './protocol.ts';
import type { Room } from './room.ts';
import { RoomMember } from './room-member.ts';
import { Stream } from './stream.ts';
import type { StreamHost } from './stream-host.ts';

/**
 * The voice of a room: a stream without ports. All in the room hear what its playlist plays; what
 * its recordings take as received is the room, that voice included.
 */
export class RoomVoice extends Stream {
  readonly #member: RoomMember;
  readonly #room: Room;
  #frame = new Int16Array(160);
  #mix = new Int16Array(160);
  #heardAt = -1;
  #saidAt = -1;

  constructor(id: StreamId, room: string, host: StreamHost) {
    super(
      id,
      { address: '', rtpPort: 0, rtp: -1, rtcp: -1 },
      { symmetric: false, rtpTimeoutMs: 0, ssrc: 0, cname: '' },
      host,
    );
    this.#member = new RoomMember(this, false, 8000);
    this.#member.setsRate = false;
    this.#room = host.rooms.enter(room, this.#member);
  }

  override takeIn(tick: number, _nowMs: number): void {
    if (this.#saidAt === tick) return;
    this.#saidAt = tick;
    const { sampleRateHz } = this.#room;
    const count = sampleRateHz / 50;
    if (this.sampleRateHz !== sampleRateHz) {
      this.sampleRateHz = sampleRateHz;
      this.#member.adapt(sampleRateHz);
      this.#frame = new Int16Array(count);
      this.#mix = new Int16Array(count);
    }
    const says = !this.playlist.isEmpty && this.playlist.read(this.#frame, count);
    this.#member.speak(this.#room, says ? this.#frame : null, count, this.muted);
  }

  override giveOut(tick: number): void {
    if (this.#heardAt === tick || this.taps.length === 0) return;
    this.#heardAt = tick;
    this.#room.writeForVoice(this.#member, this.#mix);
    const count = this.#mix.length;
    for (let i = this.taps.length - 1; i >= 0; i--) {
      if (this.taps[i]?.received(this.#mix, count, this.#room.sampleRateHz) === false) this.taps.splice(i, 1);
    }
  }

  override end(reason: Parameters<Stream['end']>[0]): void {
    super.end(reason);
    this.rooms.leave(this.#room, this.#member);
  }
}
