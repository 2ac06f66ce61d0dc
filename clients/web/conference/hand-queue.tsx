import { Button } from '../shell/index.ts';
import { Icon } from './icons.tsx';
import { nameOf } from './names.ts';
import { queueOf } from './room-views.ts';
import { useSession } from './use-session.ts';

/** Raised hands, the first first. */
export function HandQueue() {
  const { room, run, me } = useSession();
  const queue = queueOf(room.state.value);
  if (queue.length === 0) return null;
  const control = room.mayControl.value;
  return (
    <section class="queue" aria-labelledby="queue-title">
      <h2 id="queue-title">
        <Icon name="hand" /> Raised hands
      </h2>
      <ol>
        {queue.map((one) => (
          <li key={one.call}>
            <span class="place" aria-hidden="true">
              {one.hand}
            </span>
            <span class="queue-name">{one.call === me.value ? 'You' : nameOf(one)}</span>
            {control ? (
              <span class="row">
                <Button
                  size="small"
                  kind="primary"
                  label={`Give the floor to ${nameOf(one)}`}
                  onClick={() => void run(room.setFloor(one.call, true))}
                >
                  Give the floor
                </Button>
                <Button
                  size="small"
                  label={`Lower the hand of ${nameOf(one)}`}
                  onClick={() => void run(room.setHand(one.call, false))}
                >
                  Lower
                </Button>
              </span>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
