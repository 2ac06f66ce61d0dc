/** Transitions that can never fire. */
import type { ConditionCall, Diagram, Fault, Transition } from '../ast.ts';
import { found } from './report.ts';

/** Each is compared with each: of a longer list not all are. */
const mostCompared = 200;

export function checkFiring({ states }: Diagram): Fault[] {
  const told = new Set<Transition>();
  const faults: Fault[] = [];
  const tell = (transition: Transition, message: string, text: string): void => {
    if (told.has(transition)) return;
    told.add(transition);
    const { name, position } = transition;
    faults.push(
      found('warning', 'neverFires', position, `transition ${JSON.stringify(name)} can never fire: ${message}`, text),
    );
  };
  for (const { name, transitions } of states)
    for (const isException of [false, true]) {
      const before: Transition[] = [];
      for (const transition of transitions.filter((one) => one.isException === isException)) {
        const contradiction = contradictionIn(transition.conditions);
        if (contradiction !== null) tell(transition, contradiction, transition.name);
        const first = before.find((earlier) => covers(earlier.conditions, transition.conditions));
        if (first !== undefined && transition.sources.length <= 1)
          tell(transition, coveredBy(first, name), transition.name);
        if (before.length < mostCompared && isPure(transition.conditions)) before.push(transition);
      }
    }
  return faults;
}

function coveredBy(earlier: Transition, state: string): string {
  const which = `transition ${JSON.stringify(earlier.name)} of line ${earlier.position.line}`;
  return earlier.conditions.every(isAlways)
    ? `${which} leaves state ${state} on every event`
    : `${which} stands before it in state ${state}, and takes all that it could`;
}

/** Asking twice gives the same answer, and changes nothing. */
function isPure(conditions: readonly ConditionCall[]): boolean {
  return conditions.every(({ condition }) => condition.test === undefined || condition.event !== null);
}

/** Whenever the second guard holds, the first does. */
function covers(first: readonly ConditionCall[], second: readonly ConditionCall[]): boolean {
  if (first.length + second.length > mostCompared) return false;
  return first.every((one) => isAlways(one) || second.some((other) => impliedBy(one, other)));
}

function impliedBy(one: ConditionCall, other: ConditionCall): boolean {
  if (one.condition.event !== other.condition.event || one.inverted !== other.inverted) return false;
  // `key` holds for all that `key(#key == 1)` does; the other way round when inverted.
  if (!one.inverted && one.text === '' && one.condition.test === undefined) return true;
  return one.condition === other.condition && one.text.trim() === other.text.trim();
}

const isAlways = ({ condition, inverted, text }: ConditionCall): boolean =>
  condition.event === null && condition.test === undefined && !inverted && text === '';

function contradictionIn(conditions: readonly ConditionCall[]): string | null {
  if (conditions.length > mostCompared) return null;
  const events = new Set(
    conditions
      .filter(({ inverted, condition }) => !inverted && condition.event !== null)
      .map(({ condition }) => condition.event),
  );
  if (events.size > 1) return `no event is ${[...events].join(' and ')} at once`;
  const comparisons = conditions.flatMap((condition) => comparisonOf(condition) ?? []);
  for (const [index, one] of comparisons.entries())
    for (const other of comparisons.slice(index + 1))
      if (one.left === other.left && excludes(one, other)) return `${one.text} and ${other.text} exclude each other`;
  const opposite = conditions.find((one) =>
    conditions.some(
      (other) => other.inverted && !one.inverted && other.condition === one.condition && other.text === one.text,
    ),
  );
  return opposite === undefined ? null : `${opposite.name} is asked for and excluded`;
}

interface Comparison {
  readonly left: string;
  readonly operator: string;
  readonly right: string;
  readonly text: string;
}

/** `$x == literal` and the like; an inverted one is only turned where its event is any. */
function comparisonOf({ condition, text, inverted }: ConditionCall): Comparison | null {
  if (inverted || condition.test !== undefined) return null;
  const [, left = '', operator, right = ''] = /^([^=!<>]*)(==|!=|<|>)([^=].*)?$/s.exec(text) ?? [];
  const literal = right.trim().replace(/^"+|"+$/g, '');
  if (operator === undefined || /^[$#@]|\*|^len\(/.test(literal) || !/^\s*[$#@]/.test(left)) return null;
  return { left: left.trim(), operator, right: literal, text: text.trim() };
}

function excludes(one: Comparison, other: Comparison): boolean {
  const pair = `${one.operator} ${other.operator}`;
  if (pair === '== ==') return one.right !== other.right;
  if (pair === '== !=' || pair === '!= ==') return one.right === other.right;
  const [a, b] = [integerOf(one.right), integerOf(other.right)];
  if (a === null || b === null) return false;
  if (pair === '< >') return a <= b + 1;
  if (pair === '> <') return b <= a + 1;
  if (pair === '== <') return a >= b;
  if (pair === '< ==') return b >= a;
  if (pair === '== >') return a <= b;
  if (pair === '> ==') return b <= a;
  return false;
}

function integerOf(text: string): number | null {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}
