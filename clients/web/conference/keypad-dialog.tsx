import { useState } from 'preact/hooks';
import { Button, Dialog } from '../shell/index.ts';
import { useSession } from './use-session.ts';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

/** Keys for what the room's own application asks for. */
export function KeypadDialog({ onClose }: { readonly onClose: () => void }) {
  const { call } = useSession();
  const [sent, setSent] = useState('');
  const press = (key: string): void => {
    call.peek()?.sendKey(key);
    setSent((before) => `${before}${key}`.slice(-24));
  };
  return (
    <Dialog title="Keypad" onClose={onClose}>
      <output class="keys-sent" aria-live="polite">
        {sent === '' ? 'No key sent yet' : sent}
      </output>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard's own digits, beside the buttons */}
      <div
        class="keys"
        onKeyDown={({ key }) => {
          if (/^[0-9*#]$/.test(key)) press(key);
        }}
      >
        {keys.map((key) => (
          <Button key={key} size="large" onClick={() => press(key)}>
            {key}
          </Button>
        ))}
      </div>
      <div class="actions">
        <Button onClick={onClose}>Done</Button>
      </div>
    </Dialog>
  );
}
