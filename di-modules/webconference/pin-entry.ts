/**
 * The entry of the room number by keys, as a table (di-interfaces 7.2, applications 8.2): no calls,
 * no prompts, no time. `dial-in.ts` carries out the actions.
 *
 *   entering ──accepted──▶ admitted
 *      │  ▲ digit, empty, refused
 *      └──exhausted──▶ over
 */
export type PinPhase = 'entering' | 'admitted' | 'over';

export interface PinState {
  readonly phase: PinPhase;
  readonly digits: string;
  /** Refused entries so far. */
  readonly failures: number;
}

export type PinAction = 'flush' | 'sayWrongPin' | 'tellDigits' | 'sayEntering' | 'enter' | 'sayWrongPinBye' | 'hangUp';

/** What a key means in the present state. */
type PinInput = 'digit' | 'empty' | 'refused' | 'exhausted' | 'accepted' | 'ignored';

interface PinStep {
  readonly next: PinPhase;
  readonly digits: 'keep' | 'append' | 'clear';
  readonly actions: readonly PinAction[];
}

const stay: PinStep = { next: 'entering', digits: 'keep', actions: [] };

const table: Readonly<Record<PinInput, PinStep>> = {
  digit: { next: 'entering', digits: 'append', actions: ['flush'] },
  empty: { next: 'entering', digits: 'keep', actions: ['sayWrongPin'] },
  refused: { next: 'entering', digits: 'clear', actions: ['flush', 'sayWrongPin'] },
  exhausted: { next: 'over', digits: 'clear', actions: ['flush', 'sayWrongPinBye', 'hangUp'] },
  accepted: { next: 'admitted', digits: 'keep', actions: ['flush', 'tellDigits', 'sayEntering', 'enter'] },
  ignored: stay,
};

export interface PinRules {
  readonly starFinishes: boolean;
  /** Refused entries after which the call is ended; 0: never. */
  readonly maxFailures: number;
  /** Is there such a room for the caller? */
  accepts(digits: string): boolean;
}

/** Digits past that are not kept. */
const maxDigits = 32;

export const startOfPinEntry: PinState = { phase: 'entering', digits: '', failures: 0 };

/** One key: the next state, and what is to be done, in order. */
export function pinKey(
  state: PinState,
  key: string,
  rules: PinRules,
): { readonly state: PinState; readonly actions: readonly PinAction[] } {
  if (state.phase !== 'entering') return { state, actions: [] };
  const input = meaningOf(state, key, rules);
  const { next, digits, actions } = table[input];
  const kept = digits === 'append' ? state.digits + key : digits === 'clear' ? '' : state.digits;
  const failures = input === 'refused' || input === 'exhausted' ? state.failures + 1 : state.failures;
  return { state: { phase: next, digits: kept, failures }, actions };
}

function meaningOf({ digits, failures }: PinState, key: string, rules: PinRules): PinInput {
  if (/^[0-9]$/.test(key)) return digits.length < maxDigits ? 'digit' : 'ignored';
  if (key !== '#' && !(key === '*' && rules.starFinishes)) return 'ignored';
  if (digits === '') return 'empty';
  if (rules.accepts(digits)) return 'accepted';
  return rules.maxFailures > 0 && failures + 1 >= rules.maxFailures ? 'exhausted' : 'refused';
}

/**
 * `room_pin_split`: the first `split` digits are the room, the rest the participant id. Null: too
 * short. Without a split all is the room.
 */
export function splitRoom(
  entry: string,
  split: number,
): { readonly room: string; readonly participantId: string } | null {
  if (split === 0) return { room: entry, participantId: '' };
  if (entry.length <= split) return null;
  return { room: entry.slice(0, split), participantId: entry.slice(split) };
}
