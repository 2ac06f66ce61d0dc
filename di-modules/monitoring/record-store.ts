import { type Clock, CodedError, type DiValue } from '../../core/index.ts';
import { Attributes, Shapes } from './attributes.ts';
import { counterValue, isFinished, type MonitoringRecord, toInteger } from './record.ts';
import { isList, sameValue } from './value-equality.ts';

export interface StoreLimits {
  /** Finished records kept; 0: no limit. */
  readonly maxFinished: number;
  /** Records kept; 0: no limit. */
  readonly maxRecords: number;
  /** Attributes of a record, entries of a list; 0: no limit. */
  readonly maxValues: number;
}

/** `[name, value]`: the attribute has exactly that value. */
export type Condition = readonly [name: string, value: DiValue];

/**
 * All records, oldest first. Reading never creates anything. Memory is bounded: past `maxFinished`
 * the record that was marked finished first is dropped; past `maxRecords` new ones are refused.
 */
export class RecordStore {
  readonly #clock: Clock;
  readonly #limits: StoreLimits;
  readonly #onErased: (id: string) => void;
  readonly #records = new Map<string, MonitoringRecord>();
  readonly #shapes = new Shapes();
  /** Ids with a finish stamp, in the order in which they were stamped. */
  readonly #stamped = new Set<string>();
  /** Where the next one to drop is looked for: a look from the beginning passes the holes of all that were dropped. */
  #oldest: IterableIterator<string> | null = null;

  constructor(clock: Clock, limits: StoreLimits, onErased: (id: string) => void = () => {}) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onErased = onErased;
  }

  get size(): number {
    return this.#records.size;
  }

  find(id: string): MonitoringRecord | null {
    return this.#records.get(id) ?? null;
  }

  /** @throws CodedError `module.full`. */
  set(id: string, pairs: readonly Condition[]): void {
    if (pairs.length === 0) return; // only an id: no record (di-interfaces 5.1)
    const record = this.#obtain(id);
    const { maxValues } = this.#limits;
    if ((maxValues === 0 || pairs.length <= maxValues) && record.attributes.fill(pairs)) return;
    for (const [name, value] of pairs) this.#setAttribute(record, name, value);
  }

  /** Makes the attribute a list (a value that is there becomes its first entry) and appends. */
  append(id: string, name: string, value: DiValue): void {
    const record = this.#obtain(id);
    const present = record.attributes.get(name);
    const list = present === undefined ? [] : isList(present) ? present : [present];
    if (this.#limits.maxValues > 0 && list.length >= this.#limits.maxValues)
      throw new CodedError('module.full', `attribute ${name} of ${id} has max_values entries`);
    this.#setAttribute(record, name, [...list, value]);
  }

  /** Adds to an integer attribute; a missing one, or one of another type, counts as 0. */
  count(id: string, name: string, amount: number): void {
    const record = this.#obtain(id);
    this.#setAttribute(record, name, toInteger(counterValue(record.attributes.get(name)) + BigInt(amount)));
  }

  /** Sets the finish time (Unix ms) unless there is one; creates the record, as SEMS does. */
  markFinished(id: string): void {
    if (this.find(id)?.finishedAtMs) return;
    this.setExpiration(id, this.#clock.unixMs());
  }

  /** Sets the finish time (Unix ms; 0: active again); creates the record, as SEMS does. */
  setExpiration(id: string, atUnixMs: number): void {
    this.#obtain(id).finishedAtMs = atUnixMs;
    this.#stamped.delete(id);
    if (atUnixMs !== 0) this.#stamped.add(id);
    this.#dropOldestFinished();
  }

  erase(id: string): void {
    this.#records.delete(id);
    this.#stamped.delete(id);
    this.#onErased(id);
  }

  clear(): void {
    this.#records.clear();
    this.#stamped.clear();
    this.#shapes.clear();
  }

  /** Erases what is finished, with its samples. */
  clearFinished(): void {
    for (const id of this.list('finished')) this.erase(id);
  }

  /** Erases records but leaves their samples (di-interfaces 5.1, `eraseByFilter`). */
  eraseByFilter(conditions: readonly Condition[]): string[] {
    const ids = this.listByFilter(conditions);
    for (const id of ids) {
      this.#records.delete(id);
      this.#stamped.delete(id);
    }
    return ids;
  }

  list(which: 'all' | 'active' | 'finished'): string[] {
    return this.#select(which).map(({ id }) => id);
  }

  /**
   * Records that fulfil all conditions; a missing attribute counts as null. A look at each record: an index would cost
   * every `log` more than it saves here.
   */
  listByFilter(conditions: readonly Condition[]): string[] {
    const ids: string[] = [];
    for (const { id, attributes } of this.#records.values()) if (fits(attributes, conditions)) ids.push(id);
    return ids;
  }

  /** Records whose attribute is a text that `fits`. */
  listByText(name: string, fits: (text: string) => boolean): string[] {
    const ids: string[] = [];
    for (const { id, attributes } of this.#records.values()) {
      const value = attributes.get(name);
      if (typeof value === 'string' && fits(value)) ids.push(id);
    }
    return ids;
  }

  /** `[id, value]` of each record; null where it has no such attribute. */
  attribute(name: string, which: 'all' | 'active' | 'finished'): [id: string, value: DiValue][] {
    return this.#select(which).map(({ id, attributes }) => [id, attributes.get(name) ?? null]);
  }

  #select(which: 'all' | 'active' | 'finished'): MonitoringRecord[] {
    const records = [...this.#records.values()];
    if (which === 'all') return records;
    const now = this.#clock.unixMs();
    return records.filter((record) => isFinished(record, now) === (which === 'finished'));
  }

  #obtain(id: string): MonitoringRecord {
    const present = this.#records.get(id);
    if (present !== undefined) return present;
    if (this.#limits.maxRecords > 0 && this.#records.size >= this.#limits.maxRecords && !this.#dropFirstFinished())
      throw new CodedError('module.full', `monitoring keeps max_records (${this.#limits.maxRecords}) records`);
    const record: MonitoringRecord = { id, attributes: new Attributes(this.#shapes), finishedAtMs: 0 };
    this.#records.set(id, record);
    return record;
  }

  #setAttribute({ id, attributes }: MonitoringRecord, name: string, value: DiValue): void {
    if (this.#limits.maxValues > 0 && attributes.size >= this.#limits.maxValues && !attributes.has(name))
      throw new CodedError('module.full', `record ${id} has max_values attributes`);
    attributes.set(name, value);
  }

  #dropOldestFinished(): void {
    if (this.#limits.maxFinished === 0) return;
    while (this.#stamped.size > this.#limits.maxFinished && this.#dropFirstFinished());
  }

  /** Drops the record that was stamped first and is finished by now; false when there is none. */
  #dropFirstFinished(): boolean {
    const now = this.#clock.unixMs();
    const oldest = this.#oldest ?? this.#stamped.values();
    const next = oldest.next();
    const record = next.done ? undefined : this.#records.get(next.value);
    const isDue = !next.done && (record === undefined || isFinished(record, now));
    this.#oldest = isDue ? oldest : null;
    if (!isDue) return this.#dropFirstOf(now);
    this.erase(next.value);
    return true;
  }

  /** The same from the beginning: some may be stamped with a time to come, and stay in front. */
  #dropFirstOf(now: number): boolean {
    for (const id of this.#stamped) {
      const record = this.#records.get(id);
      if (record !== undefined && !isFinished(record, now)) continue;
      this.erase(id);
      return true;
    }
    return false;
  }
}

function fits(attributes: Attributes, conditions: readonly Condition[]): boolean {
  for (const [name, value] of conditions) if (!sameValue(attributes.get(name) ?? null, value)) return false;
  return true;
}
