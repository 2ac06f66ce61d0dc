import { bus } from '../bus/index.ts';
import { Button } from './controls.tsx';
import { signInShown } from './sign-in-shown.ts';

const words = {
  connecting: 'Connecting…',
  open: 'Connected',
  lost: 'Connection lost, trying again…',
  signIn: 'Sign-in needed',
} as const;

/** The state of the connection, at the foot of every page. */
export function StatusLine() {
  const state = bus.state.value;
  return (
    <footer class="status" data-state={state}>
      <p role="status" aria-live="polite" title={bus.advice.value}>
        <span class="dot" aria-hidden="true" />
        {words[state]}
        {state === 'lost' && bus.advice.value !== '' ? <span class="unseen"> {bus.advice.value}</span> : null}
      </p>
      {state === 'open' ? (
        <p class="who">
          <span title={bus.scopes.value.join(', ')}>{bus.name.value}</span>
          <Button
            kind="plain"
            size="small"
            onClick={() => {
              if (bus.name.value === 'local') signInShown.value = true;
              else bus.logout();
            }}
          >
            {bus.name.value === 'local' ? 'Sign in' : 'Sign out'}
          </Button>
        </p>
      ) : null}
    </footer>
  );
}
