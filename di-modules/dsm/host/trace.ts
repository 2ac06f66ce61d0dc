import { type Machine, type MachineHooks, type TraceOptions, textTrace } from '../engine/index.ts';

/** Hooks for all machines at once: `write` gets the lines of each, one an event. */
export function traceOfEach(write: (tag: string, line: string) => void, options: TraceOptions): MachineHooks {
  const made = new WeakMap<Machine, MachineHooks>();
  const of = (machine: Machine): MachineHooks => {
    let hooks = made.get(machine);
    if (hooks === undefined) {
      hooks = textTrace((line) => write(machine.script.tag, line), options);
      made.set(machine, hooks);
    }
    return hooks;
  };
  return {
    eventBegins: (machine, ...rest) => of(machine).eventBegins?.(machine, ...rest),
    eventEnds: (machine) => of(machine).eventEnds?.(machine),
    conditionTried: (machine, ...rest) => of(machine).conditionTried?.(machine, ...rest),
    transitionFires: (machine, ...rest) => of(machine).transitionFires?.(machine, ...rest),
    listBegins: (machine, ...rest) => of(machine).listBegins?.(machine, ...rest),
    actionRuns: (machine, ...rest) => of(machine).actionRuns?.(machine, ...rest),
    stateChanges: (machine, ...rest) => of(machine).stateChanges?.(machine, ...rest),
    exceptionRaised: (machine, ...rest) => of(machine).exceptionRaised?.(machine, ...rest),
    reposted: (machine) => of(machine).reposted?.(machine),
    stopped: (machine, ...rest) => of(machine).stopped?.(machine, ...rest),
  };
}
