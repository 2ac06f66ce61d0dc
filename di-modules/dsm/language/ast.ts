/** A diagram as the reader gives it, bound to the rows of its actions and conditions. Plain data. */
import type { DsmAction, DsmCondition } from '../../../core/index.ts';

/** Where something stands: lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Comments beside a node, kept for the printer: lines as written, `''` for an empty one. Absent: none.
 * `after` is what stands behind the last element of a block.
 */
export interface Comments {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** One file with what it includes. */
export interface Diagram {
  readonly name: string;
  /** What stands in the file itself, in order of the text: for the printer. */
  readonly items: readonly Item[];
  readonly imports: readonly { readonly module: string; readonly position: Position }[];
  readonly functions: readonly FunctionDefinition[];
  /** In order of the text; of equal names the first is found. */
  readonly states: readonly State[];
  /** The first that is marked so; null: none. */
  readonly initial: State | null;
  /** Behind the last item. */
  readonly comments?: Comments;
}

/** One thing at the top of a file. What an included file holds is not listed, its `#include` is. */
export type Item =
  | { readonly kind: 'import'; readonly module: string; readonly position: Position; readonly comments?: Comments }
  | { readonly kind: 'include'; readonly path: string; readonly position: Position; readonly comments?: Comments }
  | { readonly kind: 'function'; readonly definition: FunctionDefinition }
  | { readonly kind: 'state'; readonly state: State }
  | { readonly kind: 'transition'; readonly transition: Transition };

export interface State {
  readonly name: string;
  readonly isInitial: boolean;
  readonly enter: readonly Element[];
  readonly exit: readonly Element[];
  /** In order of the text. A transition with several sources stands in each of them. */
  readonly transitions: readonly Transition[];
  readonly position: Position;
  readonly comments?: Comments;
}

export interface Transition {
  readonly name: string;
  /** All its sources, as written. */
  readonly sources: readonly string[];
  /** Looked up when it fires. */
  readonly target: string;
  /** For exceptions only. */
  readonly isException: boolean;
  /** All must hold, from left to right. */
  readonly conditions: readonly ConditionCall[];
  readonly actions: readonly Element[];
  readonly position: Position;
  readonly comments?: Comments;
}

export interface FunctionDefinition {
  readonly name: string;
  /** What stands in its parentheses; without effect. */
  readonly text: string;
  readonly elements: readonly Element[];
  readonly position: Position;
  readonly comments?: Comments;
}

/** One step of a list. */
export type Element = ActionCall | FunctionCall | IfElement | ForElement;

export interface ActionCall {
  readonly kind: 'action';
  readonly action: DsmAction;
  /** As written: may be one of the row's aliases. */
  readonly name: string;
  /** As written in the parentheses. */
  readonly text: string;
  /** Split and unquoted by the row's form; absent ones are `''`. */
  readonly first: string;
  readonly second: string;
  readonly position: Position;
  readonly comments?: Comments;
}

/** The elements of a function, in place. */
export interface FunctionCall {
  readonly kind: 'function';
  readonly definition: FunctionDefinition;
  /** As written in the parentheses; without effect. */
  readonly text: string;
  readonly position: Position;
  readonly comments?: Comments;
}

export interface IfElement {
  readonly kind: 'if';
  readonly conditions: readonly ConditionCall[];
  readonly then: readonly Element[];
  readonly otherwise: readonly Element[];
  readonly position: Position;
  readonly comments?: Comments;
}

export interface ForElement {
  readonly kind: 'for';
  /** `$i in range(low, high)` · `$x in $array` · `$key, $value in $struct`. Names without `$`. */
  readonly head:
    | { readonly kind: 'range'; readonly variable: string; readonly low: string; readonly high: string }
    | { readonly kind: 'array'; readonly variable: string; readonly array: string }
    | { readonly kind: 'struct'; readonly key: string; readonly value: string; readonly struct: string };
  readonly elements: readonly Element[];
  readonly position: Position;
  readonly comments?: Comments;
}

export interface ConditionCall {
  readonly condition: DsmCondition;
  /** As written: may be one of the row's aliases. */
  readonly name: string;
  readonly inverted: boolean;
  readonly text: string;
  readonly first: string;
  readonly second: string;
  readonly position: Position;
}

/** What the reader found wrong. Errors keep a diagram from loading; warnings are what SEMS swallowed. */
export interface Fault {
  readonly severity: 'error' | 'warning';
  /** Machine-readable: `unknownAction`, `unclosedElement`, … */
  readonly code: string;
  readonly message: string;
  readonly position: Position;
  /** The text that offends, at most 80 characters. */
  readonly text: string;
  readonly hint?: string;
}

/** What a reader knows: the core's rows and those of the modules that can be imported. */
export interface Vocabulary {
  readonly actions: ReadonlyMap<string, DsmAction>;
  readonly conditions: ReadonlyMap<string, DsmCondition>;
  module(name: string): {
    readonly actions: readonly DsmAction[];
    readonly conditions: readonly DsmCondition[];
    /** What it cannot do: a warning where it is imported. */
    readonly lacks?: string;
  } | null;
  /** Names that can be imported; for hints. */
  readonly modules?: readonly string[];
  /** Modules that are not there yet, with what is to be said of them. */
  readonly planned?: ReadonlyMap<string, string>;
}
