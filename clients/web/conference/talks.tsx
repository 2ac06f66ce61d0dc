import { Button } from '../shell/index.ts';
import { Icon } from './icons.tsx';
import { nameOf } from './names.ts';
import { talksOf } from './room-views.ts';
import { useSession } from './use-session.ts';

/** Private talks: mine first, then those that go on beside. */
export function Talks() {
  const { room, run, self, me } = useSession();
  const mine = self.value?.talk ?? '';
  const talks = [...talksOf(room.state.value)].sort(([a], [b]) => Number(b === mine) - Number(a === mine));
  if (talks.length === 0) return null;
  const control = room.mayControl.value;
  return (
    <div class="talks">
      {talks.map(([talk, people]) => {
        const isMine = talk === mine;
        const names = inWords(people.filter(({ call }) => call !== me.value).map(nameOf));
        return (
          <section key={talk} class="talk-row" data-mine={isMine} aria-label="Private talk">
            <Icon name="private" />
            <p>
              {isMine ? (
                <>
                  <strong>You talk in private with {names}.</strong> The others do not hear you, and you do not hear
                  them.
                </>
              ) : (
                <>{names} talk in private.</>
              )}
            </p>
            {control ? (
              <Button
                size="small"
                {...(isMine ? { kind: 'primary' as const } : {})}
                onClick={() => void run(room.endTalk(talk))}
              >
                {isMine ? 'Come back to the room' : 'Bring them back'}
              </Button>
            ) : null}
          </section>
        );
      })}
    </div>
  );
}

const inWords = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
