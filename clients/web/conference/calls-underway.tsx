import { Button } from '../shell/index.ts';
import { Avatar } from './avatar.tsx';
import { IconButton } from './icon-button.tsx';
import { nameOf } from './names.ts';
import { useRoomUi } from './room-ui.ts';
import { progressOf, underway, wasRefused } from './room-views.ts';
import { useSession } from './use-session.ts';

/** Calls into the room: how far they are, and why they did not come to be. */
export function CallsUnderway() {
  const { room, run } = useSession();
  const { dialog } = useRoomUi();
  const calls = underway(room.state.value);
  if (calls.length === 0) return null;
  return (
    <section class="underway" aria-labelledby="underway-title">
      <h2 id="underway-title">{calls.every(wasRefused) ? 'Not reached' : 'Being called'}</h2>
      <ul>
        {calls.map((one) => (
          <li key={one.call} data-refused={wasRefused(one)}>
            <Avatar one={one} size="small" />
            <p>
              <strong>{nameOf(one)}</strong>
              <span class="progress">{progressOf(one)}</span>
            </p>
            {wasRefused(one) ? (
              <>
                <Button
                  size="small"
                  onClick={() => {
                    room.dismiss(one.call);
                    dialog.value = { kind: 'dialOut', to: one.number };
                  }}
                >
                  Call again…
                </Button>
                <IconButton icon="close" label={`Put ${nameOf(one)} away`} onClick={() => room.dismiss(one.call)} />
              </>
            ) : room.mayControl.value ? (
              <Button size="small" onClick={() => void run(room.kick(one.call))}>
                Hang up
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
