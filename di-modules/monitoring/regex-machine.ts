/**
 * A regular expression as a machine of states that are all followed at once (Thompson 1968): the
 * time is text × states, whatever the pattern.
 */
export type CharacterTest = (character: string) => boolean;

export interface Regex {
  /** Does the pattern occur in `text`? */
  test(text: string): boolean;
}

type State =
  | { readonly kind: 'character'; readonly test: CharacterTest; readonly next: number }
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  | { readonly kind: 'begin' | 'end'; readonly next: number }
  | { readonly kind: 'accept' };

/** A piece of pattern: given the state that follows it, adds its states and returns the first. */
export type Fragment = (next: number) => number;

const maxStates = 10_000;

/** Builds a machine from its end to its start. */
export class Program {
  readonly #states: State[] = [];

  empty(): Fragment {
    return (next) => next;
  }

  character(test: CharacterTest): Fragment {
    return (next) => this.#add({ kind: 'character', test, next });
  }

  begin(): Fragment {
    return (next) => this.#add({ kind: 'begin', next });
  }

  end(): Fragment {
    return (next) => this.#add({ kind: 'end', next });
  }

  chain(first: Fragment, second: Fragment): Fragment {
    return (next) => first(second(next));
  }

  either(one: Fragment, two: Fragment): Fragment {
    return (next) => this.#add({ kind: 'split', next: one(next), other: two(next) });
  }

  /** `min` to `max` times; `max` null: without end. */
  repeat(piece: Fragment, min: number, max: number | null): Fragment {
    return (next) => {
      let first = max === null ? this.#loop(piece, next) : next;
      for (let i = min; i < (max ?? min); i++) first = this.#add({ kind: 'split', next: piece(first), other: next });
      for (let i = 0; i < min; i++) first = piece(first);
      return first;
    };
  }

  finish(whole: Fragment): Regex {
    const start = whole(this.#add({ kind: 'accept' }));
    const states = this.#states;
    return { test: (text) => run(states, start, text) };
  }

  #loop(piece: Fragment, next: number): number {
    const loop = this.#add({ kind: 'split', next: 0, other: next });
    this.#states[loop] = { kind: 'split', next: piece(loop), other: next };
    return loop;
  }

  #add(state: State): number {
    if (this.#states.length >= maxStates) throw new Error(`more than ${maxStates} states`);
    return this.#states.push(state) - 1;
  }
}

function run(states: readonly State[], start: number, text: string): boolean {
  let live = new Set<number>();
  for (let position = 0; position <= text.length; position++) {
    // A match may begin anywhere.
    if (follow(states, start, live, position === 0, position === text.length)) return true;
    const character = text[position];
    if (character === undefined) return false;
    const following = new Set<number>();
    for (const index of live) {
      const state = states[index];
      if (state?.kind !== 'character' || !state.test(character)) continue;
      if (follow(states, state.next, following, false, position + 1 === text.length)) return true;
    }
    live = following;
  }
  return false;
}

/** Adds `from` and all that is reached from it without a character; true when that accepts. */
function follow(states: readonly State[], from: number, into: Set<number>, atBegin: boolean, atEnd: boolean): boolean {
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const state = states[index];
    if (state === undefined || into.has(index)) continue;
    into.add(index);
    if (state.kind === 'accept') return true;
    if (state.kind === 'split') open.push(state.next, state.other);
    if ((state.kind === 'begin' && atBegin) || (state.kind === 'end' && atEnd)) open.push(state.next);
  }
  return false;
}
