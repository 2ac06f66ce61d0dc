/** The event log in the storage: an entry an event, with the event's id, and the newest id that was dropped. */
import { EventRecord, type EventStore } from './di/index.ts';
import type { AppendLog, KeyValueStore, Storage } from './storage/index.ts';

const droppedKey = 'dropped';

export function openEventStore(storage: Pick<Storage, 'appendLog' | 'keyValue'>): EventStore {
  const log: AppendLog = storage.appendLog('events');
  const marks: KeyValueStore = storage.keyValue('events');
  let droppedId = 0;
  return {
    async open() {
      const [lastId, dropped] = await Promise.all([log.lastId(), marks.get(droppedKey)]);
      droppedId = typeof dropped === 'number' ? dropped : 0;
      return { lastId, droppedId };
    },
    append: (records) =>
      log.appendAll(records.map(({ id, name, scope, text }) => ({ id, value: [name, scope, text] }))),
    async read(after, limit) {
      const entries = await log.read(after, limit);
      return entries.flatMap(({ id, value }) => {
        const [name, scope, text] = Array.isArray(value) ? value : [];
        const isWhole = typeof name === 'string' && typeof scope === 'string' && typeof text === 'string';
        return isWhole ? [EventRecord.stored(id, name, scope, text)] : [];
      });
    },
    async trim(untilId, count) {
      const [first] = await log.read(0, 1);
      const id = Math.max(first !== undefined && first.id <= untilId ? untilId : 0, await log.surplus(count));
      if (id === 0) return droppedId;
      // Noted first: what is dropped unnoticed would be missed without a word.
      droppedId = Math.max(droppedId, id);
      await marks.set(droppedKey, droppedId);
      await log.trim(droppedId);
      return droppedId;
    },
  };
}
