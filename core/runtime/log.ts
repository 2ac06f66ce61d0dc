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

/** The switches of the levels, shared by all children of a root log. */
export interface LogControl {
  level: LogLevel;
  /** Levels of components; what is not named follows `level`. */
  components?: Map<string, LogLevel>;
  /** Levels of calls, by tag; they go before those of components. */
  calls?: Map<string, LogLevel>;
}

/** Which switches a log follows, from the fields bound to it. */
export interface LogScope {
  /** The module or part that writes; lines of a call without one are of `call`. */
  readonly component: string | undefined;
  readonly call: string | undefined;
}

/** The scope of a child with `fields`; what is bound later goes before. */
export function scopeWith({ component, call }: LogScope, fields: LogFields): LogScope {
  const { module, part, call: tag } = fields;
  return {
    component: typeof part === 'string' ? part : typeof module === 'string' ? module : component,
    call: typeof tag === 'string' ? tag : call,
  };
}

export const rootScope: LogScope = { component: undefined, call: undefined };

const severity: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Is a line of that level and scope written? */
export function isLogged(control: LogControl, level: LogLevel, { component, call }: LogScope): boolean {
  const { components, calls } = control;
  let wanted: LogLevel | undefined;
  if (calls !== undefined && calls.size > 0 && call !== undefined) wanted = calls.get(call);
  if (wanted === undefined && components !== undefined && components.size > 0) {
    const name = component ?? (call === undefined ? undefined : 'call');
    if (name !== undefined) wanted = components.get(name);
  }
  return severity[level] <= severity[wanted ?? control.level];
}

/** Drops everything. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
