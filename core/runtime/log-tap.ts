import type { Disposable } from './disposable.ts';
import {
  isLogged,
  type Log,
  type LogControl,
  type LogFields,
  type LogLevel,
  type LogScope,
  rootScope,
  scopeWith,
} from './log.ts';

/** One line of the log as it was written; `fields` with the bound ones. */
export type LogListener = (level: LogLevel, message: string, fields: LogFields) => void;

export interface LogTap {
  /** Writes to the target, and to the listeners what the level lets through. */
  readonly log: Log;
  listen(listener: LogListener): Disposable;
  /** Every line with a call bound, whatever the levels say. */
  listenToCalls(listener: CallLogListener): Disposable;
  /** Names of the components that have a log, in order of their first. */
  components(): readonly string[];
}

/** A line of one call; `fields` without the call. */
export type CallLogListener = (call: string, level: LogLevel, message: string, fields: LogFields) => void;

/** Lets others read along. Without listeners a line costs one comparison more. */
export function createLogTap(target: Log, control: LogControl): LogTap {
  const listeners = new Set<LogListener>();
  const callListeners = new Set<CallLogListener>();
  const components = new Set<string>(['call']);
  let isTelling = false;

  function tell(level: LogLevel, message: string, fields: LogFields, scope: LogScope): void {
    // A listener that logs is not told of its own line.
    if (isTelling) return;
    isTelling = true;
    try {
      if (isLogged(control, level, scope)) for (const listener of listeners) listener(level, message, fields);
      if (scope.call === undefined) return;
      const { call: _, ...others } = fields;
      for (const listener of callListeners) listener(scope.call, level, message, others);
    } finally {
      isTelling = false;
    }
  }

  function tapped(inner: Log, bound: LogFields, scope: LogScope): Log {
    if (scope.component !== undefined) components.add(scope.component);
    const hasReaders = (): boolean => listeners.size > 0 || (callListeners.size > 0 && scope.call !== undefined);
    const write =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        inner[level](message, fields);
        if (hasReaders()) tell(level, message, fields === undefined ? bound : { ...bound, ...fields }, scope);
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => tapped(inner.child(fields), { ...bound, ...fields }, scopeWith(scope, fields)),
    };
  }

  return {
    log: tapped(target, {}, rootScope),
    listen(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    listenToCalls(listener) {
      callListeners.add(listener);
      return { dispose: () => void callListeners.delete(listener) };
    },
    components: () => [...components],
  };
}
