import type { Diagram } from '../language/ast.ts';
import type { Compatibility } from './compatibility.ts';
import type { Place } from './hooks.ts';
import { programOf } from './prepare.ts';
import type { ReadyState } from './program.ts';
import type { Rest } from './running-event.ts';

/** A machine between two events, as plain data: everything is named, nothing is pointed at. */
export interface MachineSnapshot {
  readonly version: 1;
  /** Null: it ignores all events. */
  readonly place: Place | null;
  /** Of calls of diagrams, the newest last. `rest`: what `returnFSM` goes on with. */
  readonly frames: readonly (Place & {
    readonly rest: readonly { readonly list: string; readonly from: number }[];
  })[];
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** Where `returnFSM` goes. */
export interface Frame {
  readonly state: ReadyState;
  readonly rest: Rest | null;
}

/** A frame as data. */
export function saveFrame({ state, rest }: Frame): MachineSnapshot['frames'][number] {
  const saved: { list: string; from: number }[] = [];
  for (let each = rest; each !== null; each = each.next) saved.push({ list: each.list.address, from: each.from });
  return { diagram: state.program.name, state: state.name, rest: saved };
}

/** The state of that name in diagrams that may have changed since; null: it is gone. */
export function findState(
  place: Place,
  diagrams: ReadonlyMap<string, Diagram>,
  compatibility: Compatibility,
): ReadyState | null {
  const diagram = diagrams.get(place.diagram);
  return diagram === undefined ? null : (programOf(diagram, compatibility).states.get(place.state) ?? null);
}

/** What is left of the lists of a frame; those that are gone are left out and told to `missing`. */
export function restoreRest(
  state: ReadyState,
  saved: MachineSnapshot['frames'][number]['rest'],
  missing: (what: string) => void,
): Rest | null {
  let rest: Rest | null = null;
  for (const { list: address, from } of [...saved].reverse()) {
    const list = state.program.lists.get(address);
    if (list === undefined) missing(`${state.program.name}: ${address}`);
    else rest = { list, from, next: rest };
  }
  return rest;
}
