/** Storage in memory, for simulated worlds and servers that shall write nothing. */
import { storedText, storedValue } from './json-value.ts';
import { memoryDatabase } from './sqlite-sql.ts';
import type { AppendLog, KeyValueStore, SqlDatabase, Storage } from './types.ts';

export function memoryStorage(): Storage {
  const stores = new Map<string, KeyValueStore>();
  const logs = new Map<string, AppendLog>();
  const databases = new Map<string, SqlDatabase>();
  return {
    keyValue: (name) => once(stores, name, memoryKeyValue),
    appendLog: (name) => once(logs, name, memoryLog),
    // As a file does, it outlives who closes it.
    database: (file) => ({ ...once(databases, file, memoryDatabase), close: async () => {} }),
    close: async () => {},
  };
}

function once<T>(made: Map<string, T>, name: string, make: () => T): T {
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known;
}

function memoryKeyValue(): KeyValueStore {
  const texts = new Map<string, string>();
  return {
    async get(key) {
      const text = texts.get(key);
      return text === undefined ? undefined : storedValue(text);
    },
    async set(key, value) {
      texts.set(key, storedText(value));
    },
    async delete(key) {
      texts.delete(key);
    },
    async list(prefix = '') {
      const keys = [...texts.keys()].filter((key) => key.startsWith(prefix)).sort();
      return keys.map((key) => ({ key, value: storedValue(texts.get(key) ?? 'null') }));
    },
  };
}

function memoryLog(): AppendLog {
  let entries: { readonly id: number; readonly text: string }[] = [];
  let lastId = 0;
  return {
    async append(value) {
      entries.push({ id: ++lastId, text: storedText(value) });
      return lastId;
    },
    async read(afterId, limit) {
      const wanted = entries.filter(({ id }) => id > afterId).slice(0, limit);
      return wanted.map(({ id, text }) => ({ id, value: storedValue(text) }));
    },
    async appendAll(given) {
      for (const { id, value } of given) {
        if (id <= lastId) continue;
        entries.push({ id, text: storedText(value) });
        lastId = id;
      }
    },
    lastId: async () => lastId,
    async trim(id) {
      entries = entries.filter((entry) => entry.id > id);
    },
    surplus: async (count) => entries[entries.length - count - 1]?.id ?? 0,
  };
}
