/** Orders with an idempotency key, in the storage: a repetition after a restart dials nobody. */
import { createHash } from 'node:crypto';
import { isRecord, type ModuleContext, printJson, toDi } from '../../core/index.ts';
import { type DialState, type Phase, phases } from './schemas.ts';

/** What is kept of an order. */
export interface StoredOrder {
  /** Of its caller and idempotency key. */
  readonly key: string;
  /** Of the order without its secrets. */
  readonly order: string;
  /** Of its dial when it was last written: before the first INVITE, and at the end. */
  readonly state: DialState;
}

/** A caller's key, and the text of an order, at one length and without what stands in them. */
export const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url');

export class OrderStore {
  readonly #store: ModuleContext<unknown>['storage'];

  constructor(store: ModuleContext<unknown>['storage']) {
    this.#store = store;
  }

  /** Oldest first. @throws CodedError `storage.failed`. */
  async all(): Promise<readonly StoredOrder[]> {
    const stored = (await this.#store.list('order/')).flatMap(({ key, value }) => orderOf(key.slice(6), value) ?? []);
    return stored.sort((one, other) => one.state.startedAtMs - other.state.startedAtMs);
  }

  /** Resolves when it is on disk. @throws CodedError `storage.failed`. */
  save({ key, order, state }: StoredOrder): Promise<void> {
    const plain: unknown = JSON.parse(printJson(state));
    return this.#store.set(`order/${key}`, { order, state: plain });
  }

  /** @throws CodedError `storage.failed`. */
  drop(key: string): Promise<void> {
    return this.#store.delete(`order/${key}`);
  }
}

function orderOf(key: string, value: unknown): StoredOrder | null {
  if (!isRecord(value) || typeof value['order'] !== 'string') return null;
  const state = stateOf(value['state']);
  return state === null ? null : { key, order: value['order'], state };
}

function stateOf(value: unknown): DialState | null {
  if (!isRecord(value)) return null;
  const { dial, a, startedAtMs, endedBy, why, data } = value;
  const phase = phases.find((each) => each === value['phase']);
  if (typeof dial !== 'string' || typeof a !== 'string' || typeof startedAtMs !== 'number' || phase === undefined)
    return null;
  const by = (['a', 'b', 'us', 'network'] as const).find((each) => each === endedBy);
  return {
    dial,
    phase: phase satisfies Phase,
    a,
    startedAtMs,
    ...textsOf(value, ['b', 'application', 'account', 'tariff', 'reason']),
    ...numbersOf(value, ['status', 'answeredAtMs', 'bridgedAtMs', 'endedAtMs']),
    ...(data === undefined ? {} : { data: toDi(data) }),
    ...(by === undefined ? {} : { endedBy: by }),
    ...(Array.isArray(why) ? { why: why.filter(isRecord).map(reasonOf) } : {}),
  };
}

const reasonOf = (value: { readonly [key: string]: unknown }) => ({
  code: '',
  sentence: '',
  ...textsOf(value, ['code', 'sentence', 'cause', 'next']),
});

function textsOf<K extends string>(value: { readonly [key: string]: unknown }, names: readonly K[]) {
  const texts: { [name in K]?: string } = {};
  for (const name of names) {
    const text = value[name];
    if (typeof text === 'string') texts[name] = text;
  }
  return texts;
}

function numbersOf<K extends string>(value: { readonly [key: string]: unknown }, names: readonly K[]) {
  const numbers: { [name in K]?: number } = {};
  for (const name of names) {
    const number = value[name];
    if (typeof number === 'number') numbers[name] = number;
  }
  return numbers;
}
