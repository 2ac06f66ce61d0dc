import { CodedError } from '../../core/index.ts';

/** Times in Unix microseconds, as `struct timeval` has them. */
interface Sample {
  readonly atMicros: number;
  count: number;
}

export interface SampleLimits {
  readonly retainMicros: number;
  /** Lists (id and key) in all; 0: no limit. */
  readonly maxLists: number;
  /** Samples of one list; 0: no limit. The oldest go first. */
  readonly maxSamples: number;
}

/** Counts over time: for each id and key a list of samples, oldest first. */
export class SampleStore {
  readonly #limits: SampleLimits;
  readonly #byId = new Map<string, Map<string, Sample[]>>();
  #lists = 0;

  constructor(limits: SampleLimits) {
    this.#limits = limits;
  }

  /** Adds a sample; samples of the same time are added up. @throws CodedError `module.full`. */
  add(id: string, key: string, count: number, atMicros: number): void {
    const samples = this.#byId.get(id)?.get(key) ?? this.#newList(id, key, atMicros);
    const last = samples.at(-1);
    if (last?.atMicros === atMicros) last.count += count;
    else if (last === undefined || last.atMicros < atMicros) samples.push({ atMicros, count });
    else insert(samples, { atMicros, count });
    const newest = samples.at(-1)?.atMicros ?? atMicros;
    dropOlder(samples, newest - this.#limits.retainMicros);
    if (this.#limits.maxSamples > 0 && samples.length > this.#limits.maxSamples)
      samples.splice(0, samples.length - this.#limits.maxSamples);
  }

  /** Sum of the counts with from <= time <= to, after dropping what is older than the retention. */
  sum(id: string, key: string, window: SampleWindow): number {
    const samples = this.#byId.get(id)?.get(key);
    if (samples === undefined) return 0;
    dropOlder(samples, window.nowMicros - this.#limits.retainMicros);
    let sum = 0;
    for (const { atMicros, count } of samples)
      if (atMicros >= window.fromMicros && atMicros <= window.toMicros) sum += count;
    return sum;
  }

  keys(id: string): string[] {
    return [...(this.#byId.get(id)?.keys() ?? [])];
  }

  erase(id: string): void {
    this.#lists -= this.#byId.get(id)?.size ?? 0;
    this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
    this.#lists = 0;
  }

  #newList(id: string, key: string, nowMicros: number): Sample[] {
    if (this.#isFull()) this.#sweep(nowMicros);
    if (this.#isFull())
      throw new CodedError('module.full', `monitoring keeps max_records (${this.#limits.maxLists}) sample lists`);
    const lists = this.#byId.get(id) ?? new Map<string, Sample[]>();
    this.#byId.set(id, lists);
    const samples: Sample[] = [];
    lists.set(key, samples);
    this.#lists++;
    return samples;
  }

  #isFull(): boolean {
    return this.#limits.maxLists > 0 && this.#lists >= this.#limits.maxLists;
  }

  /** Drops the lists in which nothing is recent. */
  #sweep(nowMicros: number): void {
    for (const [id, lists] of this.#byId) {
      for (const [key, samples] of lists) {
        dropOlder(samples, nowMicros - this.#limits.retainMicros);
        if (samples.length === 0 && lists.delete(key)) this.#lists--;
      }
      if (lists.size === 0) this.#byId.delete(id);
    }
  }
}

export interface SampleWindow {
  readonly nowMicros: number;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Puts a sample that came late in its place. */
function insert(samples: Sample[], sample: Sample): void {
  const index = samples.findLastIndex(({ atMicros }) => atMicros <= sample.atMicros);
  const present = samples[index];
  if (present?.atMicros === sample.atMicros) present.count += sample.count;
  else samples.splice(index + 1, 0, sample);
}

function dropOlder(samples: Sample[], thanMicros: number): void {
  let old = 0;
  while ((samples[old]?.atMicros ?? Number.POSITIVE_INFINITY) < thanMicros) old++;
  if (old > 0) samples.splice(0, old);
}
