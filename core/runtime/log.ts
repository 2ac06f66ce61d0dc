/**
 * Log lines a person can read and a machine can parse. Fields are bound once (`child`), above all
 * the call's tag as `call`. Never a line per packet; never a secret. Real: `pino-log.ts`.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields`. */
  child(fields: LogFields): Log;
}

export type LogFields = { readonly [key: string]: unknown };

/** SEMS's numbers, as `get_loglevel` and `set_loglevel` speak them (di-interfaces 3.3). */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The one switch of the level, shared by all children of a root log. */
export interface LogControl {
  level: LogLevel;
}

/** Drops everything. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
