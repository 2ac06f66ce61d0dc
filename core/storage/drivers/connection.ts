import type { SqlOutcome, SqlValue } from '../types.ts';

/** One open connection to a server. */
export interface SqlConnection {
  /** Rejects with the driver's error; `isLost` tells whether the connection went with it. */
  execute(sql: string, values: readonly SqlValue[]): Promise<SqlOutcome>;
  bytes(sql: string, values: readonly SqlValue[]): Promise<Uint8Array | null>;
  readonly isLost: boolean;
  close(): Promise<void>;
}

/** Time to connect, and for one statement. */
export const connectMs = 5000;
export const statementMs = 30_000;
