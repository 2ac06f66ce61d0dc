/** Runs one transaction machine: keeps its state and timers, hands every other action to its kind of transaction. */
import type { Clock, Timer } from '../runtime/index.ts';
import type { SipCounters } from './counters.ts';
import { type Machine, step } from './machine.ts';
import { nextIntervalMs, T2_MS, type TimerAction, type TimerInput, type TimerName, timerMs } from './timers.ts';

/** What all transactions of a stack share. */
export interface TransactionContext {
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly counters: SipCounters;
}

/**
 * A transaction lives on for 32 seconds after its final response: it is one object without closures,
 * and a subclass lets go of what is only needed until then.
 */
export abstract class TransactionRunner<Input extends string, Action extends string> {
  protected readonly context: TransactionContext;
  readonly #machine: Machine<string, Input | TimerInput, Action | TimerAction>;
  readonly #reliable: boolean;
  #state: string;
  /** Timer A, E or G. */
  #repeating: Timer | null = null;
  #intervalMs = 0;
  /** Any other timer: no state has two of these. */
  #limit: Timer | null = null;

  constructor(
    context: TransactionContext,
    machine: Machine<string, Input | TimerInput, Action | TimerAction>,
    initial: string,
    reliable: boolean,
  ) {
    this.context = context;
    this.#machine = machine;
    this.#state = initial;
    this.#reliable = reliable;
  }

  get state(): string {
    return this.#state;
  }

  /** One input; false when the state ignores it. */
  input(input: Input | TimerInput): boolean {
    const transition = step(this.#machine, this.#state, input);
    if (transition === null) return false;
    const [next, actions] = transition;
    const ended = next === 'terminated' && this.#state !== 'terminated';
    this.#state = next;
    if (ended) this.#stopAll();
    for (const action of actions) {
      const timerAction = timerActions.get(action);
      if (timerAction === undefined) this.perform(action);
      else this.#time(timerAction.verb, timerAction.name);
    }
    if (ended) this.onTerminated();
    return true;
  }

  /** Ends the transaction without telling anybody but `onTerminated`. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#stopAll();
    this.onTerminated();
  }

  /** Gets every action that is no timer's. */
  protected abstract perform(action: Action | TimerAction): void;

  /** Runs once, when the machine reaches `terminated`. */
  protected abstract onTerminated(): void;

  protected start(name: TimerName): void {
    this.#start(name, timerMs(name, this.context.t1Ms, this.#reliable));
  }

  /** No timer A, E or G any more. */
  protected stopRepeating(): void {
    this.#repeating?.cancel();
    this.#repeating = null;
  }

  #time(verb: Verb, name: TimerName): void {
    this.#stop(name);
    if (verb === 'start') this.start(name);
    else if (verb === 'restart') this.#start(name, nextIntervalMs(name, this.#intervalMs));
    else if (verb === 'slow') this.#start(name, T2_MS);
  }

  #start(name: TimerName, intervalMs: number | null): void {
    if (intervalMs === null) return;
    const timer = this.context.clock.after(intervalMs, () => this.input(`timer${name}`));
    if (isRepeating(name)) {
      this.#repeating = timer;
      this.#intervalMs = intervalMs;
    } else this.#limit = timer;
  }

  #stop(name: TimerName): void {
    if (isRepeating(name)) this.stopRepeating();
    else this.#stopLimit();
  }

  #stopLimit(): void {
    this.#limit?.cancel();
    this.#limit = null;
  }

  #stopAll(): void {
    this.stopRepeating();
    this.#stopLimit();
  }
}

function isRepeating(name: TimerName): boolean {
  return name === 'A' || name === 'E' || name === 'G';
}

type Verb = 'start' | 'restart' | 'slow' | 'stop';

const timerNames: readonly TimerName[] = ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M'];
const verbs: readonly Verb[] = ['start', 'restart', 'slow', 'stop'];
const timerActions: ReadonlyMap<string, { readonly verb: Verb; readonly name: TimerName }> = new Map(
  verbs.flatMap((verb) => timerNames.map((name) => [`${verb}${name}`, { verb, name }] as const)),
);
