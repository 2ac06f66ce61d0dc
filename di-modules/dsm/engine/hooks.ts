import type { DsmEventType, DsmException } from '../../../core/index.ts';
import type { ActionCall, ConditionCall, Transition } from '../language/ast.ts';
import type { StopReason } from './budget.ts';
import type { Machine } from './machine.ts';

/** Where a machine is. */
export interface Place {
  readonly diagram: string;
  readonly state: string;
}

/** What a debugger, a trace and statistics see of machines. A throw of theirs is logged and changes nothing. */
export interface MachineHooks {
  /** An event begins; `isNested`: an action of another one raised it. */
  eventBegins?(
    machine: Machine,
    type: DsmEventType,
    parameters: ReadonlyMap<string, string> | null,
    isNested: boolean,
  ): void;
  eventEnds?(machine: Machine): void;
  /** A condition was tried: of a transition, or (null) of an `if`. */
  conditionTried?(machine: Machine, transition: Transition | null, condition: ConditionCall, held: boolean): void;
  /** A transition fires; its lists come next. */
  transitionFires?(machine: Machine, transition: Transition, from: Place): void;
  /** A list begins. `resumed`: what `returnFSM` goes on with. */
  listBegins?(machine: Machine, list: 'exit' | 'transition' | 'enter' | 'resumed'): void;
  /** An action is about to run, with its parameters as they are given to it. */
  actionRuns?(machine: Machine, call: ActionCall, first: string, second: string): void;
  /** The machine is somewhere else now; the same place counts where a transition led to it. Null: nowhere. */
  stateChanges?(machine: Machine, from: Place | null, to: Place | null): void;
  exceptionRaised?(machine: Machine, exception: DsmException): void;
  /** The event is to be tried again (`repost`). */
  reposted?(machine: Machine): void;
  /** A bound ended the event. */
  stopped?(machine: Machine, reason: StopReason): void;
}

const names = [
  'eventBegins',
  'eventEnds',
  'conditionTried',
  'transitionFires',
  'listBegins',
  'actionRuns',
  'stateChanges',
  'exceptionRaised',
  'reposted',
  'stopped',
] as const satisfies readonly (keyof MachineHooks)[];

const guarded = new WeakMap<MachineHooks, MachineHooks>();

/** The same hooks, whose throws are logged and harm nobody. Made once for all machines. */
export function guardHooks(hooks: MachineHooks): MachineHooks {
  let guard = guarded.get(hooks);
  if (guard === undefined) {
    guard = joinHooks(hooks);
    guarded.set(hooks, guard);
  }
  return guard;
}

/** Several hooks as one: each is called in turn, whatever the others do. */
export function joinHooks(...all: readonly MachineHooks[]): MachineHooks {
  const joined: { [name: string]: (machine: Machine, ...args: never[]) => void } = {};
  for (const name of names) {
    const takers = all.filter((hooks) => hooks[name] !== undefined);
    if (takers.length === 0) continue;
    joined[name] = (machine, ...args) => {
      for (const hooks of takers) {
        try {
          Reflect.apply(hooks[name] ?? (() => {}), hooks, [machine, ...args]);
        } catch (fault) {
          machine.script.log.error(`DSM: hook ${name} failed`, { error: String(fault).slice(0, 500) });
        }
      }
    };
  }
  return joined;
}
