import type { Diagram, Fault } from '../ast.ts';
import type { ReadMode } from '../fault-rows.ts';
import { checkFrames } from './frames.ts';
import { checkHangup, checkInitial, checkReachable, checkTargets } from './states.ts';
import { checkFiring } from './transitions.ts';
import { checkVariables } from './variables.ts';

export interface CheckOptions {
  /** `strict`: what leads nowhere is an error; default: everything is a warning. */
  readonly mode?: ReadMode;
  /** The diagram that calls begin with; default: the only one that no other goes to. */
  readonly start?: string;
  /** Names of diagrams that are there besides. */
  readonly known?: Iterable<string>;
  /** Diagrams that were not read whole: only what is certain is told of them. */
  readonly partial?: ReadonlySet<Diagram>;
}

/** The linter, over the diagrams of one configuration: what loads, but cannot be meant. */
export function checkDiagrams(diagrams: readonly Diagram[], options: CheckOptions = {}): Fault[] {
  const severity: Fault['severity'] = options.mode === 'strict' ? 'error' : 'warning';
  const { start, known, partial } = options;
  const isWhole = (diagram: Diagram): boolean => partial?.has(diagram) !== true;
  const faults = diagrams.flatMap((diagram) => [
    ...checkTargets(diagram, severity),
    ...(isWhole(diagram)
      ? [
          ...checkInitial(diagram, `${diagram.name}.dsm`),
          ...checkReachable(diagram),
          ...checkHangup(diagram),
          ...checkFiring(diagram),
        ]
      : []),
  ]);
  const frames = checkFrames(diagrams, {
    severity,
    ...(start === undefined ? {} : { start }),
    ...(known === undefined ? {} : { known }),
  });
  const variables = diagrams.every(isWhole) ? checkVariables(diagrams) : [];
  return inOrder([...faults, ...frames, ...variables]);
}

/** What SEMS warns of when it loads a diagram (reference/dsm 1.7), as warnings. */
export function checkConsistency(diagram: Diagram): Fault[] {
  return inOrder([
    ...checkTargets(diagram, 'warning'),
    ...checkInitial(diagram, `${diagram.name}.dsm`),
    ...checkHangup(diagram),
  ]);
}

/** By file and place. */
export function inOrder(faults: readonly Fault[]): Fault[] {
  const files = [...new Set(faults.map(({ position }) => position.file))];
  return faults.toSorted(
    ({ position: a }, { position: b }) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
