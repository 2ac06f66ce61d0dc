/** Runs one transaction machine: keeps its state and timers, hands every other action to the owner. */
import type { Clock, Timer } from '../runtime/index.ts';
import { type Machine, step } from './machine.ts';
import { nextIntervalMs, T2_MS, type TimerAction, type TimerInput, type TimerName, timerMs } from './timers.ts';

export interface RunnerOptions<State extends string, Input extends string, Action extends string> {
  readonly machine: Machine<State | 'terminated', Input | TimerInput, Action | TimerAction>;
  readonly initial: State;
  /** Timers that run from the start. */
  readonly timers: readonly TimerName[];
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly reliable: boolean;
  /** Gets every action that is no timer's. */
  perform(action: Action | TimerAction): void;
  /** Runs once, when the machine reaches `terminated`. */
  onTerminated(): void;
}

interface Running {
  readonly timer: Timer;
  readonly intervalMs: number;
}

export class TransactionRunner<State extends string, Input extends string, Action extends string> {
  readonly #options: RunnerOptions<State, Input, Action>;
  readonly #timers = new Map<TimerName, Running>();
  #state: State | 'terminated';

  constructor(options: RunnerOptions<State, Input, Action>) {
    this.#options = options;
    this.#state = options.initial;
    for (const name of options.timers) this.#start(name, this.#firstMs(name));
  }

  get state(): State | 'terminated' {
    return this.#state;
  }

  /** One input; false when the state ignores it. */
  input(input: Input | TimerInput): boolean {
    const transition = step(this.#options.machine, this.#state, input);
    if (transition === null) return false;
    const [next, actions] = transition;
    const ended = next === 'terminated' && this.#state !== 'terminated';
    this.#state = next;
    if (ended) this.#stopAll();
    for (const action of actions) this.#perform(action);
    if (ended) this.#options.onTerminated();
    return true;
  }

  /** Stops one timer. */
  stop(name: TimerName): void {
    this.#timers.get(name)?.timer.cancel();
    this.#timers.delete(name);
  }

  /** Ends the transaction without telling anybody but `onTerminated`. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#stopAll();
    this.#options.onTerminated();
  }

  #perform(action: Action | TimerAction): void {
    const timerAction = timerActions.get(action);
    if (timerAction === undefined) {
      this.#options.perform(action);
      return;
    }
    const { verb, name } = timerAction;
    const intervalMs = this.#timers.get(name)?.intervalMs ?? this.#options.t1Ms;
    this.#timers.get(name)?.timer.cancel();
    this.#timers.delete(name);
    if (verb === 'start') this.#start(name, this.#firstMs(name));
    else if (verb === 'restart') this.#start(name, nextIntervalMs(name, intervalMs));
    else if (verb === 'slow') this.#start(name, T2_MS);
  }

  #firstMs(name: TimerName): number | null {
    return timerMs(name, this.#options.t1Ms, this.#options.reliable);
  }

  #start(name: TimerName, intervalMs: number | null): void {
    if (intervalMs === null) return;
    const timer = this.#options.clock.after(intervalMs, () => this.input(`timer${name}`));
    this.#timers.set(name, { timer, intervalMs });
  }

  #stopAll(): void {
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

type Verb = 'start' | 'restart' | 'slow' | 'stop';

const timerNames: readonly TimerName[] = ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M'];
const verbs: readonly Verb[] = ['start', 'restart', 'slow', 'stop'];
const timerActions: ReadonlyMap<string, { readonly verb: Verb; readonly name: TimerName }> = new Map(
  verbs.flatMap((verb) => timerNames.map((name) => [`${verb}${name}`, { verb, name }] as const)),
);
