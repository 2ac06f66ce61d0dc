/**
 * State machines as tables: `(state, input) → (state, actions)`, pure. The four transaction
 * machines (RFC 3261 17, RFC 6026) are such tables; `transaction-runner.ts` performs the actions.
 */

/** What one input does in one state. */
export type Transition<State extends string, Action extends string> = readonly [
  next: State,
  actions: readonly Action[],
];

/** A whole machine. An input that a state does not list is ignored there. */
export type Machine<State extends string, Input extends string, Action extends string> = {
  readonly [S in State]: { readonly [I in Input]?: Transition<State, Action> };
};

/** One step; null when `state` ignores `input`. */
export function step<State extends string, Input extends string, Action extends string>(
  machine: Machine<State, Input, Action>,
  state: State,
  input: Input,
): Transition<State, Action> | null {
  return machine[state][input] ?? null;
}
