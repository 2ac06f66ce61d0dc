/** What the messages of `protocol.ts` say of files and shared audio: recordings, what is decoded, remote rings. */
import type { ItemId, RequestId, SharedAudio } from './protocol.ts';

/** `name.wav|A-Law` records in a subtype of the format; a name without extension in the configured one. */
export interface RecordItem extends RecordingLimits {
  readonly kind: 'record';
  readonly item: ItemId;
  readonly path: string;
  /** 0: no limit. */
  readonly limitMs: number;
}

export interface RecordingLimits {
  /** Longest file; 0 or absent: no limit. */
  readonly limitBytes?: number | undefined;
  /** Ends after so much silence; 0 or absent: never. */
  readonly silenceStopMs?: number | undefined;
  /** A beep is sent at the start, and then so often (0: not again); absent: none. */
  readonly beepEveryMs?: number | undefined;
}

/** Why a recording ended. */
export type RecordingCause = 'stopped' | 'flushed' | 'failed' | 'closed' | 'limitMs' | 'limitBytes' | 'silence';

/** Recordings of one engine since its start. */
export interface RecordingTotals {
  readonly running: number;
  readonly ended: number;
  readonly failed: number;
  /** Written to files, of those running too. */
  readonly bytes: number;
  readonly recordedMs: number;
  /** Not recorded because a disk was too slow. */
  readonly lostMs: number;
}

/** Reply to `startRecording`: the ring tells how far it is, and takes `paused`. */
export interface OpenedRecording {
  readonly buffer: SharedArrayBuffer;
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
}

/** To the thread that decodes files (`boot-decoder.ts`), and back. */
export interface DecodeRequest {
  readonly request: RequestId;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Longer ones are refused; 0: no limit. */
  readonly maxMs: number;
}

export type DecodeReply =
  | { readonly request: RequestId; readonly ok: true; readonly audio: SharedAudio }
  | { readonly request: RequestId; readonly ok: false; readonly code: string; readonly detail: string };

/** Two rings in shared memory, one each way; layout in `remote-ring.ts`. */
export interface RemoteRing {
  readonly buffer: SharedArrayBuffer;
  readonly sampleRateHz: number;
}
