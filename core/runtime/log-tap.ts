import type { Disposable } from './disposable.ts';
import { type Log, type LogControl, type LogFields, type LogLevel, logLevels } from './log.ts';

/** One line of the log as it was written; `fields` with the bound ones. */
export type LogListener = (level: LogLevel, message: string, fields: LogFields) => void;

export interface LogTap {
  /** Writes to the target, and to the listeners what the level lets through. */
  readonly log: Log;
  listen(listener: LogListener): Disposable;
}

/** Lets others read along. Without listeners a line costs one comparison more. */
export function createLogTap(target: Log, control: LogControl): LogTap {
  const listeners = new Set<LogListener>();
  let isTelling = false;

  function tell(level: LogLevel, message: string, fields: LogFields): void {
    // A listener that logs is not told of its own line.
    if (isTelling || logLevels.indexOf(level) > logLevels.indexOf(control.level)) return;
    isTelling = true;
    try {
      for (const listener of listeners) listener(level, message, fields);
    } finally {
      isTelling = false;
    }
  }

  function tapped(inner: Log, bound: LogFields): Log {
    const write =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        inner[level](message, fields);
        if (listeners.size > 0) tell(level, message, fields === undefined ? bound : { ...bound, ...fields });
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => tapped(inner.child(fields), { ...bound, ...fields }),
    };
  }

  return {
    log: tapped(target, {}),
    listen(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
  };
}
