import type { JitterDecoder } from './jitter-buffer.ts';
import { Mixer, MixerPort } from './mixer.ts';
import { defaultRoomSettings, type RoomSettings, type Speaker } from './protocol.ts';
import type { Codec, CodecOptions, CodecRecord } from './records.ts';
import { hears, type RoomMember } from './room-member.ts';
import { SharedFrames } from './shared-frames.ts';

export { RoomMember, type TickedStream } from './room-member.ts';

/** A codec as one stream uses it; `id` is the same for all streams of this engine. */
export interface StreamCodec {
  readonly id: number;
  readonly record: CodecRecord;
  readonly codec: Codec;
  /** Any encoder's frame is as good as any other's: it may be shared. */
  readonly stateless: boolean;
  /** What the codec was made for. */
  readonly options?: CodecOptions | undefined;
  /** Samples of one 20 ms frame. */
  readonly frameSamples: number;
  /** What its packets are decoded with, at its own rate. */
  readonly decoder: JitterDecoder;
}

/** Ticks between two looks at who speaks, and between two reports while that does not change. */
const speakersEvery = 12;
const reportEvery = 50;
/** Ticks without a word after which a member may hear what all silent members hear. */
const listensAfter = 50;
const mostSpeakers = 50;

/** A conference room: its members, its mixer, the frames that silent members share. */
export class Room {
  readonly name: string;
  readonly members: RoomMember[] = [];
  mixer = new Mixer(160);
  /** The highest rate of the members: nobody's quality is lost. */
  sampleRateHz = 8000;
  settings: RoomSettings = defaultRoomSettings;
  /** Tells who speaks. */
  onSpeakers: (speakers: readonly Speaker[]) => void = () => {};
  readonly #shared: SharedFrames = new SharedFrames(this);
  /** What those who left were saying, faded out over one frame. */
  readonly #farewell = new MixerPort();
  #farewellFrame: Int16Array | null = null;
  /** The rate changes after a frame that fades out: 1; the room waits for nothing: 0. */
  #changing = false;
  #fade: Int16Array | null = null;
  #speakersChanged = false;
  #sinceLook = 0;
  #sinceReport = 0;

  constructor(name: string) {
    this.name = name;
  }

  join(member: RoomMember): void {
    this.members.push(member);
    this.refreshGroups();
    this.refreshRate();
  }

  leave(member: RoomMember): void {
    const at = this.members.indexOf(member);
    if (at >= 0) this.members.splice(at, 1);
    if (member.active && member.input !== null) this.#sayFarewell(member.input);
    if (member.meter?.speaking === true) this.#speakersChanged = true;
    member.input = null;
    member.active = false;
    this.refreshGroups();
    this.refreshRate();
  }

  /** The last frame backwards, fading: it begins where the last one ended. */
  #sayFarewell(last: Int16Array): void {
    const count = this.mixer.frameSamples;
    if (this.#farewellFrame?.length !== count) this.#farewellFrame = new Int16Array(count);
    const frame = this.#farewellFrame;
    if (this.#farewell.input === null) frame.fill(0);
    for (let i = 0; i < count; i++) {
      const faded = ((last[count - 1 - i] as number) * (count - i)) / count;
      frame[i] = Math.max(-32768, Math.min(32767, (frame[i] as number) + Math.round(faded)));
    }
    this.#farewell.input = frame;
  }

  /** Who does not hear whom: somebody came, left, or changed its groups. */
  refreshGroups(): void {
    const { members } = this;
    const isPlain = members.every(({ settings }) => settings.hears === null && settings.heardBy === null);
    for (const member of members) {
      member.excluded = isPlain
        ? []
        : members.filter((other) => other !== member && !hears(member.settings, other.settings));
    }
  }

  /** Chooses the rate anew: a member came, left, or changed its codec. Who is heard is faded out before. */
  refreshRate(): void {
    const highest = this.#highestRate();
    if (highest === this.sampleRateHz) this.#changing = false;
    else if (this.mixer.active === 0) this.#changeRate(highest);
    else this.#changing = true;
  }

  #highestRate(): number {
    let highest = 8000;
    for (const member of this.members) if (member.setsRate) highest = Math.max(highest, member.sampleRateHz);
    return highest;
  }

  #changeRate(sampleRateHz: number): void {
    this.#changing = false;
    this.sampleRateHz = sampleRateHz;
    this.mixer = new Mixer(sampleRateHz / 50);
    this.#farewell.input = null;
    this.#shared.reset();
    for (const member of this.members) member.adapt(member.sampleRateHz);
  }

  speakersChanged(): void {
    this.#speakersChanged = true;
  }

  /** Before the members speak: a rate that was to change changes now. */
  begin(): void {
    if (this.#fade !== null) {
      this.#fade = null;
      this.#changeRate(this.#highestRate());
    }
  }

  /** Mixes one frame of what the members said. */
  step(): void {
    this.mixer.step(this.members, this.#farewell);
    this.#farewell.input = null;
    this.#shared.step();
    if (this.#changing) this.#fade = this.#fadeOut();
    if (this.settings.speakingEvents) this.#watchSpeakers();
  }

  /** From full to nothing, in 1/32768. */
  #fadeOut(): Int16Array {
    const count = this.mixer.frameSamples;
    return Int16Array.from({ length: count }, (_, i) => Math.round((32767 * (count - 1 - i)) / count));
  }

  /** The room with its voice, without those whom the voice does not hear (they whisper, or talk in private): for recordings. */
  writeForVoice(voice: RoomMember, out: Int16Array): void {
    if (this.#misses(voice)) this.mixer.writeSumWithout(voice.excluded, out);
    else this.mixer.writeSum(out);
  }

  /** What `member` hears, at the room's rate. */
  writeFor(member: RoomMember, out: Int16Array): void {
    if (this.#misses(member)) this.mixer.writeWithout(member, member.excluded, out);
    else this.mixer.writeFor(member, out);
    const fade = this.#fade;
    if (fade === null) return;
    for (let i = 0; i < fade.length; i++) out[i] = ((out[i] as number) * (fade[i] as number)) >> 15;
  }

  /** The common sum. */
  writeSum(out: Int16Array): void {
    this.mixer.writeSum(out);
  }

  /** Somebody whom it does not hear speaks. */
  #misses(member: RoomMember): boolean {
    const { excluded } = member;
    for (let i = 0; i < excluded.length; i++) if (excluded[i]?.active === true) return true;
    return false;
  }

  /**
   * Writes what `member` hears, encoded: the frame made once for all that have nothing to say, or
   * one of its own where the codec can encode while mixing; 0: it must be mixed and encoded.
   */
  payloadFor(member: RoomMember, codec: StreamCodec, payload: Uint8Array): number {
    member.quietFrames = member.active ? 0 : member.quietFrames + 1;
    if (member.hearsPlainly && this.#fade === null && !this.#misses(member)) {
      if (codec.stateless && this.mixer.hearsSilence(member) && codec.record.sampleRateHz === this.sampleRateHz)
        return this.#shared.silence(codec, payload);
      if (member.active) {
        const table = codec.record.encodingTable;
        const mayMix = table !== undefined && codec.record.sampleRateHz === this.sampleRateHz;
        if (mayMix) return this.mixer.encodeFor(member, table, payload);
      } else if (codec.stateless || member.listenOnly || member.quietFrames > listensAfter) {
        const bytes = this.#shared.payload(member, codec, payload);
        if (bytes > 0) return bytes;
      }
    }
    this.release(member, codec);
    return 0;
  }

  /** The member is given a frame of its own: its encoder goes on from where the common one is. */
  release(member: RoomMember, codec: StreamCodec): void {
    if (member.sharedCodec >= 0) this.#shared.release(member, codec);
  }

  #watchSpeakers(): void {
    this.#sinceLook++;
    this.#sinceReport++;
    if (this.#sinceLook < speakersEvery) return;
    if (!this.#speakersChanged && this.#sinceReport < reportEvery) return;
    const speakers: Speaker[] = [];
    for (const { meter, stream } of this.members) {
      if (meter?.speaking !== true || stream.id === undefined || speakers.length >= mostSpeakers) continue;
      speakers.push({ stream: stream.id, levelDb: Math.round(meter.levelDb) });
    }
    this.#sinceReport = 0;
    if (speakers.length === 0 && !this.#speakersChanged) return;
    this.#sinceLook = 0;
    this.#speakersChanged = false;
    this.onSpeakers(speakers);
  }
}

/** Settings of rooms that are not there yet: so many are remembered. */
const mostSettings = 10_000;

/** The rooms of one engine: made by the first who enters, gone with the last. */
export class Rooms {
  readonly #byName = new Map<string, Room>();
  readonly #settings = new Map<string, RoomSettings>();
  /** In the order of their making; what the tick walks over. */
  readonly list: Room[] = [];
  readonly #onSpeakers: (room: string, speakers: readonly Speaker[]) => void;

  constructor(onSpeakers: (room: string, speakers: readonly Speaker[]) => void = () => {}) {
    this.#onSpeakers = onSpeakers;
  }

  configure(name: string, settings: RoomSettings | null): void {
    if (settings === null) this.#settings.delete(name);
    else if (this.#settings.size < mostSettings || this.#settings.has(name)) this.#settings.set(name, settings);
    const room = this.#byName.get(name);
    if (room !== undefined) room.settings = settings ?? defaultRoomSettings;
  }

  enter(name: string, member: RoomMember): Room {
    let room = this.#byName.get(name);
    if (room === undefined) {
      room = new Room(name);
      room.settings = this.#settings.get(name) ?? defaultRoomSettings;
      room.onSpeakers = (speakers) => this.#onSpeakers(name, speakers);
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
