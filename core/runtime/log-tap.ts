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

/** A line of one call; `fields` gives them without the call, and is asked only by who shows them. */
export type CallLogListener = (call: string, level: LogLevel, message: string, fields: () => LogFields) => void;

/** Lets others read along. Without listeners a line costs one comparison more. */
export function createLogTap(target: Log, control: LogControl): LogTap {
  const readers = new Readers(control);
  return {
    log: new TappedLog(readers, target, {}, rootScope),
    listen(listener) {
      readers.all.add(listener);
      return { dispose: () => void readers.all.delete(listener) };
    },
    listenToCalls(listener) {
      readers.ofCalls.add(listener);
      return { dispose: () => void readers.ofCalls.delete(listener) };
    },
    components: () => [...readers.components],
  };
}

class Readers {
  readonly all = new Set<LogListener>();
  readonly ofCalls = new Set<CallLogListener>();
  readonly components = new Set<string>(['call']);
  readonly #control: LogControl;
  #isTelling = false;

  constructor(control: LogControl) {
    this.#control = control;
  }

  has(scope: LogScope): boolean {
    return this.all.size > 0 || (this.ofCalls.size > 0 && scope.call !== undefined);
  }

  tell(level: LogLevel, message: string, fields: () => LogFields, scope: LogScope): void {
    // A listener that logs is not told of its own line.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      if (this.all.size > 0 && isLogged(this.#control, level, scope))
        for (const listener of this.all) listener(level, message, fields());
      if (scope.call === undefined) return;
      for (const listener of this.ofCalls) listener(scope.call, level, message, () => withoutCall(fields()));
    } finally {
      this.#isTelling = false;
    }
  }
}

/** Every call has one: an object without closures. */
class TappedLog implements Log {
  readonly #readers: Readers;
  readonly #inner: Log;
  readonly #bound: LogFields;
  readonly #scope: LogScope;

  constructor(readers: Readers, inner: Log, bound: LogFields, scope: LogScope) {
    this.#readers = readers;
    this.#inner = inner;
    this.#bound = bound;
    this.#scope = scope;
    if (scope.component !== undefined) readers.components.add(scope.component);
  }

  debug(message: string, fields?: LogFields): void {
    this.#inner.debug(message, fields);
    if (this.#readers.has(this.#scope)) this.#tell('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#inner.info(message, fields);
    if (this.#readers.has(this.#scope)) this.#tell('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#inner.warn(message, fields);
    if (this.#readers.has(this.#scope)) this.#tell('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#inner.error(message, fields);
    if (this.#readers.has(this.#scope)) this.#tell('error', message, fields);
  }

  child(fields: LogFields): Log {
    const bound = { ...this.#bound, ...fields };
    return new TappedLog(this.#readers, this.#inner.child(fields), bound, scopeWith(this.#scope, fields));
  }

  #tell(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const bound = this.#bound;
    this.#readers.tell(level, message, () => (fields === undefined ? bound : { ...bound, ...fields }), this.#scope);
  }
}

function withoutCall({ call: _, ...others }: LogFields): LogFields {
  return others;
}
