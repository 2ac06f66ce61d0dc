/** The lock of a `node-sqlite3-wasm` database. Runs in threads: it waits. */
import { rmdirSync, statSync } from 'node:fs';

/** How long another process may hold the file: our transactions take milliseconds. */
const lockTries = 250;
const lockWaitMs = 20;

/**
 * `node-sqlite3-wasm` locks by a folder beside the file, which a killed process leaves behind. A lock
 * that is the same one for five seconds belongs to nobody and is removed.
 */
export class SqliteLock {
  readonly #folder: string;

  constructor(file: string) {
    this.#folder = `${file}.lock`;
  }

  /** Runs it, again while the file is locked. */
  whenFree(run: () => void): void {
    let seen = lockIdentity(this.#folder);
    for (let tries = 0; ; tries++) {
      try {
        run();
        return;
      } catch (fault) {
        if (!(fault instanceof Error) || !/locked|busy/i.test(fault.message)) throw fault;
        const now = lockIdentity(this.#folder);
        if (now !== seen) tries = Math.min(tries, lockTries / 2);
        seen = now;
        if (tries === lockTries && now !== null) rmdirSync(this.#folder);
        else if (tries > lockTries) throw fault;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockWaitMs);
    }
  }
}

function lockIdentity(folder: string): string | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.ctimeMs}`;
}
