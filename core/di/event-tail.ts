import type { EventRecord } from './event-record.ts';

/** Records in memory at least, where they are durable; more when they are not. */
const tailSize = 2000;

/** The newest kept records, in memory. What is not durable stays. */
export class EventTail {
  /** Those kept up to this id are no longer here; all after it are. */
  floorId = 0;
  /** Those up to this one may go. */
  durableId = Number.POSITIVE_INFINITY;
  #records: EventRecord[] = [];

  add(record: EventRecord): void {
    this.#records.push(record);
    if (this.#records.length < 2 * tailSize) return;
    const gone = Math.min(this.#records.length - tailSize, this.#firstAfter(this.durableId));
    // Many at once: to move the rest for each one would cost the more, the longer the store takes.
    if (gone < tailSize) return;
    this.floorId = this.#records[gone - 1]?.id ?? this.floorId;
    this.#records.splice(0, gone);
  }

  /** At most `limit` with `after` < id <= `untilId`, oldest first; null: some of them are no longer here. */
  after(after: number, limit: number, untilId: number): readonly EventRecord[] | null {
    if (after < this.floorId) return null;
    const start = this.#firstAfter(after);
    const end = Math.min(start + limit, this.#firstAfter(untilId));
    return this.#records.slice(start, end);
  }

  #firstAfter(id: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle]?.id ?? 0) > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
