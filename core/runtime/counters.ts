/**
 * Counters and gauges: every unusual branch has one. Plain numbers here; `rpc` turns them into
 * Prometheus text at `/metrics`. Names are Prometheus names (`callbus_sip_parse_errors_total`).
 */
export interface Counter {
  /** Labels have a small closed set of values: never a call tag, an address or a user's text. */
  add(amount?: number, labels?: Labels): void;
  value(labels?: Labels): number;
  /** The same with these labels: what is counted often looks them up once. */
  labelled(labels: Labels): Pick<Counter, 'add'>;
}

export type Labels = { readonly [name: string]: string };

export interface CounterSample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly { readonly labels: Labels; readonly value: number }[];
}

/**
 * Counts values by upper bounds (ascending), as Prometheus wants a histogram: in three counters,
 * `…_bucket` with the label `le`, `…_sum` and `…_count`.
 */
export class Histogram {
  readonly #bounds: readonly number[];
  /** By bound, and at the end those above all; not cumulated. */
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(counters: Counters, name: string, help: string, bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
    counters.family(`${name}_bucket`, help, 'counter', () => {
      let below = 0;
      return this.#counts.map((count, i) => {
        below += count;
        return { labels: { le: String(bounds[i] ?? '+Inf') }, value: below };
      });
    });
    counters.family(`${name}_sum`, `${help} Sum.`, 'counter', () => [{ labels: {}, value: this.#sum }]);
    counters.family(`${name}_count`, `${help} Count.`, 'counter', () => [{ labels: {}, value: this.#count }]);
  }

  /** Values below zero, and none at all, are left out: a counter never goes down. */
  add(value: number): void {
    if (!(value >= 0)) return;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const place = at < 0 ? this.#bounds.length : at;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
  }
}

interface Slot {
  readonly labels: Labels;
  value: number;
}

interface Entry {
  readonly help: string;
  readonly values: Map<string, Slot>;
}

export class Counters {
  readonly #counters = new Map<string, Entry>();
  readonly #gauges = new Map<string, { help: string; read: () => number }>();
  readonly #families = new Map<
    string,
    { help: string; type: CounterSample['type']; read: () => CounterSample['values'] }
  >();

  /** The counter of that name, made on first use. */
  counter(name: string, help: string): Counter {
    let entry = this.#counters.get(name);
    if (entry === undefined) {
      entry = { help, values: new Map() };
      this.#counters.set(name, entry);
    }
    const { values } = entry;
    /** Of most counters the only one. */
    let plain: Slot | undefined;
    return {
      add(amount = 1, labels = noLabels) {
        if (labels === noLabels) {
          plain ??= slotOf(values, '', noLabels);
          plain.value += amount;
        } else slotOf(values, keyOf(labels), labels).value += amount;
      },
      value: (labels = noLabels) => values.get(keyOf(labels))?.value ?? 0,
      labelled: (labels) => {
        let slot: Slot | undefined;
        return {
          add(amount = 1) {
            slot ??= slotOf(values, keyOf(labels), labels);
            slot.value += amount;
          },
        };
      },
    };
  }

  /** A value read when asked for; a later registration of the same name replaces it. */
  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read });
  }

  /** Labelled values that their owner keeps and that are read when asked for (hot paths count in plain fields). */
  family(name: string, help: string, type: CounterSample['type'], read: () => CounterSample['values']): void {
    this.#families.set(name, { help, type, read });
  }

  /** Everything, for `/metrics` and tests. */
  samples(): CounterSample[] {
    const counters = [...this.#counters].map(
      ([name, { help, values }]): CounterSample => ({
        name,
        help,
        type: 'counter',
        values: values.size > 0 ? [...values.values()] : [{ labels: {}, value: 0 }],
      }),
    );
    const gauges = [...this.#gauges].map(
      ([name, { help, read }]): CounterSample => ({
        name,
        help,
        type: 'gauge',
        values: [{ labels: {}, value: read() }],
      }),
    );
    const families = [...this.#families].map(
      ([name, { help, type, read }]): CounterSample => ({ name, help, type, values: read() }),
    );
    return [...counters, ...gauges, ...families];
  }
}

const noLabels: Labels = {};

function slotOf(values: Map<string, Slot>, key: string, labels: Labels): Slot {
  let slot = values.get(key);
  if (slot === undefined) {
    slot = { labels, value: 0 };
    values.set(key, slot);
  }
  return slot;
}

/** Counted several times a message: cheaper than JSON. */
function keyOf(labels: Labels): string {
  let key = '';
  for (const name in labels) key += `${name}\0${labels[name]}\0`;
  return key;
}
