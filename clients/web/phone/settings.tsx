/** Devices, the name that others see, and the SIP user. */
import { useState } from 'preact/hooks';
import { Button, Card, Field, Select } from '../shell/index.ts';
import { type Device, line } from '../sip/index.ts';
import { keptName } from './dial-card.tsx';

const lineWords = {
  ready: ['good', 'Ready'],
  connecting: ['warn', 'Connecting…'],
  offline: ['bad', 'No line, trying again…'],
} as const;

export function Settings() {
  const [name, setName] = useState(keptName.get());
  const { devices } = line;
  const [tone, word] = lineWords[line.state.value];
  return (
    <Card class="settings">
      <div class="row spread">
        <h2>Your phone</h2>
        <span class={`badge ${tone}`} role="status">
          {word}
        </span>
      </div>
      <Field
        label="Your name"
        value={name}
        autoComplete="name"
        placeholder="Shown to the others"
        onInput={(text) => {
          setName(text);
          keptName.set(text.trim().slice(0, 60));
        }}
      />
      <Select
        label="Microphone"
        value={devices.microphone.value}
        options={choices(devices.microphones.value)}
        onChange={(id) => devices.chooseMicrophone(id)}
      />
      {'setSinkId' in HTMLMediaElement.prototype ? (
        <Select
          label="Speaker"
          value={devices.speaker.value}
          options={choices(devices.speakers.value)}
          onChange={(id) => devices.chooseSpeaker(id)}
        />
      ) : null}
      <UserForm />
    </Card>
  );
}

const choices = (devices: readonly Device[]) => [
  { value: '', text: 'As the system says' },
  ...devices.map(({ id, name }) => ({ value: id, text: name })),
];

function UserForm() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const signedIn = line.user.value;
  if (signedIn !== null) {
    return (
      <div class="row spread">
        <p>
          SIP user <strong>{signedIn.user}</strong>
        </p>
        <Button size="small" onClick={() => line.signIn(null)}>
          Forget
        </Button>
      </div>
    );
  }
  return (
    <details>
      <summary>SIP user</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          line.signIn({ user: user.trim(), password });
          setPassword('');
        }}
      >
        <p class="hint">Only for servers that ask for one; kept until this tab is closed.</p>
        <Field label="User" value={user} onInput={setUser} autoComplete="username" />
        <Field
          label="SIP password"
          type="password"
          value={password}
          onInput={setPassword}
          autoComplete="current-password"
        />
        <Button type="submit" disabled={user.trim() === '' || password === ''}>
          Use it
        </Button>
      </form>
    </details>
  );
}
