import type { ModuleContext, SqlDatabase } from '../../../../core/index.ts';
import { perServer } from '../server.ts';

/** A file that is open, and how many scripts use it. */
interface OpenFile {
  readonly database: SqlDatabase;
  users: number;
}

const openFiles = perServer(() => new Map<string, OpenFile>());

/**
 * A database for one script. A server gets a connection of the script's own, as in SEMS; a SQLite file, which costs a
 * thread, is opened once for all scripts and closed with the last of them.
 */
export function openForScript(context: ModuleContext<unknown>, place: string): SqlDatabase {
  if (place.includes('://')) return context.openDatabase(place);
  const files = openFiles(context);
  const file = files.get(place) ?? { database: context.openDatabase(place), users: 0 };
  files.set(place, file);
  file.users++;
  let closed = false;
  return {
    dialect: file.database.dialect,
    run: (sql, values) => file.database.run(sql, values),
    execute: (sql, values) => file.database.execute(sql, values),
    bytes: (sql, values) => file.database.bytes(sql, values),
    async close() {
      if (closed) return;
      closed = true;
      if (--file.users > 0) return;
      files.delete(place);
      await file.database.close();
    },
  };
}
