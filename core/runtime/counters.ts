/**
 * Counters and gauges: every unusual branch has one. Plain numbers here; `rpc` turns them into
 * Prometheus text at `/metrics`. Names are Prometheus names (`callbus_sip_parse_errors_total`).
 */
export interface Counter {
  /** Labels have a small closed set of values: never a call tag, an address or a user's text. */
  add(amount?: number, labels?: Labels): void;
  value(labels?: Labels): number;
}

export type Labels = { readonly [name: string]: string };

export interface CounterSample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly { readonly labels: Labels; readonly value: number }[];
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
    return {
      add(amount = 1, labels = noLabels) {
        const key = labels === noLabels ? '' : keyOf(labels);
        const slot = values.get(key);
        if (slot === undefined) values.set(key, { labels, value: amount });
        else slot.value += amount;
      },
      value: (labels = noLabels) => values.get(keyOf(labels))?.value ?? 0,
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

/** Counted several times a message: cheaper than JSON. */
function keyOf(labels: Labels): string {
  let key = '';
  for (const name in labels) key += `${name}\0${labels[name]}\0`;
  return key;
}
