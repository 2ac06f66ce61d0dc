import type { Clock } from '../../../core/index.ts';
import type { MachineHooks, Place } from './hooks.ts';
import type { Machine } from './machine.ts';

/** One state, over all sessions. Times are milliseconds. */
export interface StateFigures extends Place {
  /** Times that it was entered. */
  readonly entered: number;
  /** Sessions that are in it now. */
  readonly present: number;
  /** Time that sessions that left it had spent in it, summed and longest. */
  readonly dwellMs: number;
  readonly longestMs: number;
}

type Row = { -readonly [K in keyof StateFigures]: StateFigures[K] };

interface Presence {
  readonly row: Row;
  readonly sinceMs: number;
}

/** Who is in which state since when: what a debugger's page shows. Its `hooks` are given to machines. */
export class StateBoard {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Map<string, Row>>();
  readonly #present = new Map<Machine, Presence>();
  readonly hooks: MachineHooks = { stateChanges: (machine, _from, to) => this.#moved(machine, to) };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In order of first entry. */
  figures(): readonly StateFigures[] {
    return [...this.#rows.values()].flatMap((states) => [...states.values()].map((row) => ({ ...row })));
  }

  /** Scripts that are in that state now: their tags, and since when. */
  scriptsIn(place: Place): readonly { readonly tag: string; readonly dwellMs: number }[] {
    const row = this.#rows.get(place.diagram)?.get(place.state);
    const nowMs = this.#clock.nowMs();
    return [...this.#present]
      .filter(([, presence]) => presence.row === row)
      .map(([machine, { sinceMs }]) => ({ tag: machine.script.tag, dwellMs: nowMs - sinceMs }));
  }

  /** A machine that was restored is where it is, without having entered. */
  found(machine: Machine): void {
    if (machine.place !== null) this.#arrive(machine, machine.place, 0);
  }

  /** The session ended. Idempotent. */
  left(machine: Machine): void {
    const presence = this.#present.get(machine);
    if (presence === undefined) return;
    const dwellMs = this.#clock.nowMs() - presence.sinceMs;
    this.#present.delete(machine);
    presence.row.present--;
    presence.row.dwellMs += dwellMs;
    presence.row.longestMs = Math.max(presence.row.longestMs, dwellMs);
  }

  #moved(machine: Machine, to: Place | null): void {
    this.left(machine);
    if (to !== null) this.#arrive(machine, to, 1);
  }

  #arrive(machine: Machine, place: Place, entered: number): void {
    const row = this.#row(place);
    row.entered += entered;
    row.present++;
    this.#present.set(machine, { row, sinceMs: this.#clock.nowMs() });
  }

  #row({ diagram, state }: Place): Row {
    let states = this.#rows.get(diagram);
    if (states === undefined) {
      states = new Map();
      this.#rows.set(diagram, states);
    }
    let row = states.get(state);
    if (row === undefined) {
      row = { diagram, state, entered: 0, present: 0, dwellMs: 0, longestMs: 0 };
      states.set(state, row);
    }
    return row;
  }
}
