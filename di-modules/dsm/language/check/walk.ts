import type { ActionCall, ConditionCall, Diagram, Element, FunctionDefinition, Transition } from '../ast.ts';

/** Everything that a list may do, functions included, each once. */
export function* actionsOf(
  elements: readonly Element[],
  seen: Set<FunctionDefinition> = new Set(),
): Generator<ActionCall> {
  for (const element of elements)
    switch (element.kind) {
      case 'action':
        yield element;
        break;
      case 'function':
        if (seen.has(element.definition)) break;
        seen.add(element.definition);
        yield* actionsOf(element.definition.elements, seen);
        break;
      case 'if':
        yield* actionsOf(element.then, seen);
        yield* actionsOf(element.otherwise, seen);
        break;
      case 'for':
        yield* actionsOf(element.elements, seen);
    }
}

/** The conditions of `if`s in a list. */
export function* conditionsIn(
  elements: readonly Element[],
  seen: Set<FunctionDefinition> = new Set(),
): Generator<ConditionCall> {
  for (const element of elements)
    if (element.kind === 'if') {
      yield* element.conditions;
      yield* conditionsIn(element.then, seen);
      yield* conditionsIn(element.otherwise, seen);
    } else if (element.kind === 'for') yield* conditionsIn(element.elements, seen);
    else if (element.kind === 'function' && !seen.has(element.definition)) {
      seen.add(element.definition);
      yield* conditionsIn(element.definition.elements, seen);
    }
}

/** Every list of a diagram. */
export function listsOf({ states, functions }: Diagram): (readonly Element[])[] {
  return [
    ...functions.map(({ elements }) => elements),
    ...states.flatMap(({ enter, exit }) => [enter, exit]),
    ...transitionsOf(states).map(({ actions }) => actions),
  ];
}

/** Each once, also where it leaves several states. */
export function transitionsOf(states: Diagram['states']): Transition[] {
  return [...new Set(states.flatMap(({ transitions }) => transitions))];
}

/** A parameter that says what it means: no variable, parameter of the event or select. */
export function literalOf(text: string): string | null {
  return text === '' || text.length > 1000 || /^[$#@]/.test(text) ? null : text.replace(/^"+|"+$/g, '');
}
