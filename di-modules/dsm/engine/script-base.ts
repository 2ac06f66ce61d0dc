import {
  type Call,
  CodedError,
  type DiValue,
  type DsmEventType,
  DsmException,
  type DsmScript,
  type Log,
} from '../../../core/index.ts';
import { type Compatibility, soundBehaviour } from './compatibility.ts';
import { expand } from './expand.ts';
import type { Machine } from './machine.ts';
import { resolve } from './operand.ts';
import type { RunningEvent } from './running-event.ts';
import { defaultVariableLimits, type VariableLimits, Variables } from './variables.ts';

export interface ScriptOptions {
  readonly kind: DsmScript['kind'];
  /** Name of its event queue. */
  readonly tag: string;
  readonly log: Log;
  readonly call?: Call | null;
  readonly limits?: VariableLimits;
  readonly compatibility?: Compatibility;
}

/** A running script without what only a host can give: calls and queues are added by overriding. */
export class ScriptBase implements DsmScript {
  readonly kind: DsmScript['kind'];
  readonly tag: string;
  readonly log: Log;
  readonly call: Call | null;
  readonly variables: Variables;
  readonly compatibility: Compatibility;
  /** Set by the machine that runs it. */
  machine: Machine | null = null;
  /** The event being processed; the innermost where actions raise events. */
  event: RunningEvent | null = null;
  /** `stop` was run: the host ends the session when the event is done. */
  stopped = false;
  #objects: Map<string, unknown> | null = null;
  #tracked: Set<string> | null = null;
  #cleanUps: (() => void | Promise<void>)[] | null = null;
  #abort: AbortController | null = null;
  #ended = false;

  constructor(options: ScriptOptions) {
    this.kind = options.kind;
    this.tag = options.tag;
    this.log = options.log;
    this.call = options.call ?? null;
    this.variables = new Variables(options.limits ?? defaultVariableLimits);
    this.compatibility = options.compatibility ?? soundBehaviour;
  }

  /** Made when first asked for: most scripts never do. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#ended) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get parameters(): Map<string, string> | null {
    return this.event?.parameters ?? null;
  }

  /** `Start` before the first event. */
  get eventType(): DsmEventType {
    return this.event?.type ?? 'Start';
  }

  get objects(): Map<string, unknown> {
    this.#objects ??= new Map();
    return this.#objects;
  }

  /** Override: `@name`. */
  select(_name: string): string {
    return '';
  }

  /** Override: the queue's owner gets the event. */
  postEvent(_queue: string, _parameters: ReadonlyMap<string, string>): boolean {
    return false;
  }

  /** Override: calls the bus. */
  invoke(module: string, _name: string, _args: readonly DiValue[]): Promise<DiValue> {
    return Promise.reject(new CodedError('rpc.unknownModule', module.slice(0, 80)));
  }

  /** Override: one more name under which events reach this script; false: another has it. */
  registerQueue(_name: string): boolean {
    return false;
  }

  /** Override: false: it was not this script's. */
  unregisterQueue(_name: string): boolean {
    return false;
  }

  /** Override: ends the session; `bye`: with BYE, CANCEL or 487 first. */
  stop(_bye: boolean): void | Promise<void> {
    this.stopped = true;
  }

  resolve(text: string): string {
    return resolve(text, this);
  }

  expand(text: string): string {
    return expand(text, this, this.compatibility);
  }

  setError(errno: string, text: string): void {
    this.variables.set('errno', errno);
    this.variables.set('strerror', text);
  }

  clearError(): void {
    this.variables.set('errno', '');
  }

  onEnd(cleanUp: () => void | Promise<void>): void {
    this.#cleanUps ??= [];
    this.#cleanUps.push(cleanUp);
  }

  /** Frees the object of that name at the end of the script; false: there is none. */
  trackObject(name: string): boolean {
    if (this.#objects?.has(name) !== true) return false;
    this.#tracked ??= new Set();
    this.#tracked.add(name);
    return true;
  }

  /** Undoes `trackObject`; false: it was not tracked. */
  releaseObject(name: string): boolean {
    return this.#tracked?.delete(name) === true;
  }

  /** Frees the object of that name now and forgets it; false: there is none. */
  async freeObject(name: string): Promise<boolean> {
    if (this.#objects?.has(name) !== true) return false;
    const object = this.#objects.get(name);
    this.#objects.delete(name);
    this.#tracked?.delete(name);
    await free(object);
    return true;
  }

  /** Ends the script: aborts its signal, runs what `onEnd` took, last first, frees tracked objects. Idempotent. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort?.abort();
    for (const cleanUp of (this.#cleanUps ?? []).reverse()) await this.#try(cleanUp);
    for (const name of this.#tracked ?? []) await this.#try(() => this.freeObject(name));
    this.#objects?.clear();
  }

  async #try(cleanUp: () => unknown): Promise<void> {
    try {
      await cleanUp();
    } catch (fault) {
      this.log.error('DSM: clean-up failed', { error: String(fault) });
    }
  }
}

/** The script as the engine's own actions need it. @throws DsmException `internal` for one that another engine runs. */
export function ownScript(script: DsmScript): ScriptBase {
  if (script instanceof ScriptBase) return script;
  throw new DsmException('internal', { cause: 'no script of this engine' });
}

/** The machine that runs it. @throws DsmException `internal` */
export function machineOf(script: DsmScript): Machine {
  const { machine } = ownScript(script);
  if (machine === null) throw new DsmException('internal', { cause: 'the script does not run' });
  return machine;
}

/** Ends what an object holds: by its `[Symbol.asyncDispose]`, `[Symbol.dispose]` or `dispose`, if it has one. */
async function free(object: unknown): Promise<void> {
  if (typeof object !== 'object' || object === null) return;
  for (const name of [Symbol.asyncDispose, Symbol.dispose, 'dispose']) {
    const end: unknown = Reflect.get(object, name);
    if (typeof end !== 'function') continue;
    await Reflect.apply(end, object, []);
    return;
  }
}
