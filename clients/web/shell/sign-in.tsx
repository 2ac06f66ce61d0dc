/** Asks for a token, or a user and a password; neither ever stands in an address. */
import { useState } from 'preact/hooks';
import { bus, sentenceOf } from '../bus/index.ts';
import { Button, Field } from './controls.tsx';
import { Dialog } from './dialog.tsx';
import { signInShown } from './sign-in-shown.ts';

export function SignIn() {
  const [kind, setKind] = useState<'token' | 'password'>('token');
  const [user, setUser] = useState('');
  const [secret, setSecret] = useState('');
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);
  const isNeeded = bus.state.value === 'signIn' && !signInShown.value;

  async function submit(): Promise<void> {
    setBusy(true);
    setFault('');
    try {
      await bus.login(kind === 'token' ? { token: secret.trim() } : { user: user.trim(), password: secret });
      signInShown.value = false;
    } catch (reason) {
      setFault(sentenceOf(reason));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title="Sign in"
      {...(isNeeded
        ? {}
        : {
            onClose: () => {
              signInShown.value = false;
            },
          })}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p class="hint">
          {bus.advice.value !== '' && isNeeded
            ? bus.advice.value
            : 'This server asks who you are. Its operator makes a token with callbus token create.'}
        </p>
        {kind === 'password' ? (
          <Field label="User" value={user} onInput={setUser} autoComplete="username" autoFocus required />
        ) : null}
        <Field
          key={kind}
          label={kind === 'token' ? 'Token' : 'Password'}
          type="password"
          value={secret}
          onInput={setSecret}
          autoComplete="current-password"
          autoFocus={kind === 'token'}
          required
          {...(fault === '' ? {} : { fault })}
        />
        <div class="actions spread">
          <Button kind="plain" onClick={() => setKind(kind === 'token' ? 'password' : 'token')}>
            {kind === 'token' ? 'Use a password' : 'Use a token'}
          </Button>
          <Button kind="primary" type="submit" disabled={busy || secret === ''}>
            {busy ? 'Signing in…' : 'Sign in'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
