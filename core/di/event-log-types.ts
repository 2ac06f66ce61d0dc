import type { Disposable } from '../runtime/index.ts';
import type { EventRecord } from './event-record.ts';

/** What the log is kept in; see `core/event-store.ts`. */
export interface EventStore {
  /** The newest id that was kept, and the newest that was dropped; 0: none. */
  open(): Promise<{ readonly lastId: number; readonly droppedId: number }>;
  /** Durable when it resolves. */
  append(records: readonly EventRecord[]): Promise<void>;
  /** Those with an id over `after`, oldest first. */
  read(after: number, limit: number): Promise<readonly EventRecord[]>;
  /** Drops those up to `untilId`, and all but the newest `count`; gives the newest id that was ever dropped. */
  trim(untilId: number, count: number): Promise<number>;
}

export interface EventLogSettings {
  /** Events that are kept; 0: none, only the newest in memory. */
  readonly keep: number;
  readonly keepHours: number;
  /** Names, `prefix.*`: these are pushed, but not kept. */
  readonly except: readonly string[];
  /** Names, `prefix.*`: these are pushed when they are durable, and what comes after them waits. */
  readonly durableFirst: readonly string[];
}

/** Events that somebody asked for and that are no longer there. */
export interface EventGap {
  /** The id that was asked after. */
  readonly after: number;
  /** From the first event after this id on all are there. */
  readonly resumedAfter: number;
  /** `dropped`: past the bounds of the log; `unknown`: this server never gave that id. */
  readonly reason: 'dropped' | 'unknown';
}

export interface EventPage {
  readonly records: readonly EventRecord[];
  readonly gap: EventGap | null;
  /** Ask after this one next. */
  readonly position: number;
  /** Nothing is kept after the last of them now. */
  readonly isLast: boolean;
}

export interface EventFollower {
  /** Does it want this one? Asked once for each event, before `receive`. */
  accepts(record: EventRecord): boolean;
  receive(record: EventRecord): void;
  onGap(gap: EventGap): void;
  /** False: more waits to be sent than is good; old events are held back until it is true. */
  readonly isReady: boolean;
}

/** The newest events of the bus, in memory and in storage: who was away reads what it missed. */
export interface EventLog {
  /** The newest event that followers were told of; 0: none since the log began. */
  readonly lastId: number;
  /** Are events of that name kept, or pushed only? */
  keeps(name: string): boolean;
  /** Kept events with an id over `after`, oldest first. @throws CodedError `storage.failed`. */
  page(after: number, limit: number): Promise<EventPage>;
  /** All events from now on; with `after` first the kept ones after that id, each once and in order. */
  follow(follower: EventFollower, after?: number): Disposable;
  /** Begins to keep. Before any event was published. @throws CodedError `storage.failed`. */
  open(store: EventStore, settings: EventLogSettings): Promise<void>;
  /** Writes what waits. */
  close(): Promise<void>;
}
