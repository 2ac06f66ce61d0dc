/** Makes the entry that plays an item. */
import type { Entry, EntryState } from '../playlist.ts';
import type { PlayItem } from '../protocol.ts';
import { makeBesideEntry } from './beside-entries.ts';
import type { EntryHost } from './host.ts';
import { PromptEntry } from './prompt-entry.ts';
import { RecordEntry } from './record-entry.ts';
import { RemoteEntry } from './remote-entry.ts';
import { RoomEntry } from './room-entry.ts';
import { EchoEntry, SeparatorEntry, SilenceEntry, ToneEntry } from './simple-entries.ts';

export type { EntryHost } from './host.ts';

/** The entry for `item`, where `state` says how far it came elsewhere (null: it is new). */
export function makeEntry(item: PlayItem, host: EntryHost, state: EntryState | null): Entry {
  switch (item.kind) {
    case 'prompt':
      return new PromptEntry(item, host, state);
    case 'room':
      return new RoomEntry(item, host, state);
    case 'echo':
      return new EchoEntry(item, host, state);
    case 'tone':
      return new ToneEntry(item, host, state);
    case 'silence':
      return new SilenceEntry(item, host, state);
    case 'separator':
      return new SeparatorEntry(item, host, state);
    case 'record':
      return new RecordEntry(item, host, state);
    case 'remote':
      return new RemoteEntry(item, host, state);
    case 'mixIn':
    case 'tee':
      return makeBesideEntry(item, host, state);
    default: {
      const unknown: never = item;
      return unknown;
    }
  }
}
