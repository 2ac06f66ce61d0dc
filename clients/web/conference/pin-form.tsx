import { useState } from 'preact/hooks';
import { bus } from '../bus/index.ts';
import { Button, Card, Field, signInShown } from '../shell/index.ts';
import { useSession } from './use-session.ts';

/** The PIN lets somebody see and control the room. */
export function PinForm({ why }: { readonly why: string }) {
  const { room, run } = useSession();
  const [pin, setPin] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(): Promise<void> {
    setBusy(true);
    await run(room.tryPin(pin.trim()));
    setBusy(false);
  }

  return (
    <Card title="PIN of the room">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="PIN"
          type="password"
          value={pin}
          onInput={setPin}
          inputMode="numeric"
          hint="It stands behind the # of the link. With it you see who is in, and control the room."
          {...(why === '' ? {} : { fault: why })}
        />
        <div class="actions">
          <Button type="submit" kind="primary" disabled={busy || pin.trim() === ''}>
            {busy ? 'Asking…' : 'Enter the PIN'}
          </Button>
          {bus.state.value === 'signIn' ? (
            <Button
              kind="plain"
              onClick={() => {
                signInShown.value = true;
              }}
            >
              Sign in with a token
            </Button>
          ) : null}
        </div>
      </form>
    </Card>
  );
}
