/** Calls of this page, as the pages see them. */
import type { ReadonlySignal, Signal } from '@preact/signals';

/** `offline`: no SIP over WebSocket now; it is opened again by itself. */
export type LineState = 'connecting' | 'ready' | 'offline';

/** Who we are at the server; null: nobody in particular. */
export interface SipUser {
  readonly user: string;
  readonly password: string;
}

export interface DialOptions {
  /** Of the INVITE. */
  readonly headers?: readonly string[];
  /** Name that the others see. */
  readonly displayName?: string;
  /** Sends silence, and needs no microphone. */
  readonly listenOnly?: boolean;
}

export interface Line {
  readonly state: ReadonlySignal<LineState>;
  readonly user: ReadonlySignal<SipUser | null>;
  /** The call that is under way, or the last one; one at a time. */
  readonly call: ReadonlySignal<PhoneCall | null>;
  /** Devices that were chosen. */
  readonly devices: Devices;
  /**
   * Call it from a click: browsers give sound only then. `target`: `echo`, `sip:bob@example.com`, `bob@example.com`.
   * A call that is under way is ended.
   */
  dial(target: string, options?: DialOptions): PhoneCall;
  /**
   * Before a call: writes the level of the chosen microphone, 0 to 1, into `level`; the result ends it. To be called from
   * a click. Rejects with a sentence.
   */
  checkMicrophone(level: Signal<number>): Promise<() => void>;
  /** Digest user from now on; null: anonymous. */
  signIn(user: SipUser | null): void;
}

/**
 *   microphone → calling → ringing → connecting → talking → ended
 *
 * `connecting`: answered, sound is on its way. Every state may go to `ended`.
 */
export type PhoneCallState = 'microphone' | 'calling' | 'ringing' | 'connecting' | 'talking' | 'ended';

export interface PhoneCall {
  /** As it was dialled. */
  readonly target: string;
  readonly state: ReadonlySignal<PhoneCallState>;
  /** The call's tag at the server: the id that RPC functions and events use; null until it has answered something. */
  readonly remoteTag: ReadonlySignal<string | null>;
  /** 0 to 1, what is heard. */
  readonly levelIn: ReadonlySignal<number>;
  /** 0 to 1, what the microphone gives. */
  readonly levelOut: ReadonlySignal<number>;
  readonly muted: ReadonlySignal<boolean>;
  readonly held: ReadonlySignal<boolean>;
  readonly quality: ReadonlySignal<CallQuality | null>;
  /** Seconds since the answer. */
  readonly seconds: ReadonlySignal<number>;
  /** How it ended; null before. */
  readonly ending: ReadonlySignal<Ending | null>;
  hangUp(): void;
  /** Without `on` the other way round. */
  mute(on?: boolean): void;
  hold(on?: boolean): void;
  /** One of 0-9 * # A-D, as RFC 4733. */
  sendKey(key: string): void;
  /** Blind: the other side is asked to call `target` (REFER). Rejects with a sentence. */
  transfer(target: string): Promise<void>;
}

/** Ends are told in sentences that say what to do. */
export interface Ending {
  readonly kind: 'normal' | 'failed';
  /** `The line is busy.` */
  readonly what: string;
  /** `Try again later.`; empty where nothing needs to be done. */
  readonly advice: string;
}

export interface CallQuality {
  /** As the browser hears the server. */
  readonly codec: string;
  readonly roundTripMs: number | null;
  readonly jitterMs: number | null;
  /** 0 to 1, of the last seconds. */
  readonly lossIn: number;
  /** 1 to 4.5, as the server hears the browser; null until it told. */
  readonly mosAtServer: number | null;
  /** From loss, jitter and delay. */
  readonly grade: 'good' | 'fair' | 'poor';
}

export interface Device {
  readonly id: string;
  readonly name: string;
}

export interface Devices {
  readonly microphones: ReadonlySignal<readonly Device[]>;
  readonly speakers: ReadonlySignal<readonly Device[]>;
  /** Ids; empty: the browser's default. */
  readonly microphone: ReadonlySignal<string>;
  readonly speaker: ReadonlySignal<string>;
  chooseMicrophone(id: string): void;
  chooseSpeaker(id: string): void;
  /** Looks again what there is. */
  refresh(): Promise<void>;
}
