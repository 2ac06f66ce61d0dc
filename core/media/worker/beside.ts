/** Entries that go on beside the current one: what is mixed into the output, and a second room that is spoken to. */
import type { ItemId, PlayItem, PromptId } from './protocol.ts';

export type BesideItem =
  /**
   * A prompt in what is sent, at `level` (0 to 1) over what is played; 0: instead of it. Neither a flush nor entries
   * of the playlist end it.
   */
  | {
      readonly kind: 'mixIn';
      readonly item: ItemId;
      readonly prompt: PromptId;
      readonly loop: boolean;
      readonly level: number;
    }
  /** What comes in is spoken into this room too; nothing is heard of it. Never ends by itself, nor by a flush. */
  | { readonly kind: 'tee'; readonly item: ItemId; readonly room: string };

export const isBeside = (item: PlayItem): item is BesideItem => item.kind === 'mixIn' || item.kind === 'tee';

/** The prompt that an item plays, or null. */
export const promptOf = (item: PlayItem): PromptId | null =>
  item.kind === 'prompt' || item.kind === 'mixIn' ? item.prompt : null;
