import { type Clock, CodedError, type Counter, type Counters, every, type Log, type Timer } from '../../core/index.ts';
import type { CallRecord, OpenCall } from './record.ts';
import type { Batch, Entry, Store } from './store.ts';

export interface JournalParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly store: Store;
  /** How long changes wait for others to be written with. */
  readonly gatherMs: number;
  /** How often the open calls are confirmed, while there are any. */
  readonly heartbeatMs: number;
  /** These were stored: the outputs may take them. */
  onStored(records: readonly CallRecord[]): void;
}

/** Rows of one write: its text stays under a few megabytes. */
const mostRows = 2000;
/** Changes that wait for a storage that fails; beyond that records go to the log instead. */
const mostWaiting = 200_000;
const retryMs = 1000;

interface Waiting {
  readonly opened: Map<string, OpenCall>;
  readonly records: CallRecord[];
  readonly entries: Entry[];
  /** Who waits for it; a fault: it will not be written. */
  readonly done: ((fault?: CodedError) => void)[];
}

/**
 * Writes what happens to calls and accounts: one statement for all that came together, one at a time, and every
 * second one that confirms all open calls at once. No call has a timer of its own. What cannot be written is kept
 * and tried again: to write it twice does no harm.
 */
export class Journal {
  readonly #parts: JournalParts;
  readonly #open = new Map<string, OpenCall>();
  readonly #failures: Counter;
  readonly #written: Counter;
  readonly #heartbeat: Timer;
  readonly #startUnixMs: number;
  readonly #startMs: number;
  #waiting: Waiting = nothing();
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #isClosed = false;
  #failed = false;
  #confirmedMs: number;

  constructor(parts: JournalParts) {
    const { clock, counters, heartbeatMs } = parts;
    this.#parts = parts;
    this.#startUnixMs = clock.unixMs();
    this.#startMs = clock.nowMs();
    this.#confirmedMs = this.#startUnixMs;
    this.#failures = counters.counter('callbus_billing_write_failures_total', 'Writes of the ledger that failed.');
    this.#written = counters.counter('callbus_billing_writes_total', 'Writes of the ledger, each for all that waited.');
    counters.gauge('callbus_billing_open_calls', 'Calls without a record yet.', () => this.#open.size);
    counters.gauge('callbus_billing_unwritten', 'Records and entries that wait to be written.', () => this.#unwritten);
    this.#heartbeat = every(clock, heartbeatMs, () => {
      if (this.#open.size > 0) this.#flushSoon(0);
    });
  }

  /** Unix time by a clock that does not jump: what talk time is measured by. */
  steadyMs(): number {
    return this.#startUnixMs + (this.#parts.clock.nowMs() - this.#startMs);
  }

  openCalls(): Iterable<OpenCall> {
    return this.#open.values();
  }

  openCall(id: string): OpenCall | null {
    return this.#open.get(id) ?? null;
  }

  /** A call started, or something of it changed. */
  keep(call: OpenCall): void {
    this.#open.set(call.id, call);
    this.#waiting.opened.set(call.id, call);
    this.#flushSoon(this.#parts.gatherMs);
  }

  /** A call is over. */
  close(record: CallRecord): void {
    this.#open.delete(record.id);
    this.#waiting.opened.delete(record.id);
    if (this.#unwritten >= mostWaiting) {
      // Not lost: whoever reads the log has it.
      this.#parts.log.error('billing: a record cannot be stored', { record: JSON.stringify(record) });
      return;
    }
    this.#waiting.records.push(record);
    this.#flushSoon(this.#parts.gatherMs);
  }

  /** Resolves when it is on disk. @throws CodedError `module.full`: the storage fails and too much waits already. */
  post(entry: Entry): Promise<void> {
    if (this.#unwritten >= mostWaiting) throw new CodedError('module.full', 'billing: the storage does not take more');
    this.#waiting.entries.push(entry);
    return this.flush();
  }

  /** Resolves when everything so far is on disk. */
  flush(): Promise<void> {
    if (this.#isClosed) return Promise.reject(notWritten());
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.done.push((fault) => (fault === undefined ? resolve() : reject(fault)));
    });
    this.#flushSoon(0);
    return done;
  }

  /** Writes what waits, once more if that fails; what is not written then is told in the log and to who waits. */
  async stop(): Promise<void> {
    this.#heartbeat.cancel();
    this.#timer?.cancel();
    this.#timer = null;
    await this.#writing;
    this.#isClosed = true;
    for (let tries = 0; tries < 2 && this.#unwritten + this.#waiting.opened.size > 0; tries++) await this.#write();
    const { records, entries, done } = this.#waiting;
    const { log } = this.#parts;
    for (const record of records) log.error('billing: a record cannot be stored', { record: JSON.stringify(record) });
    for (const entry of entries) log.error('billing: a change cannot be stored', { entry: JSON.stringify(entry) });
    for (const each of done) each(notWritten());
  }

  get #unwritten(): number {
    return this.#waiting.records.length + this.#waiting.entries.length;
  }

  #flushSoon(delayMs: number): void {
    if (this.#isClosed || this.#writing !== null) return;
    if (this.#timer !== null) {
      if (delayMs > 0) return;
      this.#timer.cancel();
    }
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#timer = null;
      this.#writing = this.#write().finally(() => {
        this.#writing = null;
        const { opened, done } = this.#waiting;
        if (this.#timer === null && this.#unwritten + opened.size + done.length > 0)
          this.#flushSoon(this.#failed ? retryMs : this.#parts.gatherMs);
      });
    });
  }

  async #write(): Promise<void> {
    const taken = this.#waiting;
    this.#waiting = { ...nothing(), done: [] };
    // Calls whose record is not in this write are over, and must not be confirmed by it.
    if (taken.records.length <= mostRows) this.#confirmedMs = this.steadyMs();
    const batch: Batch = {
      opened: [...taken.opened.values()].slice(0, mostRows),
      records: taken.records.slice(0, mostRows),
      entries: taken.entries.slice(0, mostRows),
      steadyMs: this.#confirmedMs,
    };
    try {
      await this.#parts.store.write(batch);
      this.#written.add();
      this.#failed = false;
      const rest = withoutFirst(taken, mostRows);
      if (rest === null) for (const done of taken.done) done();
      else this.#putBack(rest);
      if (batch.records.length > 0) this.#parts.onStored(batch.records);
    } catch (fault) {
      this.#failures.add();
      if (!this.#failed) this.#parts.log.error('billing: the ledger cannot be written', { fault: String(fault) });
      this.#failed = true;
      this.#putBack(taken);
    }
  }

  /** In front of what came meanwhile; of an open call the newer state counts, and none once it has a record. */
  #putBack(taken: Waiting): void {
    const newer = this.#waiting;
    const opened = new Map([...taken.opened, ...newer.opened]);
    for (const { id } of newer.records) opened.delete(id);
    this.#waiting = {
      opened,
      records: [...taken.records, ...newer.records],
      entries: [...taken.entries, ...newer.entries],
      done: [...taken.done, ...newer.done],
    };
  }
}

const notWritten = (): CodedError =>
  new CodedError('storage.failed', 'billing: the server stops, and the ledger cannot be written');

const nothing = (): Waiting => ({ opened: new Map(), records: [], entries: [], done: [] });

function withoutFirst({ opened, records, entries, done }: Waiting, count: number): Waiting | null {
  if (opened.size <= count && records.length <= count && entries.length <= count) return null;
  return {
    opened: new Map([...opened].slice(count)),
    records: records.slice(count),
    entries: entries.slice(count),
    done,
  };
}
