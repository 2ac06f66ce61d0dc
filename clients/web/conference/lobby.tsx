import { Page } from '../shell/index.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icons.tsx';
import { JoinForm } from './join-form.tsx';
import { nameOf } from './names.ts';
import { PinForm } from './pin-form.tsx';
import { present } from './room-views.ts';
import { useSession } from './use-session.ts';

/** Before the room: who is in, a name, the microphone, and the button. */
export function Lobby() {
  const { room, farewell, phase } = useSession();
  const access = room.access.value;
  const goodbye = farewell.value;
  const closed = phase.value === 'joining' && room.state.value.ended !== null;
  return (
    <Page title={`Room ${room.name}`} hideTitle>
      <div class="lobby">
        <section class="lobby-head">
          <p class="lobby-kicker">Conference</p>
          <p class="lobby-title" aria-hidden="true">
            Room {room.name}
          </p>
          <WhoIsIn />
        </section>
        {closed ? (
          <div class="notice bad" role="alert">
            <strong>The room was closed while you were joining.</strong> Join again to open it anew, or ask for a new
            link.
          </div>
        ) : null}
        {goodbye === null || phase.value === 'joining' ? null : (
          <div
            class={goodbye.tone === 'bad' ? 'notice bad' : 'notice'}
            role={goodbye.tone === 'bad' ? 'alert' : 'status'}
          >
            <strong>{goodbye.what}</strong> {goodbye.advice}
          </div>
        )}
        {access.kind === 'pinWanted' ? <PinForm why={access.why} /> : null}
        <JoinForm />
      </div>
    </Page>
  );
}

function WhoIsIn() {
  const { room } = useSession();
  const access = room.access.value;
  const { state } = room;
  if (access.kind === 'waiting')
    return (
      <p class="hint" aria-busy="true">
        Looking who is in…
      </p>
    );
  if (access.kind === 'pinWanted')
    return <p class="hint">The room is kept with a PIN. Without it you can talk and listen, but not see who is in.</p>;
  if (access.kind === 'refused')
    return <p class="hint">You may talk and listen in this room, but not see who is in. ({access.why})</p>;
  const people = present(state.value);
  const { locked, moderated, recording } = state.value;
  return (
    <>
      <ul class="faces" aria-label="Who is in the room">
        {people.slice(0, 7).map((one) => (
          <li key={one.call} title={nameOf(one)}>
            <Avatar one={one} size="small" />
            <span class="unseen">{nameOf(one)}</span>
          </li>
        ))}
      </ul>
      <p class="hint">
        {people.length === 0 ? 'Nobody is here yet: you will be the first.' : countOf(people.map(nameOf))}
      </p>
      <p class="row">
        {locked ? (
          <span class="badge warn">
            <Icon name="lock" /> Locked: nobody can join now
          </span>
        ) : null}
        {moderated ? <span class="badge">Moderated: raise your hand to speak</span> : null}
        {recording ? <span class="badge bad">Being recorded</span> : null}
      </p>
    </>
  );
}

function countOf(names: readonly string[]): string {
  if (names.length === 1) return `${names[0]} is here.`;
  if (names.length <= 3) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are here.`;
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others are here.`;
}
