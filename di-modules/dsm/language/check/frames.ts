/** jumpFSM, callFSM and returnFSM between diagrams. */
import type { ActionCall, Diagram, Fault } from '../ast.ts';
import { suggest } from '../suggest.ts';
import { found } from './report.ts';
import { actionsOf, listsOf, literalOf } from './walk.ts';

export interface FrameOptions {
  readonly severity: Fault['severity'];
  /** The diagram that calls begin with; default: the only one that no other goes to. */
  readonly start?: string;
  /** Names of diagrams that are there besides. */
  readonly known?: Iterable<string>;
}

export function checkFrames(diagrams: readonly Diagram[], options: FrameOptions): Fault[] {
  const calls = diagrams.map((diagram) => [diagram, [...callsOf(diagram)]] as const);
  const names = new Set([...diagrams.map(({ name }) => name), ...(options.known ?? [])]);
  const unknown = calls.flatMap(([, all]) => all.flatMap((call) => checkTarget(call, names, options.severity)));
  const goneTo = new Set(calls.flatMap(([, all]) => all.filter(isGoing).map(({ first }) => literalOf(first))));
  const unreferenced = diagrams.filter(({ name }) => !goneTo.has(name)).map(({ name }) => name);
  const start = options.start ?? (diagrams.length > 1 && unreferenced.length === 1 ? unreferenced[0] : undefined);
  // A call that names its diagram by a variable may lead anywhere.
  const isOpen = calls.some(([, all]) => all.some((call) => isGoing(call) && literalOf(call.first) === null));
  if (start === undefined || goneTo.has(start) || isOpen) return unknown;
  const returns = calls
    .filter(([{ name }]) => name === start)
    .flatMap(([, all]) => all.filter((call) => !isGoing(call)));
  return [
    ...unknown,
    ...returns.map(({ position }) =>
      found('warning', 'returnFromStart', position, `returnFSM in ${start}, which nothing has called`, 'returnFSM'),
    ),
  ];
}

const isGoing = ({ action }: ActionCall): boolean => action.name === 'jumpFSM' || action.name === 'callFSM';

function* callsOf(diagram: Diagram): Generator<ActionCall> {
  const seen = new Set<ActionCall>();
  for (const list of listsOf(diagram))
    for (const call of actionsOf(list)) {
      if (seen.has(call) || !(isGoing(call) || call.action.name === 'returnFSM')) continue;
      seen.add(call);
      yield call;
    }
}

function checkTarget(call: ActionCall, names: ReadonlySet<string>, severity: Fault['severity']): Fault[] {
  const target = isGoing(call) ? literalOf(call.first) : null;
  if (target === null || names.has(target)) return [];
  const near = suggest(target, names);
  const message = `${call.name} goes to diagram ${target}, which does not exist`;
  return [
    found(
      severity,
      'unknownDiagram',
      call.position,
      message,
      target,
      near === null ? undefined : `did you mean ${near}?`,
    ),
  ];
}
