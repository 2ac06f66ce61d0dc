/** What one event may cost, with everything that it reposts, throws, calls and raises. */
export interface Budget {
  /** Conditions tried, elements run, rounds of loops, transitions. */
  readonly steps: number;
  /** Times that `repost` or an exception starts the event over. */
  readonly rounds: number;
  /** Lists inside each other: blocks, loops, functions, enter lists of diagrams that jump on. */
  readonly depth: number;
  /** Events raised by actions of events. */
  readonly nestedEvents: number;
  /** Calls of diagrams that did not return. */
  readonly frames: number;
}

export const defaultBudget: Budget = Object.freeze({
  steps: 100_000,
  rounds: 1_000,
  depth: 200,
  nestedEvents: 16,
  frames: 200,
});

/** Why an event was stopped: the part of the budget that was spent. */
export type StopReason = keyof Budget;

/** Ends an event, past all handlers of the script. Never leaves the engine. */
export class BudgetSpent extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`budget of ${reason} spent`);
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
  }
}

/** What is left for an event and for those raised inside it. */
export class Purse {
  readonly #budget: Budget;
  #steps: number;
  #rounds: number;
  #depth = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#steps = budget.steps;
    this.#rounds = budget.rounds;
  }

  /** @throws BudgetSpent */
  step(): void {
    if (--this.#steps < 0) throw new BudgetSpent('steps');
  }

  /** @throws BudgetSpent */
  round(): void {
    if (--this.#rounds < 0) throw new BudgetSpent('rounds');
  }

  /** @throws BudgetSpent */
  enterList(): void {
    if (this.#depth >= this.#budget.depth) throw new BudgetSpent('depth');
    this.#depth++;
  }

  leaveList(): void {
    this.#depth--;
  }
}
