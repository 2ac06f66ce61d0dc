import { colourOf, initialsOf, nameOf } from './names.ts';
import type { Participant } from './room-events.ts';
import { loudness } from './room-views.ts';

export const colours = 8;

/** The round picture; a ring around it grows with the voice. */
export function Avatar({ one, size }: { readonly one: Participant; readonly size?: 'small' }) {
  const name = nameOf(one);
  const loud = loudness(one.levelDb);
  return (
    <span
      class={`avatar tint-${colourOf(name, colours)} ${size ?? ''}`}
      data-speaking={one.levelDb !== null}
      style={{ '--loud': loud.toFixed(2) }}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  );
}
