import type { DsmAction, DsmCondition } from '../../../core/index.ts';
import type { ActionCall, ConditionCall, Diagram, ForElement, Transition } from '../language/ast.ts';
import type { Expression } from './expression.ts';
import type { Operand } from './operand.ts';

/** A diagram made ready to run (`prepare.ts`). Shared by all sessions; nothing in it changes. */
export interface Program {
  readonly name: string;
  readonly diagram: Diagram;
  readonly states: ReadonlyMap<string, ReadyState>;
  readonly initial: ReadyState | null;
}

export interface ReadyState {
  readonly name: string;
  readonly program: Program;
  readonly enter: List;
  readonly exit: List;
  readonly transitions: readonly ReadyTransition[];
  /** Those with `exception`. */
  readonly handlers: readonly ReadyTransition[];
}

export interface ReadyTransition {
  readonly transition: Transition;
  readonly conditions: readonly ReadyCondition[];
  readonly actions: List;
}

/** A list of steps. */
export interface List {
  readonly steps: readonly Step[];
}

export interface ActionStep {
  readonly kind: 'action';
  readonly call: ActionCall;
  readonly action: DsmAction;
  readonly first: Operand;
  readonly second: Operand;
}

export interface IfStep {
  readonly kind: 'if';
  readonly conditions: readonly ReadyCondition[];
  readonly whenTrue: List;
  readonly whenFalse: List;
}

export interface ForStep {
  readonly kind: 'for';
  readonly head: ForElement['head'];
  /** Bounds of a range. */
  readonly low: Operand;
  readonly high: Operand;
  readonly list: List;
}

export type Step =
  | ActionStep
  | IfStep
  | ForStep
  /** The elements of a function, as if they stood here. */
  | { readonly kind: 'function'; readonly list: List }
  /** Blocks in blocks beyond reason: running it stops the event. */
  | { readonly kind: 'tooDeep' };

export interface ReadyCondition {
  readonly call: ConditionCall;
  readonly condition: DsmCondition;
  readonly inverted: boolean;
  /** Null where the row tests by itself. */
  readonly expression: Expression | null;
  readonly first: Operand;
  readonly second: Operand;
}
