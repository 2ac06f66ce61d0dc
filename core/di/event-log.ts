/**
 * The event log: ids that go on over restarts, the newest events in memory, all that are kept in a store, written in
 * batches; and followers, who get old events from the store and then the live ones, each once and in order.
 */
import {
  type Clock,
  CodedError,
  type Counter,
  type Counters,
  type Disposable,
  type Log,
  type Timer,
} from '../runtime/index.ts';
import type { EventFollower, EventGap, EventLog, EventLogSettings, EventPage, EventStore } from './event-log-types.ts';
import type { EventRecord } from './event-record.ts';
import { EventTail } from './event-tail.ts';
import { filterMatches } from './filter.ts';

/** How long events wait for others to be written with them; and the least time from one write to the next. */
const batchMs = 20;
/** Records of one write. */
const batchSize = 1000;
/** Records that wait for a store that does not take them; older ones are given up. */
const maxWaiting = 50_000;
const retryMs = 1000;
/** The store is trimmed after so many records. */
const trimEvery = 1000;
/** Old events that are told at once, before it is asked whether the follower can take more. */
const pageSize = 100;
const pollMs = 20;

interface Following {
  readonly follower: EventFollower;
  /** Ids up to this one are done. */
  cursor: number;
  isLive: boolean;
  isOver: boolean;
}

export class DurableEventLog implements EventLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #lost: Counter;
  readonly #failures: Counter;
  readonly #followings = new Set<Following>();
  readonly #kinds = new Map<string, { readonly isKept: boolean; readonly isDurableFirst: boolean }>();
  #settings: EventLogSettings = { keep: 0, keepHours: 1, except: [], durableFirst: [] };
  #store: EventStore | null = null;
  /** The newest id given. */
  #lastId = 0;
  /** The newest id that followers were told of. */
  #toldId = 0;
  #droppedId = 0;
  /** Events that the store never took, from and to which id. */
  #hole: { readonly fromId: number; readonly untilId: number } | null = null;
  readonly #tail = new EventTail();
  /** Not durable yet, oldest first. */
  #waiting: EventRecord[] = [];
  /** The one that followers are being told of, and those after it. */
  readonly #untold: EventRecord[] = [];
  /** Told to nobody before an older one is durable. */
  #held: EventRecord[] = [];
  #durableId = 0;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  /** When the last write began, by the monotonic clock. */
  #wroteMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #untrimmed = 0;
  #isClosed = false;

  constructor(clock: Clock, log: Log, counters: Counters) {
    this.#clock = clock;
    this.#log = log;
    this.#lost = counters.counter('callbus_events_unkept_total', 'Events that the store did not take in time.');
    this.#failures = counters.counter('callbus_events_store_failures_total', 'Writes to the event log that failed.');
    counters.gauge('callbus_events_waiting', 'Events that are not durable yet.', () => this.#waiting.length);
    counters.gauge('callbus_events_followers', 'Subscriptions from outside to events.', () => this.#followings.size);
  }

  get lastId(): number {
    return this.#toldId;
  }

  async open(store: EventStore, settings: EventLogSettings): Promise<void> {
    this.#settings = settings;
    this.#kinds.clear();
    if (settings.keep === 0) return;
    const { lastId, droppedId } = await store.open();
    this.#store = store;
    this.#lastId = Math.max(this.#lastId, lastId);
    this.#toldId = this.#lastId;
    this.#durableId = this.#lastId;
    this.#droppedId = droppedId;
    this.#tail.floorId = this.#lastId;
    this.#tail.durableId = this.#lastId;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
    while (this.#waiting.length > 0 && !this.#isFailing) await (this.#writing ?? this.#write());
    await this.#writing;
    for (const following of this.#followings) following.isOver = true;
    this.#followings.clear();
  }

  /**
   * The next id: Unix time in µs, or one more than the last. So ids rise over restarts although those of events that
   * were never written are known to nobody, and an id can be made of a time.
   */
  nextId(): number {
    this.#lastId = Math.max(this.#lastId + 1, Math.floor(this.#clock.unixMs()) * 1000);
    return this.#lastId;
  }

  keeps(name: string): boolean {
    return this.#kind(name).isKept;
  }

  /** Would anybody see an event of that name? */
  wants(name: string): boolean {
    return this.#followings.size > 0 || this.#kind(name).isKept;
  }

  add(record: EventRecord): void {
    const { isKept, isDurableFirst } = this.#kind(record.name);
    if (isKept) {
      this.#tail.add(record);
      if (this.#store !== null) this.#keep(record, isDurableFirst);
      else this.#durableId = record.id;
    }
    if (this.#held.length > 0 || (isKept && isDurableFirst && !this.#isFailing && record.id > this.#durableId))
      this.#held.push(record);
    else this.#tell(record);
  }

  async page(after: number, limit: number): Promise<EventPage> {
    const gap = this.#gapAfter(after);
    const from = gap?.resumedAfter ?? after;
    const recent = this.#tail.after(from, limit, this.#toldId);
    if (recent !== null)
      return { records: recent, gap, position: lastOf(recent) ?? from, isLast: recent.length < limit };
    const stored = (await this.#store?.read(from, limit)) ?? [];
    const hole = this.#hole;
    if (hole !== null && from < hole.untilId) {
      const before = stored.filter(({ id }) => id < hole.fromId);
      if (before.length > 0) return { records: before, gap, position: lastOf(before) ?? from, isLast: false };
      const lost: EventGap = { after, resumedAfter: hole.untilId, reason: 'dropped' };
      return { records: [], gap: lost, position: hole.untilId, isLast: false };
    }
    return { records: stored, gap, position: lastOf(stored) ?? this.#tail.floorId, isLast: false };
  }

  follow(follower: EventFollower, after?: number): Disposable {
    const following: Following = {
      follower,
      cursor: after ?? this.#toldId,
      isLive: after === undefined,
      isOver: false,
    };
    this.#followings.add(following);
    if (!following.isLive) void this.#catchUp(following);
    return {
      dispose: () => {
        following.isOver = true;
        this.#followings.delete(following);
      },
    };
  }

  #kind(name: string): { readonly isKept: boolean; readonly isDurableFirst: boolean } {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      const { except, durableFirst } = this.#settings;
      const isIn = (filters: readonly string[]): boolean => filters.some((filter) => filterMatches(filter, name));
      kind = { isKept: !isIn(except), isDurableFirst: this.#store !== null && isIn(durableFirst) };
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  #gapAfter(after: number): EventGap | null {
    // An event that was not kept may have been the last before a restart.
    const newestId = Math.max(this.#lastId, Math.ceil(this.#clock.unixMs()) * 1000);
    if (after > newestId) return { after, resumedAfter: this.#toldId, reason: 'unknown' };
    const droppedId = this.#store === null ? this.#tail.floorId : this.#droppedId;
    return after < droppedId ? { after, resumedAfter: droppedId, reason: 'dropped' } : null;
  }

  /** One after the other, also when a follower publishes. */
  #tell(record: EventRecord): void {
    this.#untold.push(record);
    if (this.#untold.length > 1) return;
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      this.#toldId = next.id;
      for (const following of this.#followings) {
        if (!following.isLive || following.cursor >= next.id) continue;
        following.cursor = next.id;
        this.#give(following, next);
      }
      this.#untold.shift();
    }
  }

  /** A follower's throw ends only that follower. */
  #give(following: Following, record: EventRecord): void {
    const { follower } = following;
    try {
      if (!following.isOver && follower.accepts(record)) follower.receive(record);
    } catch (fault) {
      following.isOver = true;
      this.#followings.delete(following);
      this.#log.error('a follower of events failed', { event: record.name, fault: String(fault) });
    }
  }

  /** Old events page by page, as fast as the follower takes them; it is live in the turn in which the last was told. */
  async #catchUp(following: Following): Promise<void> {
    const { follower } = following;
    // The answer to the subscription goes first.
    await new Promise<void>((resolve) => this.#clock.after(0, resolve));
    while (!following.isOver) {
      if (!follower.isReady) {
        await new Promise<void>((resolve) => this.#clock.after(pollMs, resolve));
        continue;
      }
      try {
        const { records, gap, position, isLast } = await this.page(following.cursor, pageSize);
        if (following.isOver) return;
        if (gap !== null) follower.onGap(gap);
        following.cursor = gap?.resumedAfter ?? following.cursor;
        if (!this.#giveOld(following, records)) continue;
        following.cursor = position;
        if (isLast && this.#joins(following)) return;
      } catch (fault) {
        this.#failures.add();
        this.#log.error('the event log cannot be read', { fault: String(fault) });
        await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve));
      }
    }
  }

  /** Tells what came while the last page was read. False: too much of it. */
  #joins(following: Following): boolean {
    const rest = this.#tail.after(following.cursor, pageSize, this.#toldId);
    if (rest === null || rest.length === pageSize) return false;
    if (!this.#giveOld(following, rest)) return false;
    following.cursor = Math.max(following.cursor, this.#toldId);
    following.isLive = true;
    return true;
  }

  /** False: the follower shall get the rest later; the cursor is at what it got. Large events fill it before a page ends. */
  #giveOld(following: Following, records: readonly EventRecord[]): boolean {
    for (const record of records) {
      if (!following.follower.isReady) return false;
      this.#give(following, record);
      following.cursor = record.id;
    }
    return true;
  }

  #keep(record: EventRecord, atOnce: boolean): void {
    this.#waiting.push(record);
    if (this.#waiting.length > maxWaiting) this.#giveUpOldest();
    if (this.#writing !== null || this.#isClosed) return;
    if (atOnce && !this.#isFailing) {
      this.#timer?.cancel();
      // In this turn others may come: they are written together. Where calls end all the time each write takes many.
      const restMs = Math.max(0, this.#wroteMs + batchMs - this.#clock.nowMs());
      this.#timer = this.#clock.after(restMs, () => void this.#write());
    } else this.#timer ??= this.#clock.after(batchMs, () => void this.#write());
  }

  #giveUpOldest(): void {
    const lost = this.#waiting.splice(0, batchSize);
    const untilId = lastOf(lost) ?? 0;
    this.#lost.add(lost.length);
    this.#hole = { fromId: this.#hole?.fromId ?? lost[0]?.id ?? 0, untilId };
    this.#tail.durableId = Math.max(this.#tail.durableId, untilId);
  }

  /** Writes what waits; never rejects. */
  #write(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = null;
      if (this.#waiting.length === 0 || this.#timer !== null || this.#isClosed) return;
      this.#timer = this.#clock.after(this.#isFailing ? retryMs : batchMs, () => void this.#write());
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const store = this.#store;
    const batch = this.#waiting.slice(0, batchSize);
    const last = batch.at(-1);
    if (store === null || last === undefined) return;
    this.#wroteMs = this.#clock.nowMs();
    try {
      await store.append(batch);
      this.#isFailing = false;
      this.#durableId = last.id;
      // Some may have been given up meanwhile.
      this.#waiting = this.#waiting.slice(this.#waiting.findLastIndex(({ id }) => id <= last.id) + 1);
      this.#tail.durableId = last.id;
      this.#release();
      this.#untrimmed += batch.length;
      if (this.#untrimmed >= trimEvery) await this.#trim(store);
    } catch (fault) {
      this.#failures.add();
      if (!this.#isFailing) this.#log.error('events cannot be kept', { fault: String(fault) });
      this.#isFailing = true;
      this.#release();
    }
  }

  async #trim(store: EventStore): Promise<void> {
    this.#untrimmed = 0;
    const { keep, keepHours } = this.#settings;
    const untilId = (Math.floor(this.#clock.unixMs()) - keepHours * 3_600_000) * 1000;
    this.#droppedId = Math.max(this.#droppedId, await store.trim(untilId, keep));
  }

  /** Tells what was held back: up to the next that must be durable first, or all when nothing can be written. */
  #release(): void {
    // Taken out at once at the end: a long queue that is shifted record by record takes the square of its length.
    let count = 0;
    for (; ; count++) {
      const record = this.#held[count];
      if (record === undefined) break;
      const { isKept, isDurableFirst } = this.#kind(record.name);
      if (isKept && isDurableFirst && record.id > this.#durableId && !this.#isFailing) break;
      this.#tell(record);
    }
    this.#held.splice(0, count);
  }
}

const lastOf = (records: readonly EventRecord[]): number | undefined => records.at(-1)?.id;

/** The id after which a subscriber asks. @throws CodedError `rpc.wrongType`. */
export function eventPosition(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new CodedError('rpc.wrongType', 'after must be the id of an event: an integer, 0 or more');
}
