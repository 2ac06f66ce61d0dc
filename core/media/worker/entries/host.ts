import type { StoredPrompt } from '../prompt-store.ts';
import type { EndReason, ItemId, MemberSettings, PromptId, RecordItem } from '../protocol.ts';
import type { RecordingTap } from '../recorder.ts';
import type { Rooms, TickedStream } from '../room.ts';

/** What an entry needs of its stream and its engine. */
export interface EntryHost extends TickedStream {
  /** The stream's own rate; changes when another codec is negotiated. */
  readonly sampleRateHz: number;
  readonly muted: boolean;
  /** What it is to the others of a room. */
  readonly seat: MemberSettings;
  readonly rooms: Rooms;
  prompt(id: PromptId): StoredPrompt | null;
  /** Starts a recorder that reports the end of `item` once its file is closed; null when it cannot. */
  recordItem(item: RecordItem): RecordingTap | null;
  /** There is the room, or the samples, that the other end of a `remote` item waits for. */
  remoteReady(item: ItemId): void;
  warn(message: string): void;
}

/** Counts what an entry without a rate of its own plays, at 8000 Hz. */
export function at8000(samples: number, sampleRateHz: number): number {
  return Math.round((samples * 8000) / sampleRateHz);
}

export type { EndReason };
