import { Button, Dialog, Field } from '../shell/index.ts';
import { DialOutDialog } from './dial-out-dialog.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { KeypadDialog } from './keypad-dialog.tsx';
import { useRoomUi } from './room-ui.ts';
import { SettingsDialog } from './settings-dialog.tsx';
import { useSession } from './use-session.ts';

/** The one dialog that is open. */
export function Dialogs() {
  const { dialog } = useRoomUi();
  const open = dialog.value;
  const close = (): void => {
    dialog.value = { kind: 'none' };
  };
  switch (open.kind) {
    case 'none':
      return null;
    case 'dialOut':
      return <DialOutDialog to={open.to ?? ''} onClose={close} />;
    case 'keypad':
      return <KeypadDialog onClose={close} />;
    case 'help':
      return <HelpDialog onClose={close} />;
    case 'settings':
      return <SettingsDialog onClose={close} />;
    case 'link':
      return <LinkDialog url={open.url} onClose={close} />;
    case 'kick':
      return <KickDialog call={open.call} name={open.name} onClose={close} />;
  }
}

/** Where the browser lets no page copy: to be copied by hand. */
function LinkDialog({ url, onClose }: { readonly url: string; readonly onClose: () => void }) {
  return (
    <Dialog title="Link to this room" onClose={onClose}>
      <Field
        label="Copy this"
        value={url}
        onInput={() => {}}
        hint="What follows the # is the PIN: who has it controls the room."
      />
      <div class="actions">
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

interface KickDialogProps {
  readonly call: string;
  readonly name: string;
  readonly onClose: () => void;
}

function KickDialog({ call, name, onClose }: KickDialogProps) {
  const { room, run } = useSession();
  return (
    <Dialog title={`Remove ${name}?`} onClose={onClose}>
      <p>The call is ended. {name} may join again unless the room is locked.</p>
      <div class="actions">
        <Button
          kind="danger"
          onClick={() => {
            onClose();
            void run(room.kick(call));
          }}
        >
          Remove from the room
        </Button>
        <Button onClick={onClose}>Keep</Button>
      </div>
    </Dialog>
  );
}
