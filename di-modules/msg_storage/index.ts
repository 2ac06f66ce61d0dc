/** Messages of users, as files: SEMS's `msg_storage` (di-interfaces 5.11). */
import { join, resolve } from 'node:path';
import { defineModule } from '../../core/index.ts';
import { MsgStorageConfigSchema } from './config.ts';
import { storageEvents } from './events.ts';
import { functions, type MsgStorageState } from './functions.ts';
import { Sinks } from './sinks.ts';
import { MessageStorage } from './storage.ts';

export const msgStorage = defineModule({
  name: 'msg_storage',
  summary: 'Messages of users, as files.',
  config: MsgStorageConfigSchema,
  functions,
  events: storageEvents,
  async start({ config, counters, dataPath, files, invoke, log, publishDeclared }): Promise<MsgStorageState> {
    const sinks = new Sinks(invoke, log);
    const refused = counters.counter(
      'callbus_msg_storage_full_total',
      'Messages that a user had no room for, by limit',
    );
    const storage = new MessageStorage({
      files,
      log,
      config,
      faults: counters.counter('callbus_msg_storage_faults_total', 'What the disk refused, by fault'),
      folder: config.storage_dir === '' ? join(dataPath, 'messages') : resolve(config.storage_dir),
      inbox: config.inbox === '' ? join(dataPath, 'inbox') : resolve(config.inbox),
      onChange(change) {
        publishDeclared('msg_storage.changed', change);
        sinks.tell(change);
      },
      onFull(full) {
        refused.add(1, { limit: full.limit });
        publishDeclared('msg_storage.full', full);
      },
    });
    await storage.probe();
    return { storage, sinks };
  },
  stop: ({ storage }) => storage.stop(),
});
