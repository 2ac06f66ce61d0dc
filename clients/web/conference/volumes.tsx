import { useId, useMemo, useState } from 'preact/hooks';
import { nameOf } from './names.ts';
import { newestOnly } from './newest-only.ts';
import type { Participant } from './room-events.ts';
import { useSession } from './use-session.ts';

/** The two volumes of a participant: what the others hear of it, and what it hears. */
export function Volumes({ one, isMe }: { readonly one: Participant; readonly isMe: boolean }) {
  const { room, run } = useSession();
  // While the slider moves only the newest value is worth sending.
  const send = useMemo(
    () =>
      newestOnly(([gainDb, volumeDb]: readonly [number, number]) => run(room.setVolume(one.call, gainDb, volumeDb))),
    [one.call],
  );
  const name = nameOf(one);
  return (
    <div class="volumes">
      <Slider
        label={isMe ? 'How loud the others hear you' : `How loud the others hear ${name}`}
        db={one.gainDb}
        onInput={(db) => send([db, one.volumeDb])}
      />
      <Slider
        label={isMe ? 'How loud you hear the room' : `How loud ${name} hears the room`}
        db={one.volumeDb}
        onInput={(db) => send([one.gainDb, db])}
      />
    </div>
  );
}

interface SliderProps {
  readonly label: string;
  readonly db: number;
  readonly onInput: (db: number) => void;
}

function Slider({ label, db, onInput }: SliderProps) {
  const id = useId();
  // Under the finger the slider is where the finger is, whatever the server has said so far.
  const [held, setHeld] = useState<number | null>(null);
  const shown = held ?? Math.round(db);
  const move = (to: number): void => {
    setHeld(to);
    onInput(to);
  };
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min="-20"
        max="20"
        step="1"
        value={shown}
        aria-valuetext={inWords(shown)}
        onInput={({ currentTarget }) => move(Number(currentTarget.value))}
        onBlur={() => setHeld(null)}
        // Back to as it came.
        onDblClick={() => move(0)}
      />
      <output for={id}>{inWords(shown)}</output>
    </div>
  );
}

const inWords = (db: number): string => (db === 0 ? 'as it is' : `${db > 0 ? '+' : '−'}${Math.abs(Math.round(db))} dB`);
