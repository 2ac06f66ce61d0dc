import { asCodedError, type Clock, type Counter, type Counters, type Log, type Timer } from '../../../core/index.ts';
import type { OutputPlace, Store } from '../store.ts';
import type { Output } from './output.ts';

export interface FeedParts {
  readonly name: string;
  readonly output: Output;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  onState(state: 'working' | 'failing', reason: string): void;
}

const firstRetryMs = 1000;
const longestRetryMs = 60_000;

/**
 * Gives the records of the storage to one output, in order, from the place that it had. An output that fails is tried
 * again with longer and longer pauses; nothing is passed over.
 */
export class OutputFeed {
  readonly name: string;
  readonly #parts: FeedParts;
  readonly #failures: Pick<Counter, 'add'>;
  readonly #delivered: Pick<Counter, 'add'>;
  #place: OutputPlace | null = null;
  #running: Promise<void> | null = null;
  #isWanted = false;
  #retry: Timer | null = null;
  #retryMs = firstRetryMs;
  #isStopped = false;
  #reason = '';

  constructor(parts: FeedParts) {
    const { counters, name } = parts;
    this.name = name;
    this.#parts = parts;
    this.#failures = counters
      .counter('callbus_billing_output_failures_total', 'Deliveries of records that failed.')
      .labelled({ output: name });
    this.#delivered = counters
      .counter('callbus_billing_output_records_total', 'Records that outputs took.')
      .labelled({ output: name });
  }

  /** The newest record that it took. */
  get seq(): number {
    return this.#place?.seq ?? 0;
  }

  /** Why it fails; empty: it works. */
  get reason(): string {
    return this.#reason;
  }

  /** There are new records. */
  kick(): void {
    this.#isWanted = true;
    if (this.#running === null && this.#retry === null && !this.#isStopped) this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    await this.#parts.output.close();
    await this.#running;
  }

  #start(): void {
    this.#running = this.#deliverAll().finally(() => {
      this.#running = null;
      if (this.#isWanted && this.#retry === null && !this.#isStopped) this.#start();
    });
  }

  async #deliverAll(): Promise<void> {
    this.#isWanted = false;
    try {
      while (!this.#isStopped && (await this.#deliverSome()));
      this.#retryMs = firstRetryMs;
      this.#tell('');
    } catch (fault) {
      if (this.#isStopped) return;
      this.#failures.add();
      this.#tell(asCodedError(fault).message);
      this.#retry = this.#parts.clock.after(this.#retryMs, () => {
        this.#retry = null;
        this.kick();
      });
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
    }
  }

  /** False: there is nothing more. */
  async #deliverSome(): Promise<boolean> {
    const { name, output, store } = this.#parts;
    this.#place ??= await store.placeOf(name);
    const before = this.#place;
    const records = await store.records({ afterSeq: before.seq, count: output.batch });
    if (records.length === 0) return false;
    const after = await output.deliver(records, before);
    await store.setPlace(name, after);
    this.#place = after;
    this.#delivered.add(records.filter(({ seq }) => seq <= after.seq).length);
    return true;
  }

  #tell(reason: string): void {
    const had = this.#reason;
    this.#reason = reason;
    if ((had === '') === (reason === '')) return;
    const { log, name, onState } = this.#parts;
    if (reason === '') log.info('billing: an output works again', { output: name });
    else log.warn('billing: an output fails; its records are kept', { output: name, reason });
    onState(reason === '' ? 'working' : 'failing', reason);
  }
}
