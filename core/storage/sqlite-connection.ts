/** One connection to an SQLite file, by the prebuilt `@photostructure/sqlite` (its face is that of `node:sqlite`). */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

/** How long a statement waits while another process holds the file. */
const busyMs = 5000;

/**
 * Opens it, made with its folder when missing; `file` null: in memory. Synchronous: for threads and simulated worlds.
 * What a killed process left half written is rolled back here: its lock went with it, as the kernel holds it.
 * A commit is on disk when it returns (`synchronous = FULL`).
 */
export function openConnection(file: string | null): DatabaseSyncInstance {
  if (file !== null) mkdirSync(dirname(file), { recursive: true });
  const connection = new DatabaseSync(file ?? ':memory:', { timeout: busyMs });
  connection.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL');
  return connection;
}

/** Runs it in one transaction, on disk when this returns; rolled back when it throws. */
export function inTransaction<Result>(connection: DatabaseSyncInstance, run: () => Result): Result {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    connection.exec('COMMIT');
    return result;
  } catch (fault) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw fault;
  }
}
