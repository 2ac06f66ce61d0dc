/** What is open while a script is read: the elements of the reader's stack (reference/dsm 1.4). */
import type { Comments, ConditionCall, Element, ForElement, Position, State, Transition } from './ast.ts';
import type { Token } from './token.ts';

interface Opened {
  /** The word that opened it. */
  readonly token: Token;
}

export interface FunctionFrame extends Opened {
  readonly kind: 'function';
  readonly before: readonly string[];
  name: string | null;
  text: string;
  elements: Element[] | null;
  /** From here on it is only in the way of words that are none of a declaration. */
  isRegistered: boolean;
}

export interface InitialFrame extends Opened {
  readonly kind: 'initial';
}

export interface StateFrame extends Opened {
  readonly kind: 'state';
  readonly before: readonly string[];
  nameToken: Token | null;
  enter: Element[] | null;
  exit: Element[] | null;
  isIgnoring: boolean;
}

export interface TransitionFrame extends Opened {
  readonly kind: 'transition';
  readonly before: readonly string[];
  nameToken: Token | null;
  sourceToken: Token | null;
  /** Another word stands in its place. */
  hasNoSource: boolean;
  target: string | null;
  conditions: readonly ConditionCall[] | null;
  isException: boolean;
  actions: Element[] | null;
  /** `->`, or what may stand for it, has been read. */
  hasArrow: boolean;
  isIgnoring: boolean;
}

export interface ConditionsFrame extends Opened {
  readonly kind: 'conditions';
  readonly conditions: ConditionCall[];
  isInverted: boolean;
  isException: boolean;
}

export type ListPurpose = 'function' | 'enter' | 'exit' | 'transition' | 'if' | 'else' | 'for';

export interface ActionsFrame extends Opened {
  readonly kind: 'actions';
  readonly purpose: ListPurpose;
  readonly elements: Element[];
  /** Its `{`, where it has one. */
  brace: Token | null;
}

export interface IfFrame extends Opened {
  readonly kind: 'if';
  /** Of the word `if`, also when `else` opens it again. */
  readonly position: Position;
  readonly before: readonly string[];
  conditions: readonly ConditionCall[] | null;
  whenTrue: readonly Element[];
  otherwise: readonly Element[];
  isReported: boolean;
}

export interface ForFrame extends Opened {
  readonly kind: 'for';
  readonly before: readonly string[];
  /** Null: it has none yet, or a bad one. */
  head: ForElement['head'] | null;
  awaitsHead: boolean;
  elements: readonly Element[];
}

export type Frame =
  | FunctionFrame
  | InitialFrame
  | StateFrame
  | TransitionFrame
  | ConditionsFrame
  | ActionsFrame
  | IfFrame
  | ForFrame;

/** Nodes while they are made. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
export type StateDraft = Omit<Draft<State>, 'transitions'> & { transitions: Transition[] };

/** Empty lines: one at most between two comments, and none at the end of a block. */
export function commentsOf(before: readonly string[], after: readonly string[] = []): { comments?: Comments } {
  const first = withSingleGaps(before);
  const last = withSingleGaps(after);
  while (last.at(-1) === '') last.pop();
  return first.length + last.length === 0 ? {} : { comments: { before: first, after: last } };
}

function withSingleGaps(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '');
}

/** A frame in words. */
export function describe(frame: Frame): string {
  switch (frame.kind) {
    case 'function':
      return `function ${frame.name ?? ''}`.trimEnd();
    case 'initial':
      return 'initial';
    case 'state':
      return `state ${frame.nameToken?.text ?? ''}`.trimEnd();
    case 'transition':
      return `transition ${JSON.stringify(frame.nameToken?.text ?? '')}`;
    case 'conditions':
      return 'a guard';
    case 'actions':
      return frame.purpose === 'transition' ? 'the actions of a transition' : `the block of ${frame.purpose}`;
    default:
      return frame.kind;
  }
}
