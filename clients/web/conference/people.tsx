/** Everybody in the room, as cards. Arrow keys go from one to the next; the buttons of the one that has the focus follow. */
import { useRef, useState } from 'preact/hooks';
import { nameOf } from './names.ts';
import { ParticipantCard } from './participant-card.tsx';
import { invited, present } from './room-views.ts';
import { neighbour } from './roving.ts';
import { useSession } from './use-session.ts';

export function People() {
  const { room, me } = useSession();
  const [focused, setFocused] = useState('');
  const list = useRef<HTMLUListElement>(null);
  const people = sorted(present(room.state.value), me.value);
  const current = people.some(({ call }) => call === focused) ? focused : (people[0]?.call ?? '');
  const waiting = invited(room.state.value);

  function onKeyDown(event: KeyboardEvent): void {
    // A slider, a field and a menu use the arrow keys themselves.
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const cards = [...(list.current?.querySelectorAll<HTMLElement>('[data-call]') ?? [])];
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const next = neighbour(event.key, at, cards.length);
    if (next === null) return;
    event.preventDefault();
    cards[next]?.focus();
  }

  return (
    <section class="people-section" aria-label="In the room">
      <ul
        class="people"
        ref={list}
        aria-label="Participants. Arrow keys move from one to the next."
        onKeyDown={onKeyDown}
        onFocusIn={({ target }) => {
          const card = target instanceof Element ? target.closest<HTMLElement>('[data-call]') : null;
          if (card !== null) setFocused(card.dataset['call'] ?? '');
        }}
      >
        {people.map((one) => (
          <ParticipantCard key={one.call} one={one} current={one.call === current} />
        ))}
      </ul>
      {people.length === 1 && people[0]?.call === me.value ? (
        <p class="empty">You are alone here. Copy the link and send it, or call somebody.</p>
      ) : null}
      {people.length === 0 && room.state.value.known ? <p class="empty">Nobody is in the room.</p> : null}
      {waiting.length === 0 ? null : <p class="hint">Invited, not here yet: {waiting.map(nameOf).join(', ')}</p>}
    </section>
  );
}

/** I am the first, the others stay in the order in which they came. */
function sorted<One extends { readonly call: string }>(people: readonly One[], me: string | null): readonly One[] {
  return [...people.filter(({ call }) => call === me), ...people.filter(({ call }) => call !== me)];
}
