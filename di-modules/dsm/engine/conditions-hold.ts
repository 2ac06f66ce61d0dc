import { DsmException } from '../../../core/index.ts';
import type { Transition } from '../language/ast.ts';
import { BudgetSpent } from './budget.ts';
import { isPromise } from './drive.ts';
import { holds } from './expression.ts';
import type { Machine } from './machine.ts';
import { operandValue } from './operand.ts';
import type { ReadyCondition } from './program.ts';
import type { RunningEvent } from './running-event.ts';

/**
 * Whether all conditions hold, from left to right up to the first that does not. A promise only where one of them
 * gives one. `transition`: whose they are; null: of an `if`. @throws DsmException, BudgetSpent
 */
export function allHold(
  machine: Machine,
  conditions: readonly ReadyCondition[],
  run: RunningEvent,
  transition: Transition | null,
  from = 0,
): boolean | Promise<boolean> {
  for (let i = from; i < conditions.length; i++) {
    const condition = conditions[i];
    if (condition === undefined) break;
    run.purse.step();
    const held = isTrue(machine, condition, run);
    if (held !== null && typeof held !== 'boolean') {
      return held.then((late) => {
        machine.script.event = run;
        return decide(machine, condition, late, transition) && allHold(machine, conditions, run, transition, i + 1);
      });
    }
    if (!decide(machine, condition, held, transition)) return false;
  }
  return true;
}

/** `not` inverts the whole result, the type of the event included (K). Null, its code failed: it never holds. */
function decide(
  machine: Machine,
  condition: ReadyCondition,
  held: boolean | null,
  transition: Transition | null,
): boolean {
  const holdsNow = held !== null && held !== condition.inverted;
  machine.hooks?.conditionTried?.(machine, transition, condition.call, holdsNow);
  return holdsNow;
}

function isTrue(machine: Machine, ready: ReadyCondition, run: RunningEvent): boolean | null | Promise<boolean | null> {
  const { condition, expression } = ready;
  if (condition.event !== null && condition.event !== run.type) return false;
  const { script } = machine;
  if (expression !== null) return holds(expression, script);
  try {
    const result = condition.test?.(script, operandValue(ready.first, script), operandValue(ready.second, script));
    if (!isPromise(result)) return result === true;
    return result.then(
      (late) => late === true,
      (fault: unknown) => failed(machine, ready, fault),
    );
  } catch (fault) {
    return failed(machine, ready, fault);
  }
}

/** @throws DsmException, BudgetSpent: those are for the event */
function failed(machine: Machine, { call }: ReadyCondition, fault: unknown): null {
  if (fault instanceof DsmException || fault instanceof BudgetSpent) throw fault;
  machine.rowFailed(call.name, call.position, fault);
  return null;
}
