import { Button } from '../shell/index.ts';
import { nameOf } from './names.ts';
import { useRoomUi } from './room-ui.ts';
import { findCall } from './room-views.ts';
import { useSession } from './use-session.ts';

/** Who was chosen, and what to do with them. */
export function TalkBar() {
  const { room, run, me } = useSession();
  const { chosen } = useRoomUi();
  const state = room.state.value;
  // Who has left meanwhile, or talks in private already, is chosen no more.
  const people = [...chosen.value].flatMap((call) => {
    const one = findCall(state, call);
    return one !== null && one.status === 3 && one.talk === '' ? [one] : [];
  });
  if (people.length === 0 || !room.mayControl.value) return null;
  const names = people.map((one) => (one.call === me.value ? 'you' : nameOf(one)));
  return (
    <section class="talk-bar" aria-label="Private talk">
      <p role="status">
        <strong>{people.length} chosen:</strong> {names.join(', ')}
      </p>
      <div class="row">
        <Button
          kind="primary"
          size="small"
          disabled={people.length < 2}
          onClick={async () => {
            if (await run(room.startTalk(people.map(({ call }) => call)))) chosen.value = new Set();
          }}
        >
          Talk in private
        </Button>
        <Button
          size="small"
          onClick={() => {
            chosen.value = new Set();
          }}
        >
          Cancel
        </Button>
      </div>
    </section>
  );
}
