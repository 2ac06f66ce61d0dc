import { GainRamp } from './gain-ramp.ts';
import { MixerPort } from './mixer.ts';
import { defaultMemberSettings, type MemberSettings } from './protocol.ts';
import { Resampler } from './resampler.ts';
import type { Room } from './room.ts';
import { AutomaticGain, gainOf, levelOf, NoiseGate, SpeechMeter, silentDb } from './room-levels.ts';

/** Both halves of a stream's tick; each is done once a tick, however often it is asked for. */
export interface TickedStream {
  readonly id?: number;
  /** Where its packets come in; below zero: nowhere. */
  readonly socket?: number;
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
  /** Members that it does not hear: they are taken out of the sum again. */
  excluded: readonly RoomMember[] = [];
  settings: MemberSettings = defaultMemberSettings;
  /** The room's rate is at least its own. */
  setsRate = true;
  /** Frames in a row with nothing to say. */
  quietFrames = 0;
  /** Its last frame was the one that silent listeners share, of this codec. */
  sharedCodec = -1;
  #gainIn = 1;
  #gainOut = 1;
  /** Both begin at 0: who comes is faded in. */
  readonly #in = new GainRamp(0);
  readonly #out = new GainRamp(0);
  #gained: Int16Array | null = null;
  #automatic: AutomaticGain | null = null;
  #gate: NoiseGate | null = null;
  #meter: SpeechMeter | null = null;
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

  configure(settings: MemberSettings): void {
    this.settings = settings;
    this.#gainIn = settings.muted ? 0 : gainOf(settings.gainInDb);
    this.#gainOut = settings.deaf ? 0 : gainOf(settings.gainOutDb);
  }

  get meter(): SpeechMeter | null {
    return this.#meter;
  }

  /** Is neither made louder nor softer nor faded: what it hears is the mix itself. */
  get hearsPlainly(): boolean {
    return this.#out.isIdle(this.#gainOut);
  }

  get hearsNothing(): boolean {
    return this.#gainOut === 0 && this.#out.value === 0;
  }

  /** This frame's audio at the member's own rate, or null; `hushed`: muted by its stream. */
  speak(room: Room, frame: Int16Array | null, count: number, hushed = false): void {
    const voice = this.listenOnly ? null : this.#shape(room, frame, count, hushed);
    if (voice === null) {
      this.input = null;
      return;
    }
    if (this.sampleRateHz === room.sampleRateHz) {
      this.input = voice;
      return;
    }
    this.#up ??= new Resampler(this.sampleRateHz, room.sampleRateHz);
    this.#upFrame ??= new Int16Array(room.sampleRateHz / 50);
    this.#up.process(voice, 0, count, this.#upFrame, 0);
    this.input = this.#upFrame;
  }

  /** Gains, gate and meter; the usual member has none and its frame is taken as it is. */
  #shape(room: Room, frame: Int16Array | null, count: number, hushed: boolean): Int16Array | null {
    let target = hushed ? 0 : this.#gainIn;
    const { settings } = room;
    const automatic = this.settings.automaticGain ?? settings.automaticGain;
    const gated = this.settings.noiseGate ?? settings.noiseGate;
    if (automatic || gated || settings.speakingEvents) {
      const levelDb = frame === null || target === 0 ? silentDb : levelOf(frame, count);
      if (settings.speakingEvents) {
        this.#meter ??= new SpeechMeter();
        if (this.#meter.step(levelDb)) room.speakersChanged();
      }
      if (automatic) {
        this.#automatic ??= new AutomaticGain();
        target *= this.#automatic.step(levelDb);
      }
      if (gated) {
        this.#gate ??= new NoiseGate();
        target *= this.#gate.step(levelDb, settings.gateDb);
      }
    }
    if (frame === null) {
      this.#in.value = target;
      return null;
    }
    if (this.#in.isIdle(target)) return frame;
    if (target === 0 && this.#in.value === 0) return null;
    if (this.#gained === null || this.#gained.length < count) this.#gained = new Int16Array(count);
    this.#in.apply(frame, this.#gained, count, target);
    return this.#gained;
  }

  /** What the member hears in this frame, at its own rate. */
  hear(room: Room, out: Int16Array): void {
    const count = this.sampleRateHz / 50;
    if (this.hearsNothing) {
      out.fill(0, 0, count);
      return;
    }
    if (this.sampleRateHz === room.sampleRateHz) room.writeFor(this, out);
    else {
      const down = this.#resamplerDown(room);
      this.#downFrame ??= new Int16Array(room.sampleRateHz / 50);
      room.writeFor(this, this.#downFrame);
      down.process(this.#downFrame, 0, this.#downFrame.length, out, 0);
    }
    if (!this.hearsPlainly) this.#out.apply(out, out, count, this.#gainOut);
  }

  #resamplerDown(room: Room): Resampler {
    this.#down ??= new Resampler(room.sampleRateHz, this.sampleRateHz);
    return this.#down;
  }

  /** Goes over between the common frame's resampler and its own without a gap; false: has none yet. */
  followDown(shared: Resampler): void {
    this.#down ??= new Resampler(shared.fromHz, shared.toHz);
    if (this.#down.fromHz === shared.fromHz && this.#down.toHz === shared.toHz) this.#down.follow(shared);
  }

  lendDown(shared: Resampler): void {
    const down = this.#down;
    if (down !== null && down.fromHz === shared.fromHz && down.toHz === shared.toHz) shared.follow(down);
  }

  /** The room's or the member's rate changed. */
  adapt(sampleRateHz: number): void {
    this.sampleRateHz = sampleRateHz;
    this.input = null;
    this.#up = null;
    this.#upFrame = null;
    this.#down = null;
    this.#downFrame = null;
    this.sharedCodec = -1;
    this.#in.value = 0;
    this.#out.value = 0;
  }
}

/** Does `listener` hear `speaker`, by their groups? */
export function hears(listener: MemberSettings, speaker: MemberSettings): boolean {
  const wants = listener.hears === null || listener.hears.includes(speaker.group);
  return wants && (speaker.heardBy === null || speaker.heardBy.includes(listener.group));
}
