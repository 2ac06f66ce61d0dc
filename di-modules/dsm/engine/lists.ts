import { DsmException, type DsmFlow } from '../../../core/index.ts';
import { BudgetSpent } from './budget.ts';
import { allHold } from './conditions-hold.ts';
import { isPromise, type Steps } from './drive.ts';
import { loopNames, loopRounds } from './loops.ts';
import type { Machine } from './machine.ts';
import { operandValue } from './operand.ts';
import type { ActionStep, ForStep, IfStep, List, Step } from './program.ts';
import type { Rest, RunningEvent } from './running-event.ts';

/** How a list ended: through, or left by an action (reference/dsm 3.3, 3.5). */
export type Flow = DsmFlow | undefined;

/**
 * Runs a list from an index on. `outer`: where the function goes on that the list belongs to.
 * @throws DsmException, BudgetSpent
 */
export function* runList(
  machine: Machine,
  list: List,
  run: RunningEvent,
  outer: Rest | null = null,
  from = 0,
): Steps<Flow> {
  if (from >= list.steps.length) return undefined;
  const { purse } = run;
  purse.enterList();
  try {
    for (let i = from; i < list.steps.length; i++) {
      const step = list.steps[i];
      if (step === undefined) break;
      purse.step();
      run.list = list;
      run.index = i;
      run.outer = outer;
      let flow: Flow;
      if (step.kind === 'action') {
        const result = runAction(machine, step);
        flow = isPromise(result) ? yield* awaitAction(machine, step, result) : result;
      } else flow = yield* runBlock(machine, step, run, { list, from: i + 1, next: outer });
      if (flow !== undefined) return flow;
    }
    return undefined;
  } finally {
    purse.leaveList();
  }
}

/** Most actions are over when they return: these cost no generator. */
function runAction(machine: Machine, step: ActionStep): Flow | Promise<unknown> {
  const { script, hooks } = machine;
  const { action, call, first, second } = step;
  try {
    const firstValue = operandValue(first, script);
    const secondValue = operandValue(second, script);
    hooks?.actionRuns?.(machine, call, firstValue, secondValue);
    const result = action.run(script, firstValue, secondValue);
    return isPromise(result) ? result : flowOf(result);
  } catch (fault) {
    return actionFailed(machine, step, fault);
  }
}

function* awaitAction(machine: Machine, step: ActionStep, pending: Promise<unknown>): Steps<Flow> {
  try {
    return flowOf(yield pending);
  } catch (fault) {
    return actionFailed(machine, step, fault);
  }
}

const flowOf = (result: unknown): Flow => (result === 'break' || result === 'abort' ? result : undefined);

/** @throws the fault if it is one for scripts */
function actionFailed(machine: Machine, { call }: ActionStep, fault: unknown): undefined {
  if (fault instanceof DsmException || fault instanceof BudgetSpent) throw fault;
  machine.rowFailed(call.name, call.position, fault);
}

function* runBlock(machine: Machine, step: Exclude<Step, ActionStep>, run: RunningEvent, behind: Rest): Steps<Flow> {
  switch (step.kind) {
    case 'function':
      // Its elements stand in place of the call: what is left behind it is part of this list.
      return yield* runList(machine, step.list, run, behind);
    case 'if':
      return yield* runIf(machine, step, run);
    case 'for':
      return yield* runFor(machine, step, run);
    case 'tooDeep':
      throw new BudgetSpent('depth');
  }
}

/** "Called inside an `if` block: only the rest of that block is saved" (3.6, K): nothing is behind the blocks. */
function* runIf(machine: Machine, step: IfStep, run: RunningEvent): Steps<Flow> {
  const held = allHold(machine, step.conditions, run, null);
  const isTrue = typeof held === 'boolean' ? held : (yield held) === true;
  return yield* runList(machine, isTrue ? step.whenTrue : step.whenFalse, run);
}

/** An exception leaves the loop's variables as they are ("nothing is undone", 3.7); every other end restores them. */
function* runFor(machine: Machine, step: ForStep, run: RunningEvent): Steps<Flow> {
  const { script } = machine;
  const { variables, compatibility } = script;
  const names = loopNames(step);
  const rounds = loopRounds(step, script);
  if (rounds === null) {
    script.log.warn('DSM: a bound of a loop is no number');
    return undefined;
  }
  const former = names.map((name) => (variables.has(name) ? variables.get(name) : null));
  let flow: Flow;
  for (const values of rounds) {
    run.purse.step();
    for (const [i, name] of names.entries()) variables.set(name, values[i] ?? '');
    const ended = yield* runList(machine, step.list, run);
    if (ended === 'break') break;
    if (ended === 'abort' && !compatibility.loopsOutliveJumps) {
      flow = ended;
      break;
    }
  }
  for (const [i, name] of names.entries()) {
    const value = former[i] ?? null;
    if (value === null) variables.delete(name);
    else variables.set(name, value);
  }
  return flow;
}
