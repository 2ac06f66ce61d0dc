import { type DsmEventType, DsmException } from '../../../core/index.ts';
import type { Diagram, Position } from '../language/ast.ts';
import type { Breakpoints } from './breakpoints.ts';
import { type Budget, BudgetSpent, defaultBudget, Purse, type StopReason } from './budget.ts';
import { allHold } from './conditions-hold.ts';
import type { EngineCounters } from './counters.ts';
import { drive, type Steps } from './drive.ts';
import { guardHooks, type MachineHooks, type Place } from './hooks.ts';
import { type Flow, runList } from './lists.ts';
import { programOf } from './prepare.ts';
import type { List, ReadyState, ReadyTransition } from './program.ts';
import { type Frame, type Rest, RunningEvent } from './running-event.ts';
import type { ScriptBase } from './script-base.ts';

export interface EngineOptions {
  /** By name; those that `jumpFSM` and `callFSM` find. A reload makes a new map: running machines keep theirs. */
  readonly diagrams: ReadonlyMap<string, Diagram>;
  readonly script: ScriptBase;
  readonly budget?: Budget;
  readonly hooks?: MachineHooks;
  readonly counters?: EngineCounters;
}

/**
 * Runs one session's diagrams (reference/dsm 3). Synchronous and re-entrant: an event given while another
 * is processed is processed at once, against the state of that moment. Where an action or a condition gives
 * a promise, the event becomes one too and the host keeps the session's other events back meanwhile.
 * Nothing is ever thrown out of it.
 */
export class Machine {
  readonly script: ScriptBase;
  readonly hooks: MachineHooks | null;
  /** Places where it stops until it is told to go on; null: nobody debugs it. */
  breakpoints: Breakpoints | null = null;
  readonly #diagrams: ReadonlyMap<string, Diagram>;
  readonly #budget: Budget;
  readonly #counters: EngineCounters | null;
  #state: ReadyState | null = null;
  #frames: Frame[] = [];

  constructor({ diagrams, script, budget = defaultBudget, hooks, counters }: EngineOptions) {
    this.#diagrams = diagrams;
    this.script = script;
    this.#budget = budget;
    this.hooks = hooks === undefined ? null : guardHooks(hooks);
    this.#counters = counters ?? null;
    script.machine = this;
  }

  /** Current diagram and state; null: it ignores all events. */
  get place(): Place | null {
    return placeOf(this.#state);
  }

  /** Calls of diagrams that did not return. */
  get depth(): number {
    return this.#frames.length;
  }

  /**
   * Goes to the diagram's initial state, runs its enter list, then the event (reference/dsm 3.4). `place` is
   * null afterwards when there is no such diagram or no initial state.
   */
  init(diagram: string, type: DsmEventType): void | Promise<void> {
    const state = this.#initialState(diagram);
    const run = state === undefined ? null : this.#newEvent(type, null);
    return run === null || state === undefined ? undefined : this.#run(run, this.#start(run, state));
  }

  /** One event (reference/dsm 3.3). `parameters` is the map that the actions read and write: `#processed` is found in it. */
  runEvent(type: DsmEventType, parameters: Map<string, string> | null = null): void | Promise<void> {
    if (this.#state === null) return undefined;
    const run = this.#newEvent(type, parameters);
    return run === null ? undefined : this.#run(run, this.#process(run, false));
  }

  /** `repost`. */
  repost(): void {
    if (this.script.event !== null) this.script.event.again = true;
  }

  /** `jumpFSM`: to the diagram's initial state. An unknown one is logged and nothing happens. */
  jump(diagram: string): Flow | Promise<Flow> {
    const run = this.script.event;
    const state = this.#initialState(diagram);
    if (run === null || state === undefined) return undefined;
    return this.#drive(run, this.#enterDiagram(state, run));
  }

  /** `callFSM`: the same, and `returnFSM` comes back behind this action. */
  call(diagram: string): Flow | Promise<Flow> {
    const run = this.script.event;
    const known = this.#diagrams.has(diagram);
    if (run !== null && this.#state !== null && (known || this.script.compatibility.unknownCallsPush)) {
      if (this.#frames.length >= this.#budget.frames) throw new BudgetSpent('frames');
      this.#frames.push({ state: this.#state, rest: run.rest() });
    }
    return this.jump(diagram);
  }

  /** `returnFSM`. */
  return(): Flow | Promise<Flow> {
    const run = this.script.event;
    const frame = run === null ? undefined : this.#frames.pop();
    if (run === null || frame === undefined) {
      this.script.log.warn('DSM: returnFSM without a call of a diagram');
      return undefined;
    }
    return this.#drive(run, this.#resume(frame, run));
  }

  /** A row's code failed in a way that it does not tell scripts of: counted and logged, the script goes on. */
  rowFailed(name: string, { file, line }: Position, fault: unknown): void {
    this.#counters?.failed.add();
    this.script.log.error(`DSM: ${name} failed`, { at: `${file}:${line}`, error: String(fault).slice(0, 500) });
  }

  /** Null: too many events inside each other. */
  #newEvent(type: DsmEventType, parameters: Map<string, string> | null): RunningEvent | null {
    const outer = this.script.event;
    if (outer === null) return new RunningEvent(type, parameters, new Purse(this.#budget), 0);
    if (outer.nesting < this.#budget.nestedEvents) {
      return new RunningEvent(type, parameters, outer.purse, outer.nesting + 1);
    }
    this.#stop(type, 'nestedEvents');
    return null;
  }

  #drive<T>(run: RunningEvent, steps: Steps<T>): T | Promise<T> {
    return drive(steps, () => {
      this.script.event = run;
    });
  }

  #run(run: RunningEvent, body: Steps<void>): void | Promise<void> {
    return this.#drive(run, this.#guard(run, body));
  }

  /** Whatever goes wrong ends here. */
  *#guard(run: RunningEvent, body: Steps<void>): Steps<void> {
    const { script, hooks } = this;
    const outer = script.event;
    const { type } = run;
    script.event = run;
    hooks?.eventBegins?.(this, type, run.parameters, run.nesting > 0);
    try {
      yield* body;
    } catch (fault) {
      this.#fault(type, fault);
    }
    hooks?.eventEnds?.(this);
    script.event = outer;
  }

  #fault(type: DsmEventType, fault: unknown): void {
    if (fault instanceof BudgetSpent) this.#stop(type, fault.reason);
    else {
      this.#counters?.failed.add();
      this.script.log.error(`DSM: event ${type} failed`, { ...this.place, error: String(fault).slice(0, 500) });
    }
  }

  #stop(type: DsmEventType, reason: StopReason): void {
    this.#counters?.stopped.add(1, { reason });
    this.script.log.warn(`DSM: event ${type} stopped: more ${reason} than ${this.#budget[reason]}`, { ...this.place });
    this.hooks?.stopped?.(this, reason);
  }

  /**
   * "Exception in that enter list: instead of the init event" the handlers of the initial state get the exception's
   * parameters with the init event's type (reference/dsm 3.4).
   */
  *#start(run: RunningEvent, state: ReadyState | null): Steps<void> {
    let isException = false;
    try {
      yield* this.#enterDiagram(state, run);
    } catch (thrown) {
      run.parameters = this.#exceptionParameters(thrown);
      isException = true;
    }
    yield* this.#process(run, isException);
  }

  *#process(run: RunningEvent, isInitException: boolean): Steps<void> {
    let isException = isInitException;
    for (;;) {
      run.again = false;
      try {
        const fired = yield* this.#round(run, isException);
        if (isException && !fired) this.#uncaught(run);
      } catch (thrown) {
        run.parameters = this.#exceptionParameters(thrown);
        run.type = 'Exception';
        isException = true;
        run.again = true;
      }
      if (!run.again) return;
      run.purse.round();
      this.hooks?.reposted?.(this);
    }
  }

  /** A copy: what handlers set in them is not the event's. @throws what is no exception of scripts */
  #exceptionParameters(thrown: unknown): Map<string, string> {
    if (!(thrown instanceof DsmException)) throw thrown;
    this.hooks?.exceptionRaised?.(this, thrown);
    return new Map(thrown.parameters);
  }

  #uncaught(run: RunningEvent): void {
    this.#counters?.uncaught.add();
    this.script.log.info('DSM: exception without a handler', {
      ...this.place,
      type: run.parameters?.get('type') ?? '',
    });
  }

  /** The first transition that fits fires. False: none does. */
  *#round(run: RunningEvent, isException: boolean): Steps<boolean> {
    const from = this.#state;
    if (from === null) return false;
    for (const each of isException ? from.handlers : from.transitions) {
      run.purse.step();
      const held = allHold(this, each.conditions, run, each.transition);
      if (held === false || (held !== true && (yield held) !== true)) continue;
      yield* this.#fire(each, from, run);
      return true;
    }
    return false;
  }

  *#fire({ transition, actions }: ReadyTransition, from: ReadyState, run: RunningEvent): Steps<void> {
    const target = from.program.states.get(transition.target);
    this.hooks?.transitionFires?.(this, transition, { diagram: from.program.name, state: from.name });
    if (target === undefined) {
      this.script.log.warn(`DSM: transition ${transition.name}: no state ${transition.target}`, { ...this.place });
    }
    const { exit } = from;
    if (exit.steps.length > 0 && (yield* this.#list('exit', exit, run)) !== undefined) return;
    if (actions.steps.length > 0 && (yield* this.#list('transition', actions, run)) !== undefined) return;
    if (target === undefined) return;
    const pause = this.#move(target);
    if (pause !== null) yield pause;
    if (target.enter.steps.length > 0) yield* this.#list('enter', target.enter, run);
  }

  #list(what: 'exit' | 'transition' | 'enter', list: List, run: RunningEvent): Steps<Flow> {
    this.hooks?.listBegins?.(this, what);
    return runList(this, list, run);
  }

  /** `repost` in that enter list is without effect (reference/dsm 3.3); one before the jump stays. */
  *#enterDiagram(state: ReadyState | null, run: RunningEvent): Steps<Flow> {
    const pause = this.#move(state);
    if (pause !== null) yield pause;
    if (state === null) return 'abort';
    const { again } = run;
    if (state.enter.steps.length > 0) yield* this.#list('enter', state.enter, run);
    run.again = again;
    return 'abort';
  }

  /** Neither exit nor enter lists; then what stood behind the call, with the event of now. */
  *#resume(frame: Frame, run: RunningEvent): Steps<Flow> {
    const pause = this.#move(frame.state);
    if (pause !== null) yield pause;
    const { again } = run;
    if (frame.rest !== null) this.hooks?.listBegins?.(this, 'resumed');
    let flow: Flow;
    for (let rest: Rest | null = frame.rest; rest !== null && flow === undefined; rest = rest.next) {
      flow = yield* runList(this, rest.list, run, rest.next, rest.from);
    }
    run.again = again;
    return 'abort';
  }

  /** A promise where somebody debugs the script and wants it to wait here. */
  #move(state: ReadyState | null): Promise<unknown> | null {
    const from = this.#state;
    this.#state = state;
    const pause = this.breakpoints?.reached(placeOf(state)) ?? null;
    if (this.hooks?.stateChanges !== undefined) this.hooks.stateChanges(this, placeOf(from), placeOf(state));
    return pause;
  }

  /** Undefined: no such diagram · null: it has no initial state, so that all further events are ignored. */
  #initialState(name: string): ReadyState | null | undefined {
    const diagram = this.#diagrams.get(name);
    if (diagram === undefined) {
      this.script.log.error(`DSM: no diagram ${name.slice(0, 80)}`);
      return undefined;
    }
    const { initial } = programOf(diagram, this.script.compatibility);
    if (initial === null) this.script.log.error(`DSM: diagram ${name.slice(0, 80)} has no initial state`);
    return initial;
  }
}

const placeOf = (state: ReadyState | null): Place | null =>
  state === null ? null : { diagram: state.program.name, state: state.name };
