/** Writes into the folder that it is given, and exits with code 3 when a transaction is half written. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { realThreads } from '../../../core/runtime/index.ts';
import { openSqliteStorage } from '../../../core/storage/index.ts';

const path = process.argv[2] ?? '';
const store = openSqliteStorage({ path, threads: realThreads() }).keyValue('t');
await store.set('k', 0);
for (let n = 0; n < 20_000; n++) void store.set(`k${n}`, 'x'.repeat(1000));
(function exitInTheMiddle(): void {
  const journal = statSync(join(path, 'callbus.db-journal'), { throwIfNoEntry: false });
  if (journal !== undefined && journal.size > 0) process.exit(3);
  setImmediate(exitInTheMiddle);
})();
