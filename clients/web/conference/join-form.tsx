import { useState } from 'preact/hooks';
import { Button, Card, Field } from '../shell/index.ts';
import { line, type PhoneCallState } from '../sip/index.ts';
import { Icon } from './icons.tsx';
import { MicCheck } from './mic-check.tsx';
import { useSession } from './use-session.ts';

const steps: { readonly [state in PhoneCallState]?: string } = {
  microphone: 'Asking for the microphone…',
  calling: 'Calling the room…',
  ringing: 'The room answers…',
};

/** A name, and the button that calls the room. */
export function JoinForm() {
  const { room, name, setName, join, leave, phase, call, farewell } = useSession();
  const [typed, setTyped] = useState(name.peek());
  const joining = phase.value === 'joining';
  const locked = room.state.value.locked;
  const offline = line.state.value === 'offline';
  const step = call.value === null ? undefined : steps[call.value.state.value];
  return (
    <Card title="Join" class="join">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setName(typed.trim());
          join();
        }}
      >
        <Field
          label="Your name"
          value={typed}
          onInput={setTyped}
          autoComplete="name"
          placeholder="As the others shall see it"
          disabled={joining}
        />
        <MicCheck active={!joining} />
        <div class="actions">
          {joining ? (
            <>
              <Button kind="primary" size="large" disabled>
                {step ?? 'Joining…'}
              </Button>
              <Button size="large" onClick={leave}>
                Cancel
              </Button>
            </>
          ) : (
            <Button kind="primary" size="large" type="submit" disabled={offline}>
              <Icon name="mic" />
              {farewell.value === null ? 'Join the room' : 'Join again'}
            </Button>
          )}
        </div>
        <p class="hint" role="status">
          {joining
            ? step
            : offline
              ? 'The phone line to the server is lost; it is opened again by itself.'
              : locked
                ? 'The room is locked: somebody inside must open it, or call you.'
                : ''}
        </p>
      </form>
    </Card>
  );
}
