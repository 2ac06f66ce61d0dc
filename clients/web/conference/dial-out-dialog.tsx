import { useState } from 'preact/hooks';
import { sentenceOf } from '../bus/index.ts';
import { Button, Dialog, Field, remembered } from '../shell/index.ts';
import { readDialTarget } from './dial-target.ts';
import { useSession } from './use-session.ts';

const keptServer = remembered('conference.dialServer');
const keptUser = remembered('conference.dialUser');

/** Calls somebody into the room; how far that is, is shown below the participants. */
export function DialOutDialog({ to, onClose }: { readonly to: string; readonly onClose: () => void }) {
  const { room } = useSession();
  const [typed, setTyped] = useState(to);
  const [server, setServer] = useState(keptServer.get());
  const [user, setUser] = useState(keptUser.get());
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);

  async function call(): Promise<void> {
    const target = readDialTarget(typed, server === '' ? location.hostname : server);
    if (target === null) {
      setFault('That cannot be called. Type a number, or an address such as bob@example.com.');
      return;
    }
    keptServer.set(server);
    keptUser.set(user);
    setBusy(true);
    setFault('');
    try {
      await room.dialOut({
        callee: target.user,
        calleeDomain: target.domain,
        fromUser: user === '' ? 'conference' : user,
        domain: server === '' ? location.hostname : server,
        authUser: user,
        authPassword: password,
      });
      onClose();
    } catch (reason) {
      setFault(sentenceOf(reason));
      setBusy(false);
    }
  }

  return (
    <Dialog title="Call somebody into the room" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void call();
        }}
      >
        <Field
          label="Number or address"
          value={typed}
          onInput={setTyped}
          placeholder="+43 1 4711, or bob@example.com"
          hint="A number is called over the telephone server below."
          autoFocus
          required
          {...(fault === '' ? {} : { fault })}
        />
        <details {...(keptServer.get() === '' ? {} : { open: false })}>
          <summary>Telephone server and sign-in there</summary>
          <div class="stack">
            <Field
              label="Server"
              value={server}
              onInput={setServer}
              placeholder={location.hostname}
              hint="Empty: this server."
            />
            <Field label="User" value={user} onInput={setUser} hint="Empty: without sign-in." />
            <Field
              label="Password"
              type="password"
              value={password}
              onInput={setPassword}
              autoComplete="off"
              hint="Not kept."
            />
          </div>
        </details>
        <div class="actions">
          <Button type="submit" kind="primary" disabled={busy || typed.trim() === ''}>
            {busy ? 'Calling…' : 'Call'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
