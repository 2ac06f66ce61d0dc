import { useState } from 'preact/hooks';
import { Button, Dialog, Field, Select, toast } from '../shell/index.ts';
import { line } from '../sip/index.ts';
import { useSession } from './use-session.ts';

/** My name and devices, the PIN, and the end of the room. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { room, run, name, setName } = useSession();
  const [typed, setTyped] = useState(name.peek());
  const [pin, setPin] = useState('');
  const [sure, setSure] = useState(false);
  const { microphones, microphone, speakers, speaker } = line.devices;
  return (
    <Dialog title="Settings" onClose={onClose}>
      <form
        class="line-form"
        onSubmit={(event) => {
          event.preventDefault();
          setName(typed.trim());
          toast('The others see your new name.', 'good');
        }}
      >
        <Field label="Your name" value={typed} onInput={setTyped} autoComplete="name" />
        <Button type="submit" disabled={typed.trim() === '' || typed.trim() === name.value}>
          Rename
        </Button>
      </form>
      {microphones.value.length > 1 ? (
        <Select
          label="Microphone"
          value={microphone.value}
          options={[{ value: '', text: 'As the system says' }, ...microphones.value.map(optionOf)]}
          onChange={line.devices.chooseMicrophone}
        />
      ) : null}
      {speakers.value.length > 1 ? (
        <Select
          label="Speaker"
          value={speaker.value}
          options={[{ value: '', text: 'As the system says' }, ...speakers.value.map(optionOf)]}
          onChange={line.devices.chooseSpeaker}
        />
      ) : null}
      <form
        class="line-form"
        onSubmit={(event) => {
          event.preventDefault();
          void run(room.setPin(pin.trim())).then((done) => {
            if (done) toast('The room has a new PIN: earlier links no longer open it.', 'good');
            if (done) setPin('');
          });
        }}
      >
        <Field
          label="New PIN"
          type="password"
          value={pin}
          onInput={setPin}
          hint="Only who knows it sees and controls the room. Joining by telephone needs none: lock the room for that."
        />
        <Button type="submit" disabled={pin.trim() === ''}>
          Set
        </Button>
      </form>
      <div class="actions spread">
        {sure ? (
          <Button
            kind="danger"
            onClick={() => {
              onClose();
              void run(room.closeRoom());
            }}
          >
            Yes, end all calls
          </Button>
        ) : (
          <Button onClick={() => setSure(true)}>Close the room…</Button>
        )}
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

const optionOf = ({ id, name }: { readonly id: string; readonly name: string }) => ({ value: id, text: name });
