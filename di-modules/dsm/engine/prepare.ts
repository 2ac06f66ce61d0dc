import type { DsmAction, DsmCondition } from '../../../core/index.ts';
import type { ConditionCall, Diagram, Element, FunctionDefinition, State } from '../language/ast.ts';
import { type Compatibility, soundBehaviour } from './compatibility.ts';
import { parseExpression } from './expression.ts';
import { type Operand, parameterOperand, parseOperand } from './operand.ts';
import type { List, Program, ReadyCondition, ReadyState, Step } from './program.ts';

/** Elements inside elements: what no person writes. */
const maxNesting = 100;

const ready = new WeakMap<Compatibility, WeakMap<Diagram, Program>>();

/** The diagram's program; made on first use. */
export function programOf(diagram: Diagram, compatibility: Compatibility = soundBehaviour): Program {
  let programs = ready.get(compatibility);
  if (programs === undefined) {
    programs = new WeakMap();
    ready.set(compatibility, programs);
  }
  let program = programs.get(diagram);
  if (program === undefined) {
    program = new Preparation(diagram, compatibility).run();
    programs.set(diagram, program);
  }
  return program;
}

class Preparation {
  readonly #diagram: Diagram;
  readonly #compatibility: Compatibility;
  readonly #functions = new Map<FunctionDefinition, List>();

  constructor(diagram: Diagram, compatibility: Compatibility) {
    this.#diagram = diagram;
    this.#compatibility = compatibility;
  }

  run(): Program {
    const states = new Map<string, ReadyState>();
    const program: { -readonly [K in keyof Program]: Program[K] } = {
      name: this.#diagram.name,
      diagram: this.#diagram,
      states,
      initial: null,
    };
    for (const state of this.#diagram.states) {
      // "duplicate state name: both stored; look-ups find the first" (reference/dsm 1.4); the initial one may be the other.
      const isFirst = !states.has(state.name);
      const isInitial = state === this.#diagram.initial;
      if (!isFirst && !isInitial) continue;
      const made = this.#state(state, program);
      if (isFirst) states.set(state.name, made);
      if (isInitial) program.initial = made;
    }
    return program;
  }

  #state(state: State, program: Program): ReadyState {
    const transitions = state.transitions.map((transition) => ({
      transition,
      conditions: transition.conditions.map((call) => this.#condition(call)),
      actions: this.#list(transition.actions, 0),
    }));
    return {
      name: state.name,
      program,
      enter: this.#list(state.enter, 0),
      exit: this.#list(state.exit, 0),
      transitions: transitions.filter(({ transition }) => !transition.isException),
      handlers: transitions.filter(({ transition }) => transition.isException),
    };
  }

  #list(elements: readonly Element[], depth: number): List {
    if (depth > maxNesting) return { steps: [{ kind: 'tooDeep' }] };
    return { steps: elements.map((element) => this.#step(element, depth + 1)) };
  }

  #step(element: Element, depth: number): Step {
    switch (element.kind) {
      case 'action':
        return { kind: 'action', call: element, action: element.action, ...operands(element.action, element) };
      case 'function':
        return { kind: 'function', list: this.#function(element.definition) };
      case 'if':
        return {
          kind: 'if',
          conditions: element.conditions.map((call) => this.#condition(call)),
          whenTrue: this.#list(element.then, depth),
          whenFalse: this.#list(element.otherwise, depth),
        };
      case 'for': {
        const { head } = element;
        return {
          kind: 'for',
          head,
          low: parseOperand(head.kind === 'range' ? head.low : ''),
          high: parseOperand(head.kind === 'range' ? head.high : ''),
          list: this.#list(element.elements, depth),
        };
      }
    }
  }

  /** Once for all its calls: functions that call functions twice would grow without end otherwise. */
  #function(definition: FunctionDefinition): List {
    const former = this.#functions.get(definition);
    if (former !== undefined) return former;
    const steps: Step[] = [];
    const list = { steps };
    this.#functions.set(definition, list);
    for (const element of definition.elements) steps.push(this.#step(element, 1));
    return list;
  }

  #condition(call: ConditionCall): ReadyCondition {
    const { condition } = call;
    return {
      call,
      condition,
      inverted: call.inverted,
      expression: condition.test === undefined ? parseExpression(call.first, this.#compatibility) : null,
      ...operands(condition, call),
    };
  }
}

function operands(
  row: DsmAction | DsmCondition,
  texts: { readonly first: string; readonly second: string },
): { readonly first: Operand; readonly second: Operand } {
  const [first, second] = row.parameters;
  return {
    first: parameterOperand(first?.kind ?? 'L', texts.first),
    second: parameterOperand(second?.kind ?? 'L', texts.second),
  };
}
