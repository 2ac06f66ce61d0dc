import type { DsmEventType } from '../../../core/index.ts';
import type { Purse } from './budget.ts';
import type { List, ReadyState } from './program.ts';

/** What is left of a list; `next`: of the list that the function stands in. */
export interface Rest {
  readonly list: List;
  readonly from: number;
  readonly next: Rest | null;
}

/** An event while it is processed. Those that its actions raise have their own, with the same purse. */
export class RunningEvent {
  type: DsmEventType;
  parameters: Map<string, string> | null;
  /** `repost` was run. */
  again = false;
  readonly purse: Purse;
  readonly nesting: number;
  /** Where the running action stands, for `callFSM`. */
  list: List | null = null;
  index = 0;
  outer: Rest | null = null;

  constructor(type: DsmEventType, parameters: Map<string, string> | null, purse: Purse, nesting: number) {
    this.type = type;
    this.parameters = parameters;
    this.purse = purse;
    this.nesting = nesting;
  }

  /** What stands behind the running action in its list; the end of a function goes on behind its call. */
  rest(): Rest | null {
    return this.list === null ? null : { list: this.list, from: this.index + 1, next: this.outer };
  }
}

/** Where `returnFSM` goes. */
export interface Frame {
  readonly state: ReadyState;
  readonly rest: Rest | null;
}
