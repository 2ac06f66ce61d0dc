/** As much of a machine as the reader's tests need: `set`, comparisons, one transition per event. */
import type { ConditionCall, Diagram, Element } from '../../../../../di-modules/dsm/language/index.ts';

export interface Run {
  /** Null: there is no initial state. */
  state: string | null;
  readonly variables: Map<string, string>;
}

/** Enters the initial state and gives it `start`, then the other events, by condition keyword's event type. */
export function run(diagram: Diagram, ...events: string[]): Run {
  const ran: Run = { state: null, variables: new Map() };
  if (diagram.initial === null) return ran;
  ran.state = diagram.initial.name;
  perform(diagram.initial.enter, 'Start', ran);
  for (const event of ['Start', ...events]) step(diagram, event, ran);
  return ran;
}

function step(diagram: Diagram, event: string, ran: Run): void {
  const state = diagram.states.find(({ name }) => name === ran.state);
  const transition = state?.transitions.find(
    ({ isException, conditions }) => !isException && conditions.every((condition) => holds(condition, event, ran)),
  );
  if (state === undefined || transition === undefined) return;
  perform(state.exit, event, ran);
  perform(transition.actions, event, ran);
  const target = diagram.states.find(({ name }) => name === transition.target);
  if (target === undefined) return;
  ran.state = target.name;
  perform(target.enter, event, ran);
}

function holds({ condition, inverted, first }: ConditionCall, event: string, { variables }: Run): boolean {
  const value = (text: string): string => {
    const bare = text.trim();
    return bare.startsWith('$') ? (variables.get(bare.slice(1)) ?? '') : bare.replace(/^"+|"+$/g, '');
  };
  const [, left = '', operator, right = ''] = /^(.*?)(==|!=)(.*)$/s.exec(first) ?? [];
  const isTrue = operator === undefined ? first === '' : (value(left) === value(right)) === (operator === '==');
  return ((condition.event === null || condition.event === event) && isTrue) !== inverted;
}

function perform(elements: readonly Element[], event: string, ran: Run): void {
  for (const element of elements) {
    if (element.kind === 'function') perform(element.definition.elements, event, ran);
    else if (element.kind === 'if')
      perform(element.conditions.every((one) => holds(one, event, ran)) ? element.then : element.otherwise, event, ran);
    else if (element.kind === 'action' && element.action.name === 'set')
      ran.variables.set(element.first.replace(/^\$/, ''), element.second);
  }
}
