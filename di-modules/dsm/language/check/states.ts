import type { DsmEventType } from '../../../../core/index.ts';
import type { Diagram, Fault, State, Transition } from '../ast.ts';
import { suggest } from '../suggest.ts';
import { found } from './report.ts';
import { actionsOf, listsOf, transitionsOf } from './walk.ts';

/** Targets that are no state (reference/dsm 1.7, consistency check). */
export function checkTargets({ states }: Diagram, severity: Fault['severity']): Fault[] {
  const names = new Set(states.map(({ name }) => name));
  return transitionsOf(states)
    .filter(({ target }) => target !== '' && !names.has(target))
    .map(({ target, name, position }) => {
      const near = suggest(target, names);
      const message = `transition ${JSON.stringify(name)} leads to state ${target}, which does not exist`;
      return found(
        severity,
        'unknownTarget',
        position,
        message,
        target,
        near === null ? undefined : `did you mean ${near}?`,
      );
    });
}

export function checkInitial({ initial, states, name }: Diagram, file: string): Fault[] {
  if (initial !== null) return [];
  const position = states[0]?.position ?? { file, line: 1, column: 1 };
  return [
    found(
      'warning',
      'noInitialState',
      position,
      `diagram ${name} has no initial state`,
      name,
      'write initial state NAME;',
    ),
  ];
}

export function checkReachable({ initial, states }: Diagram): Fault[] {
  if (initial === null) return [];
  const byName = new Map<string, State>();
  for (const state of states) if (!byName.has(state.name)) byName.set(state.name, state);
  const reached = new Set<State>([initial]);
  for (const state of reached)
    for (const { target } of state.transitions) {
      const next = byName.get(target);
      if (next !== undefined) reached.add(next);
    }
  return states
    .filter((state) => !reached.has(state))
    .map(({ name, position }) =>
      found('warning', 'unreachableState', position, `no way leads to state ${name} from the initial state`, name),
    );
}

/** A call may rest in such a state when its caller has hung up: nothing ends it then. */
export function checkHangup(diagram: Diagram): Fault[] {
  const { states } = diagram;
  const transitions = transitionsOf(states);
  if (isOfSystem(transitions) || !isWhole(diagram, transitions)) return [];
  const into = new Map<string, Transition[]>();
  for (const transition of transitions) {
    const known = into.get(transition.target);
    if (known === undefined) into.set(transition.target, [transition]);
    else known.push(transition);
  }
  return states
    .filter((state) => !state.transitions.some(takesHangup))
    .filter((state) => !isPassing(state) && !isEnd(state, into.get(state.name) ?? []))
    .map(({ name, position }) =>
      found(
        'warning',
        'noHangup',
        position,
        `state ${name} has no transition on hangup`,
        name,
        'a script must end the call itself: - hangup / stop(false) -> END;',
      ),
    );
}

function takesHangup({ isException, conditions }: Transition): boolean {
  if (isException) return false;
  return conditions.every(
    ({ condition, inverted, text }) =>
      (condition.event === 'Hangup' && !inverted) ||
      (condition.event !== null && condition.event !== 'Hangup' && inverted && text === '') ||
      (condition.event === null && !inverted && (text === '' || text.includes('#type'))),
  );
}

const does = (elements: State['enter'], name: string): boolean =>
  [...actionsOf(elements)].some(({ action }) => action.name === name);

/** Left again with the event by which it is entered: `repost`, then a question. */
function isPassing({ enter, transitions }: State): boolean {
  const isAsking = ({ isException, conditions }: Transition): boolean =>
    !isException && conditions.every(({ condition }) => condition.event === null);
  return does(enter, 'repost') && transitions.some(isAsking);
}

/** The call ends on the way into it, or in it: nothing more is to come. */
function isEnd({ enter }: State, into: readonly Transition[]): boolean {
  const stops = (elements: State['enter']): boolean => does(elements, 'stop');
  return stops(enter) || (into.length > 0 && into.every(({ actions }) => stops(actions)));
}

/** What a script without a call can hear of (reference/dsm 6.6). */
const withoutCall = new Set<DsmEventType | null>([
  'Startup',
  'Reload',
  'System',
  'Timer',
  'DSMEvent',
  'JsonRpcRequest',
  'JsonRpcResponse',
  'SIPSubscription',
]);

/** A script without a call waits for `startup` or `reload`, or for events only that need no call. */
function isOfSystem(transitions: readonly Transition[]): boolean {
  const events = transitions
    .flatMap(({ conditions }) => conditions.map(({ condition }) => condition.event))
    .filter((event) => event !== null);
  if (events.some((event) => event === 'Startup' || event === 'Reload')) return true;
  return events.includes('DSMEvent') && events.every((event) => withoutCall.has(event));
}

/** A diagram that is called by others, and returns, leaves the call's end to them. */
function isWhole(diagram: Diagram, transitions: readonly Transition[]): boolean {
  if (transitions.length === 0) return false;
  return !listsOf(diagram).some((list) => does(list, 'returnFSM'));
}
