import type { OutputPlace, StoredRecord } from '../store.ts';

/** Where records go beside the storage. */
export interface Output {
  /** Records of one delivery at most. */
  readonly batch: number;
  /**
   * Takes the first of `records` (one at least, in order) and gives its place after them; or only a new place. Is
   * given the same records again when it rejects, or when the process ended before its place was kept.
   */
  deliver(records: readonly StoredRecord[], place: OutputPlace): Promise<OutputPlace>;
  close(): Promise<void>;
}
