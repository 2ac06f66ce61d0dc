/**
 * All messages between the main thread and a media worker (design, section 5): one discriminated
 * union each way. Main sends `Command`s, the worker answers each command that has a `request` with
 * one `reply`, and sends `MediaEvent`s. Commands are applied between ticks, in order; events of one
 * tick are sent together as an array.
 *
 * With `workers: 0` the same messages pass by function call.
 */
import type { Dscp } from '../../runtime/index.ts';
import type { AudioParameters } from '../../sdp/types.ts';
import type { BesideItem } from './beside.ts';
import type { RecordItem, RecordingCause, RecordingLimits, RecordingTotals, RemoteRing } from './file-messages.ts';
import type { BrowserLegOptions, IceCommand, IceEvent, IceTotals } from './ice-messages.ts';
import type { MovedPath, OnePortCommand, OnePortEvent, OnePortTotals } from './one-port-messages.ts';
import type { CodecSettings } from './records.ts';
import type { RelayLineOptions, RelayRemote, RelaySideName, RelaySideOptions } from './relay-messages.ts';
import type { QualityReport } from './stream-figures.ts';

export type * from './file-messages.ts';
export type * from './ice-messages.ts';
export type * from './one-port-messages.ts';
export type * from './relay-messages.ts';
export type * from './stream-figures.ts';

/** Unique in the process, given by the main thread. */
export type StreamId = number;
/** Unique in the process, given by the main thread; names one entry of one playlist. */
export type ItemId = number;
export type PromptId = number;
export type RequestId = number;
/** Unique in the process, given by the main thread. */
export type RelayLineId = number;

/** What a playlist entry plays and records (reference/applications 4.1). */
export type PlayItem =
  /** Plays a prompt; `loop` starts over at its end. Incoming audio is thrown away. */
  | { readonly kind: 'prompt'; readonly item: ItemId; readonly prompt: PromptId; readonly loop: boolean }
  /** Both directions of a conference room: hears the others, speaks to them. Never ends by itself. */
  | {
      readonly kind: 'room';
      readonly item: ItemId;
      readonly room: string;
      readonly listenOnly: boolean;
      /**
       * The room hears this tone from the stream instead of what it receives: the ringing tone of a
       * leg that is not answered yet. Works before `configure`.
       */
      readonly tone?: RoomTone;
    }
  /** Sends back what comes in. */
  | { readonly kind: 'echo'; readonly item: ItemId }
  /** Two sines (Hz), each at `level` of 32767, `onMs` on and `offMs` off; `lengthMs` 0: endless. */
  | {
      readonly kind: 'tone';
      readonly item: ItemId;
      readonly frequenciesHz: readonly number[];
      readonly level: number;
      readonly onMs: number;
      readonly offMs: number;
      readonly lengthMs: number;
    }
  /** Silence; `lengthMs` 0: endless. */
  | { readonly kind: 'silence'; readonly item: ItemId; readonly lengthMs: number }
  /** Zero length; fires `itemEnded` once when reached. */
  | { readonly kind: 'separator'; readonly item: ItemId }
  /** Records what comes in to a file, sends silence. */
  | RecordItem
  | BesideItem
  /** Audio to and from another thread over shared memory (`remote-ring.ts`). */
  | { readonly kind: 'remote'; readonly item: ItemId; readonly ring: RemoteRing };

/** What a room does to those in it; all of it is off at first. */
export interface RoomSettings {
  /** Members are brought to one loudness. */
  readonly automaticGain: boolean;
  /** Members' noise below `gateDb` is not mixed. */
  readonly noiseGate: boolean;
  /** dBov, below 0. */
  readonly gateDb: number;
  /** `speaking` events: who speaks, and how loud. */
  readonly speakingEvents: boolean;
}

/** What one member of a room is to the others; goes with its stream from room to room. */
export interface MemberSettings {
  /** dB, -40 to 20: of what it says, and of what it hears. */
  readonly gainInDb: number;
  readonly gainOutDb: number;
  /** Is not heard. */
  readonly muted: boolean;
  /** Hears nothing. */
  readonly deaf: boolean;
  /** Null: as the room. */
  readonly automaticGain: boolean | null;
  readonly noiseGate: boolean | null;
  /** The part of the room that it belongs to; empty: none. */
  readonly group: string;
  /** Groups that it hears, groups that hear it; null: all. A whisper is heard by one group. */
  readonly hears: readonly string[] | null;
  readonly heardBy: readonly string[] | null;
}

export const defaultRoomSettings: RoomSettings = {
  automaticGain: false,
  noiseGate: false,
  gateDb: -50,
  speakingEvents: false,
};

export const defaultMemberSettings: MemberSettings = {
  gainInDb: 0,
  gainOutDb: 0,
  muted: false,
  deaf: false,
  automaticGain: null,
  noiseGate: null,
  group: '',
  hears: null,
  heardBy: null,
};

/** Two sines (Hz), each at `level` of 32767, `onMs` on and `offMs` off, without end. */
export interface RoomTone {
  readonly frequenciesHz: readonly number[];
  readonly level: number;
  readonly onMs: number;
  readonly offMs: number;
}

/**
 * How what comes in is played: `adaptive` follows the network by stretching and shortening audio;
 * `fixed` starts `fixedMs` after the first packet and drops what grows beyond `maxMs`; `simple` is
 * `fixed` with the shortest delay.
 */
export type PlayoutType = 'adaptive' | 'fixed' | 'simple';

export interface PlayoutOptions {
  readonly type: PlayoutType;
  /** Least delay that `adaptive` aims at, and the delay of `simple`. */
  readonly minMs: number;
  /** Audio that waits beyond this is dropped. */
  readonly maxMs: number;
  /** Delay of `fixed`. */
  readonly fixedMs: number;
}

/** How keys leave a stream. */
export type KeyMethod = 'auto' | 'rtp' | 'inband';

/** Are keys looked for in the audio? auto: where no telephone-event was agreed. */
export type InbandDtmf = 'off' | 'auto' | 'on';

export interface StreamOptions {
  /** Learn the peer's address from its first valid packet, then lock (symmetric RTP). */
  readonly symmetric: boolean;
  /** No packet for this long: `rtpTimeout`. 0: never. */
  readonly rtpTimeoutMs: number;
  readonly ssrc: number;
  readonly cname: string;
  /** Absent: adaptive with the usual bounds. */
  readonly playout?: PlayoutOptions;
  /** A `quality` event this often; absent or 0: never. */
  readonly qualityIntervalMs?: number;
  /** Silence is not sent where comfort noise was agreed (RFC 3389). Default false. */
  readonly silenceSuppression?: boolean;
  /** Default auto. */
  readonly inbandDtmf?: InbandDtmf;
  /** Absent: no browser leg. Else one socket, ICE instead of learning addresses, DTLS for the keys. */
  readonly webRtc?: BrowserLegOptions;
}

export type Command =
  | IceCommand
  | OnePortCommand
  | { readonly kind: 'definePrompt'; readonly prompt: PromptId; readonly audio: SharedAudio }
  | { readonly kind: 'dropPrompt'; readonly prompt: PromptId }
  /** Decodes a file's bytes by its extension; longer than `maxMs` (0: no limit) it is refused. Reply: `SharedAudio`. */
  | {
      readonly kind: 'decodeFile';
      readonly request: RequestId;
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly maxMs?: number;
    }
  /** Binds a port of the worker's range (RTP even, RTCP the next). Reply: `OpenedSockets`. */
  | {
      readonly kind: 'open';
      readonly request: RequestId;
      readonly stream: StreamId;
      readonly address: string;
      readonly options: StreamOptions;
    }
  /** Starts or changes sending and receiving after an offer and answer. */
  | { readonly kind: 'configure'; readonly stream: StreamId; readonly parameters: AudioParameters }
  | {
      readonly kind: 'play';
      readonly stream: StreamId;
      readonly items: readonly PlayItem[];
      readonly where: 'back' | 'front';
    }
  /** Drops all entries, the current one included. Each is reported by `itemEnded`, reason `flushed`. */
  | { readonly kind: 'flush'; readonly stream: StreamId }
  /** Ends one entry wherever it is; reported as `flushed`. */
  | { readonly kind: 'removeItem'; readonly stream: StreamId; readonly item: ItemId }
  /** Keeps what this stream receives out of rooms (mute) and its packets unread (no keys). */
  | { readonly kind: 'setMuted'; readonly stream: StreamId; readonly muted: boolean }
  | { readonly kind: 'setReceiving'; readonly stream: StreamId; readonly receiving: boolean }
  /** False: nothing is sent; the playlist goes on. */
  | { readonly kind: 'setSending'; readonly stream: StreamId; readonly sending: boolean }
  | { readonly kind: 'setPlayout'; readonly stream: StreamId; readonly playout: PlayoutOptions }
  /** For the room of that name, also before anybody is in it; null: as at first. To all engines. */
  | { readonly kind: 'configureRoom'; readonly room: string; readonly settings: RoomSettings | null }
  | { readonly kind: 'configureMember'; readonly stream: StreamId; readonly settings: MemberSettings }
  /** A stream without ports: what it plays all in the room hear, what it records is the room. Reply: null. */
  | { readonly kind: 'openVoice'; readonly request: RequestId; readonly stream: StreamId; readonly room: string }
  /** RFC 4733 keys, one after the other. */
  | {
      readonly kind: 'sendKeys';
      readonly stream: StreamId;
      readonly keys: string;
      readonly durationMs: number;
      readonly gapMs: number;
      /** Default auto: RFC 4733 events where they were agreed, else tones. */
      readonly method?: KeyMethod;
    }
  /** Records the stream beside its playlist, until stopped. Reply: `OpenedRecording`, or an error. */
  | ({
      readonly kind: 'startRecording';
      readonly request: RequestId;
      readonly stream: StreamId;
      readonly recording: number;
      readonly path: string;
      readonly side: 'received' | 'sent' | 'both';
      /** With side `both`: what is received left, what is sent right, not mixed. */
      readonly stereo?: boolean | undefined;
      readonly limitMs: number;
    } & RecordingLimits)
  /** Reply: `{ lengthMs }` once the file is closed. */
  | {
      readonly kind: 'stopRecording';
      readonly request: RequestId;
      readonly stream: StreamId;
      readonly recording: number;
    }
  /** Reply: null, once the worker is up. */
  | { readonly kind: 'ping'; readonly request: RequestId }
  /** Reply: `StreamStats`. */
  | { readonly kind: 'stats'; readonly request: RequestId; readonly stream: StreamId }
  /** Reply: `StreamSnapshot`; the stream leaves this worker, its sockets stay open. */
  | { readonly kind: 'detach'; readonly request: RequestId; readonly stream: StreamId }
  /** Resumes a detached stream; with `reopen` its ports are bound anew (restore in a fresh process). Reply: null. */
  | {
      readonly kind: 'attach';
      readonly request: RequestId;
      readonly snapshot: StreamSnapshot;
      readonly reopen: boolean;
    }
  /** Like detach, but the stream goes on. Reply: `StreamSnapshot`. */
  | { readonly kind: 'snapshot'; readonly request: RequestId; readonly stream: StreamId }
  /** Reply: final `StreamStats`. Recordings are closed, sockets freed. */
  | { readonly kind: 'close'; readonly request: RequestId; readonly stream: StreamId }
  /** Binds a pair of ports on each side. Reply: `OpenedRelayLine`. */
  | {
      readonly kind: 'openRelayLine';
      readonly request: RequestId;
      readonly line: RelayLineId;
      readonly addressA: string;
      readonly addressB: string;
      readonly options: RelayLineOptions;
    }
  /** An offer or answer of the peer on this side; `remote` null: held, nothing is sent to it. */
  | {
      readonly kind: 'configureRelaySide';
      readonly line: RelayLineId;
      readonly side: RelaySideName;
      readonly remote: RelayRemote | null;
      readonly options: RelaySideOptions;
    }
  /** Reply: `RelayLineStats`. */
  | { readonly kind: 'relayStats'; readonly request: RequestId; readonly line: RelayLineId }
  /** Reply: final `RelayLineStats`; the sockets are freed. */
  | { readonly kind: 'closeRelayLine'; readonly request: RequestId; readonly line: RelayLineId }
  /** Ends everything. Reply: null. */
  | { readonly kind: 'stop'; readonly request: RequestId };

/** Reply to `open`: the pair that was bound, and its descriptors. */
export interface OpenedSockets {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtp: number;
  /** -1: none, RTCP shares the RTP port (browser legs). */
  readonly rtcp: number;
}

/** Decoded once, shared by all workers. */
export interface SharedAudio {
  readonly sampleRateHz: number;
  /** Int16 samples, mono. */
  readonly samples: SharedArrayBuffer;
  /** The prompt as G.711 bytes at 8 kHz, made once, so that a G.711 listener costs no encoding. */
  readonly pcmu: SharedArrayBuffer;
  readonly pcma: SharedArrayBuffer;
}

export type EndReason = 'finished' | 'flushed' | 'failed' | 'closed';

export type MediaEvent =
  | IceEvent
  | OnePortEvent
  | { readonly kind: 'reply'; readonly request: RequestId; readonly ok: true; readonly value: unknown }
  | {
      readonly kind: 'reply';
      readonly request: RequestId;
      readonly ok: false;
      readonly code: string;
      readonly detail: string;
    }
  | { readonly kind: 'itemStarted'; readonly stream: StreamId; readonly item: ItemId }
  /**
   * `playedSamples` at the item's own rate (prompt, remote ring), at 8000 Hz for items without one:
   * exact, also when flushed.
   */
  | {
      readonly kind: 'itemEnded';
      readonly stream: StreamId;
      readonly item: ItemId;
      readonly reason: EndReason;
      readonly playedSamples: number;
    }
  /** A `remote` item has the room, or the samples, that its other end waits for. */
  | { readonly kind: 'remoteReady'; readonly stream: StreamId; readonly item: ItemId }
  /** The last entry ended (`noAudio`); not after a flush. */
  | { readonly kind: 'playlistEmpty'; readonly stream: StreamId }
  /** One event a key press. */
  | {
      readonly kind: 'key';
      readonly stream: StreamId;
      readonly key: string;
      readonly durationMs: number;
      /** Default rtp: a telephone-event. */
      readonly source?: 'rtp' | 'inband';
    }
  | { readonly kind: 'rtpTimeout'; readonly stream: StreamId }
  /** Every `media.qualityIntervalMs` while media flows. */
  | { readonly kind: 'quality'; readonly stream: StreamId; readonly report: QualityReport }
  /** The peer said BYE on RTCP: the source that was heard ends (RFC 3550 6.6). */
  | { readonly kind: 'peerBye'; readonly stream: StreamId }
  /** The kernel refuses 50 packets in a row for the peer's address (no route, ICMP); once until one goes out. */
  | { readonly kind: 'peerUnreachable'; readonly stream: StreamId; readonly address: string; readonly port: number }
  /** The peer's address was learned or changed by re-negotiation. */
  | { readonly kind: 'peerLearned'; readonly stream: StreamId; readonly address: string; readonly port: number }
  | {
      readonly kind: 'recordingEnded';
      readonly stream: StreamId;
      readonly recording: number;
      readonly lengthMs: number;
      readonly reason: EndReason;
      readonly cause?: RecordingCause;
      /** Of the file. */
      readonly bytes?: number;
    }
  /** Who speaks in a room: when that changes, and once a second while somebody does. */
  | { readonly kind: 'speaking'; readonly room: string; readonly speakers: readonly Speaker[] }
  | { readonly kind: 'relayTimeout'; readonly line: RelayLineId; readonly side: RelaySideName }
  | {
      readonly kind: 'relayPeerLearned';
      readonly line: RelayLineId;
      readonly side: RelaySideName;
      readonly address: string;
      readonly port: number;
    }
  /** A key that passed by, pressed by the peer on this side. */
  | {
      readonly kind: 'relayKey';
      readonly line: RelayLineId;
      readonly side: RelaySideName;
      readonly key: string;
      readonly durationMs: number;
    }
  /** Opened for good, and to be closed by others if the thread dies. */
  | { readonly kind: 'descriptors'; readonly descriptors: readonly number[] }
  /** Once a second. */
  | {
      readonly kind: 'load';
      readonly streams: number;
      readonly relayLines: number;
      /** Since the start. */
      readonly relayedPackets: number;
      /** By relays, since the start. */
      readonly droppedPackets: number;
      readonly rooms: number;
      readonly recordings?: RecordingTotals;
      readonly ice?: IceTotals;
      readonly onePort?: OnePortTotals;
      readonly ticks: number;
      readonly maxLatenessMs: number;
      readonly busyFraction: number;
    }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly stream: StreamId | null;
    };

/**
 * A stream as plain, versioned data: everything that another worker (or, with `reopen`, a fresh
 * process) needs to go on without a lost packet.
 */
export interface StreamSnapshot {
  readonly version: 1;
  readonly stream: StreamId;
  readonly address: string;
  readonly rtpPort: number;
  /** Descriptors, valid in every thread of this process. */
  readonly rtpSocket: number;
  readonly rtcpSocket: number;
  /** Of a browser leg on the port that all share: instead of `rtpSocket`, which is -1. */
  readonly paths?: readonly MovedPath[];
  readonly options: StreamOptions;
  readonly parameters: AudioParameters | null;
  readonly items: readonly PlayItem[];
  /** Everything else: sequence, timestamp, latch, jitter buffer, counters, playlist position. */
  readonly state: { readonly [key: string]: unknown };
}

export interface Speaker {
  readonly stream: StreamId;
  /** dBov, whole. */
  readonly levelDb: number;
}

/** Start value of a worker thread. */
export interface WorkerStart {
  readonly index: number;
  /** This worker's part of `media.ports`, even to odd. */
  readonly ports: readonly [first: number, last: number];
  /** URLs of codec and format modules to import, ours first. */
  readonly codecs: readonly string[];
  readonly formats: readonly string[];
  /** What the configuration says of codecs. */
  readonly codecSettings?: CodecSettings;
  /** `media.recordingFormat`. */
  readonly recordingFormat?: string;
  readonly packetIo: 'auto' | 'libc' | 'dgram';
  /** `media.dscp`. */
  readonly dscp: Dscp | null;
}
