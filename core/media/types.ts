/** The main thread's handle on the media engine. Only `core/call` uses it. */
import type { CodedError, Disposable } from '../runtime/index.ts';
import type { AudioParameters, Fingerprint, MediaCapabilities } from '../sdp/types.ts';
import type {
  EndReason,
  InbandDtmf,
  ItemId,
  KeyMethod,
  MediaEvent,
  MemberSettings,
  PlayItem,
  PlayoutOptions,
  PromptId,
  RecordingCause,
  RelayLineStats,
  RelayRemote,
  RelaySideName,
  RelaySideOptions,
  RoomSettings,
  Speaker,
  StreamSnapshot,
  StreamStats,
} from './worker/protocol.ts';
import type { UnavailableCodec } from './worker/records.ts';

export type {
  EndReason,
  InbandDtmf,
  ItemId,
  KeyMethod,
  MediaEvent,
  MemberSettings,
  PlayItem,
  PlayoutOptions,
  PromptId,
  QualityReport,
  RelayLineStats,
  RelayRemote,
  RelaySideName,
  RelaySideOptions,
  RelaySideStats,
  RemoteRing,
  RoomSettings,
  Speaker,
  StreamSnapshot,
  StreamStats,
} from './worker/protocol.ts';
export type {
  Codec,
  CodecRecord,
  DecodedAudio,
  FormatRecord,
  FormatWriter,
  UnavailableCodec,
} from './worker/records.ts';

/** A prompt that was decoded and is known to all workers. */
export interface Prompt {
  readonly id: PromptId;
  readonly path: string;
  readonly lengthMs: number;
  readonly sampleRateHz: number;
}

/** `PlayItem` without its id: the stream gives one. */
export type PlayRequest = PlayItem extends infer I ? (I extends PlayItem ? Omit<I, 'item'> : never) : never;

export interface OpenStreamOptions {
  /** Address to bind; also what goes into SDP unless `media.external` is set. */
  readonly localAddress: string;
  readonly rtpTimeoutMs?: number;
  readonly symmetric?: boolean;
  /** Default: `media.inbandDtmf`. */
  readonly inbandDtmf?: InbandDtmf;
  /** Opened even when the workers have no headroom left (emergency calls). */
  readonly urgent?: boolean;
  /** What differs from `media.playout…`. */
  readonly playout?: Partial<PlayoutOptions>;
  /** A browser leg: ICE-lite and DTLS-SRTP on one socket, RTCP with it (RFC 8445, 5764, 5761). */
  readonly webRtc?: boolean;
}

/** Of a browser leg, for its description. */
export interface StreamWebRtc {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprint: Fingerprint;
  /** One port for all browser legs is in use (`media.browserPort`): it can be published to other addresses. */
  readonly onePort: boolean;
  /** Where ICE-TCP is accepted; null: nowhere. */
  readonly tcpPort: number | null;
}

/** How keys are sent: each `durationMs` long, `gapMs` apart. */
export interface StreamKeysOptions {
  readonly durationMs?: number;
  readonly gapMs?: number;
  /** Default auto: RFC 4733 events where they were agreed, else tones. */
  readonly method?: KeyMethod;
}

/** One audio stream of one leg. Every verb is harmless after `close`. */
export interface MediaStream {
  readonly id: number;
  /** For SDP. */
  readonly address: string;
  readonly rtpPort: number;
  /** Which worker holds it now; changes when it joins a room that lives elsewhere. */
  readonly worker: number;
  /** Of a browser leg, for its next description; null: it is none. */
  readonly webRtc: StreamWebRtc | null;
  /**
   * New ICE credentials for the next offer or answer (RFC 8839 4.4.1.1.1); the old pair goes on until the
   * browser nominates one with them. Twice before `configure` gives the same again.
   * @throws CodedError `media.failed` (rejects): no browser leg, or closed.
   */
  restartIce(): Promise<StreamWebRtc>;
  configure(parameters: AudioParameters): void;
  /** Appends (or puts in front) entries; returns their ids. A `room` entry moves the stream to the room's worker. */
  play(items: readonly PlayRequest[], where?: 'back' | 'front'): readonly ItemId[];
  flush(): void;
  removeItem(item: ItemId): void;
  setMuted(muted: boolean): void;
  /** What it is to the others of a room (`MediaRoom.member` checks and changes it); goes with it from room to room. */
  readonly seat: MemberSettings;
  setSeat(settings: MemberSettings): void;
  /** From the next packet on; what is buffered is thrown away. */
  setPlayout(options: Partial<PlayoutOptions>): void;
  setReceiving(receiving: boolean): void;
  /** False: no packet goes out until it is set again; the playlist goes on. */
  setSending(sending: boolean): void;
  /** As RFC 4733 events or tones; what cannot be sent so is told in the log. */
  sendKeys(keys: string, options?: StreamKeysOptions): void;
  /**
   * Records beside the playlist; `name.wav|A-Law` in a subtype of the format, a name without extension
   * in `media.recordingFormat`. @throws CodedError `file.failed`, `file.format`.
   */
  record(path: string, options?: RecordOptions): Promise<Recording>;
  stats(): Promise<StreamStats>;
  snapshot(): Promise<StreamSnapshot>;
  /** Frees the ports; resolves with the final figures. Idempotent. */
  close(): Promise<StreamStats>;
  /** All events of this stream, in order. */
  onEvent: (event: StreamEvent) => void;
}

/** Events that carry a stream, and the death of its worker. */
export type StreamEvent =
  | Extract<
      MediaEvent,
      {
        readonly kind:
          | 'itemStarted'
          | 'itemEnded'
          | 'playlistEmpty'
          | 'key'
          | 'rtpTimeout'
          | 'peerLearned'
          | 'peerBye'
          | 'peerUnreachable'
          | 'quality'
          | 'recordingEnded';
      }
    >
  /** A browser leg has a nominated pair and keys: audio flows. Once. */
  | { readonly kind: 'webRtcConnected' }
  /**
   * It will not come to audio (`ice`: no pair was nominated in time; `dtls`: no keys, a wrong certificate, or the
   * peer ended DTLS), or no more (`consent`: the browser is gone). `detail` is a sentence for logs and `call.ended`.
   */
  | { readonly kind: 'webRtcFailed'; readonly reason: 'ice' | 'dtls' | 'consent'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

export interface RecordOptions {
  /** Default `received`. */
  readonly side?: 'received' | 'sent' | 'both';
  /** With side `both`: what is received left, what is sent right, instead of mixed. */
  readonly stereo?: boolean;
  /** Longest recording, without pauses. */
  readonly limitMs?: number;
  /** Longest file. */
  readonly limitBytes?: number;
  /** Ends after so much silence in a row. */
  readonly silenceStopMs?: number;
  /** The party hears a beep at the start, or also every `everyMs`. Default: none. */
  readonly beep?: boolean | { readonly everyMs: number };
}

export interface RecordingEnd {
  readonly lengthMs: number;
  readonly reason: EndReason;
  readonly cause: RecordingCause;
  /** Of the file; 0 when its worker died. */
  readonly bytes: number;
}

export interface Recording {
  readonly path: string;
  /** Recorded so far, without pauses. */
  readonly lengthMs: number;
  readonly paused: boolean;
  /** What comes until `resume` is left out; no beep meanwhile. */
  pause(): void;
  resume(): void;
  /** Ends it; resolves with its length once the file is closed. Idempotent. */
  stop(): Promise<{ readonly lengthMs: number }>;
  /** Once the file is closed, for whatever reason. Never rejects. */
  readonly ended: Promise<RecordingEnd>;
}

/**
 * Passes the packets of a call on, unread: one line for each m-line. The addresses that are bound
 * are the relay's, one for each side. Every verb is harmless after `close`.
 */
export interface MediaRelay {
  readonly lines: readonly RelayLine[];
  /** @throws CodedError `media.noPort`, `network.failed`, `media.failed`. */
  openLine(request?: RelayLineRequest): Promise<RelayLine>;
  /** Closes all lines; resolves with their figures. Idempotent. */
  close(): Promise<RelayStats>;
  /** All events of all lines, in order. */
  onEvent: (event: RelayEvent) => void;
}

export interface RelayLineRequest {
  /** `raw`: not even the RTP header is looked at (UDPTL). Default `rtp`, right for SRTP and DTLS too. */
  readonly transport?: 'rtp' | 'raw';
  /** SSRC, sequence numbers and timestamps pass untouched. Default true; false is not for SRTP. */
  readonly transparent?: boolean;
  /** A side that is silent for so long: `rtpTimeout`. 0: never. Default `media.rtpTimeoutMs`. */
  readonly rtpTimeoutMs?: number;
}

/** Two pairs of ports: what comes in on side a goes out of side b's ports to b's peer, and back. */
export interface RelayLine {
  readonly id: number;
  /** Towards peer a: for the SDP that a gets. RTCP is the next port. */
  readonly a: { readonly address: string; readonly rtpPort: number };
  readonly b: { readonly address: string; readonly rtpPort: number };
  /**
   * What the side's peer said in its SDP; null: held, nothing is sent to it (what is for it is
   * dropped and counted), and what it sends is passed on if it was known before.
   */
  configure(side: RelaySideName, remote: RelayRemote | null, options: RelaySideOptions): void;
  stats(): Promise<RelayLineStats>;
  /** Frees the ports. Idempotent. */
  close(): Promise<RelayLineStats>;
}

export interface RelayStats {
  readonly lines: readonly RelayLineStats[];
}

export type RelayEvent =
  | { readonly kind: 'rtpTimeout'; readonly line: RelayLine; readonly side: RelaySideName }
  | {
      readonly kind: 'peerLearned';
      readonly line: RelayLine;
      readonly side: RelaySideName;
      readonly address: string;
      readonly port: number;
    }
  /** A key that peer `side` pressed passed by. */
  | {
      readonly kind: 'key';
      readonly line: RelayLine;
      readonly side: RelaySideName;
      readonly key: string;
      readonly durationMs: number;
    }
  /** The line's media worker died; the line is closed. */
  | { readonly kind: 'failed'; readonly line: RelayLine; readonly detail: string };

/**
 * Audio over shared memory between a stream and this thread: `write` speaks to the caller, `read`
 * hears it. Any chunk size. Make one, put it in a playlist as a `remote` entry.
 */
export interface RemoteStream {
  readonly request: Extract<PlayRequest, { readonly kind: 'remote' }>;
  readonly sampleRateHz: number;
  /** Queues samples; returns how many fitted. */
  write(samples: Int16Array): number;
  /** Resolves when `samples` (default: half of the buffer) fit; false: nobody plays it any more. */
  writable(samples?: number): Promise<boolean>;
  /** Writes all, waiting for room; resolves with how many were written (fewer: nobody plays it any more). */
  writeAll(samples: Int16Array): Promise<number>;
  /** Takes at most `samples.length` received samples; returns how many. */
  read(samples: Int16Array): number;
  /** Resolves when `samples` (default: 20 ms) can be read; false: nobody plays it any more. */
  readable(samples?: number): Promise<boolean>;
  /** Throws away what is queued but not played; heard within one tick (20 ms). */
  flush(): void;
  /** Samples played so far, exactly: handed to the sender, without what a flush threw away. */
  playedUpTo(): number;
  /** Samples queued so far. */
  writtenUpTo(): number;
  /** Received samples that found no room because nobody read. */
  readonly missedSamples: number;
}

/** What a room tells. */
export type RoomEvent =
  /** Who speaks, the first who came first: when that changes, and once a second while somebody does. */
  | { readonly kind: 'speaking'; readonly speakers: readonly Speaker[] }
  | Extract<MediaEvent, { readonly kind: 'itemStarted' | 'itemEnded' | 'playlistEmpty' | 'recordingEnded' }>
  | { readonly kind: 'failed'; readonly detail: string };

/** A conference room, whoever is in it; streams enter by a `room` entry of that name. */
export interface MediaRoom {
  readonly name: string;
  readonly settings: RoomSettings;
  /** Changes what is named, leaves the rest. @throws CodedError `media.failed` for a bad value. */
  configure(options: Partial<RoomSettings>): void;
  /**
   * Changes what a stream is to the others, in this and any room that it enters. Gains are held to
   * -40 … 20 dB. @throws CodedError `media.failed` when there is no such stream.
   */
  member(stream: number, options: Partial<MemberSettings>): void;
  /** All in the room hear these, one after the other. */
  play(items: readonly PlayRequest[], where?: 'back' | 'front'): readonly ItemId[];
  flush(): void;
  /** Records the mix of the room, played prompts included. @throws CodedError `file.failed`, `file.format`. */
  record(path: string, options?: Omit<RecordOptions, 'side' | 'stereo' | 'beep'>): Promise<Recording>;
  onEvent: (event: RoomEvent) => void;
  /** Told who speaks, whatever `settings.speakingEvents` says, until disposed or the room is closed. */
  watchSpeakers(listener: (speakers: readonly Speaker[]) => void): Disposable;
  /** Ends playing and recording and forgets the settings; who is in the room stays. */
  close(): Promise<void>;
}

export interface MediaLoad {
  readonly streams: number;
  readonly rooms: number;
  readonly relayLines: number;
  /** Since the start. */
  readonly relayedPackets: number;
  readonly workers: readonly {
    readonly streams: number;
    readonly rooms: number;
    readonly relayLines: number;
    readonly maxLatenessMs: number;
    readonly busyFraction: number;
    /** The same, smoothed over some seconds: what admission goes by. */
    readonly busy: number;
    readonly alive: boolean;
  }[];
}

export interface MediaPool {
  readonly capabilities: MediaCapabilities;
  /** Codecs that this machine lacks something for, and what to do about it. */
  readonly unavailable: readonly UnavailableCodec[];
  /** `libc`, `dgram` or `sim`: what carries the packets. */
  readonly packetIo: string;
  /** Loads and decodes once; the same path gives the same prompt. @throws CodedError `file.*`. */
  prompt(path: string): Promise<Prompt>;
  /** Why a new stream would be refused now: all workers are over `media.maxBusy`. Null: it would not. */
  refusal(): CodedError | null;
  /** @throws CodedError `media.noPort`, `media.overloaded`. */
  openStream(options: OpenStreamOptions): Promise<MediaStream>;
  /** A browser is there and may call soon: what its first call would wait for (DTLS) is made ready. Idempotent. */
  prepareWebRtc(): void;
  /** Addresses to bind towards either peer. A relay without lines holds nothing. */
  openRelay(options: { readonly localAddressA: string; readonly localAddressB: string }): Promise<MediaRelay>;
  /** Resumes from a snapshot of another process, on the same address and port. */
  restoreStream(snapshot: StreamSnapshot): Promise<MediaStream>;
  /** The handle of a room, the same for one name until it is closed. */
  room(name: string): MediaRoom;
  remoteStream(options?: { readonly sampleRateHz?: number; readonly bufferMs?: number }): RemoteStream;
  load(): MediaLoad;
  onFault(listener: (worker: number, fault: Error) => void): Disposable;
  stop(): Promise<void>;
}
