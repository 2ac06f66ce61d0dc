/** What both kinds of picture show: states and the transitions between them. */
import type { ConditionCall, Diagram, Transition } from './ast.ts';

/** Longest text on an arrow. */
const labelLength = 60;

export interface DrawnState {
  readonly name: string;
  readonly isInitial: boolean;
  /** A transition leads there, but it is not declared. */
  readonly isMissing: boolean;
}

export interface DrawnEdge {
  /** Indices of states. */
  readonly from: number;
  readonly to: number;
  /** One for each transition that leads this way. */
  readonly labels: readonly string[];
  readonly isException: boolean;
}

export interface Drawing {
  readonly states: readonly DrawnState[];
  readonly edges: readonly DrawnEdge[];
}

export function drawingOf(diagram: Diagram): Drawing {
  const index = new Map<string, number>();
  const states: DrawnState[] = [];
  const add = (name: string, isMissing: boolean): number => {
    const known = index.get(name);
    if (known !== undefined) return known;
    index.set(name, states.length);
    states.push({ name, isInitial: diagram.initial?.name === name, isMissing });
    return states.length - 1;
  };
  for (const { name } of diagram.states) add(name, false);
  const edges = new Map<string, { from: number; to: number; labels: string[]; isException: boolean }>();
  for (const state of diagram.states)
    for (const transition of state.transitions) {
      const from = add(state.name, false);
      const to = add(transition.target, true);
      const key = `${from} ${to} ${transition.isException}`;
      const edge = edges.get(key) ?? { from, to, labels: [], isException: transition.isException };
      edge.labels.push(labelOf(transition));
      edges.set(key, edge);
    }
  return { states, edges: [...edges.values()] };
}

function labelOf({ name, conditions, isException }: Transition): string {
  const guard = [...(isException ? ['exception'] : []), ...conditions.map(conditionText)].join('; ');
  const label = guard === '' ? name : `${name}: ${guard}`;
  const line = label
    .slice(0, labelLength * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > labelLength ? `${line.slice(0, labelLength - 1)}…` : line;
}

function conditionText({ name, text, inverted, condition }: ConditionCall): string {
  // `test($x == 1)` says no more than `$x == 1`.
  const shown =
    condition.event === null && condition.test === undefined && text !== ''
      ? text
      : `${name}${text === '' ? '' : `(${text})`}`;
  return inverted ? `not ${shown}` : shown;
}
