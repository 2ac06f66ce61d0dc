/** What of webhooks outlives a restart: those that were added, how far each is, and its dead letters. */
import {
  type Caller,
  type DiStruct,
  EventRecord,
  isRecord,
  isStruct,
  type ModuleContext,
  toDi,
} from '../../core/index.ts';
import type { DeadLetter, HookSettings } from './hook-types.ts';

type Store = ModuleContext<unknown>['storage'];

export class HookStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async hooks(): Promise<readonly HookSettings[]> {
    return (await this.#store.list('hook/')).flatMap(({ value }) => settingsOf(value) ?? []);
  }

  save(hook: HookSettings): Promise<void> {
    return this.#store.set(`hook/${hook.id}`, hook);
  }

  async remove(hook: string): Promise<void> {
    await this.#store.delete(`hook/${hook}`);
    await this.#store.delete(`position/${hook}`);
    for (const letter of await this.letters(hook)) await this.forget(hook, letter.id);
  }

  /** The newest event that is done; null: nothing is known of that webhook. */
  async position(hook: string): Promise<number | null> {
    const value = await this.#store.get(`position/${hook}`);
    return typeof value === 'number' ? value : null;
  }

  setPosition(hook: string, id: number): Promise<void> {
    return this.#store.set(`position/${hook}`, id);
  }

  /** Oldest first. */
  async letters(hook: string): Promise<readonly DeadLetter[]> {
    return (await this.#store.list(`dead/${hook}/`)).flatMap(({ value }) => letterOf(value) ?? []);
  }

  bury(hook: string, letter: DeadLetter): Promise<void> {
    return this.#store.set(keyOf(hook, letter.id), letter);
  }

  forget(hook: string, id: number): Promise<void> {
    return this.#store.delete(keyOf(hook, id));
  }
}

/** Ids of equal length sort as numbers do. */
const keyOf = (hook: string, id: number): string => `dead/${hook}/${String(id).padStart(16, '0')}`;

/** The record of a dead letter. */
export function recordOf({ id, name, scope, text }: DeadLetter): EventRecord {
  return EventRecord.stored(id, name, scope, text);
}

function settingsOf(value: unknown): HookSettings | null {
  if (!isRecord(value)) return null;
  const { id, url, secret, filters, match, caller } = value;
  if (typeof id !== 'string' || typeof url !== 'string' || typeof secret !== 'string' || !isRecord(caller)) return null;
  return {
    id,
    url,
    secret,
    filters: textsOf(filters),
    match: structOf(match),
    namedBy: 'caller',
    caller: callerOf(caller),
  };
}

function callerOf(value: { readonly [key: string]: unknown }): HookSettings['caller'] {
  const { name, scopes, limits, only, modules, credential } = value;
  return {
    name: typeof name === 'string' ? name : '',
    scopes: textsOf(scopes),
    limits: listsOf(limits),
    ...(only === undefined ? {} : { only: listsOf(only) }),
    ...(modules === undefined ? {} : { modules: textsOf(modules) }),
    ...(typeof credential === 'string' ? { credential } : {}),
  } satisfies Partial<Caller>;
}

function letterOf(value: unknown): DeadLetter | null {
  if (!isRecord(value)) return null;
  const { id, name, scope, text, reason, atMs } = value;
  if (typeof id !== 'number' || typeof name !== 'string' || typeof scope !== 'string') return null;
  if (typeof text !== 'string' || typeof reason !== 'string' || typeof atMs !== 'number') return null;
  return { id, name, scope, text, reason, atMs };
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

const listsOf = (value: unknown): { readonly [key: string]: readonly string[] } =>
  Object.fromEntries(Object.entries(isRecord(value) ? value : {}).map(([key, list]) => [key, textsOf(list)]));

function structOf(value: unknown): DiStruct {
  const struct = toDi(value);
  return isStruct(struct) ? struct : {};
}
