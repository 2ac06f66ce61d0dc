import { Button, toast } from '../shell/index.ts';
import { IconButton } from './icon-button.tsx';
import { Icon } from './icons.tsx';
import { useRoomUi } from './room-ui.ts';
import { present } from './room-views.ts';
import { useSession } from './use-session.ts';

/** The name of the room, its switches, and ways to bring others in. */
export function Toolbar() {
  const { room, run } = useSession();
  const ui = useRoomUi();
  const { locked, moderated, recording } = room.state.value;
  const seen = room.access.value.kind === 'open';
  const control = room.mayControl.value;
  const count = present(room.state.value).length;

  async function copyLink(): Promise<void> {
    const pin = room.pin.peek();
    const url = `${location.origin}/c/${encodeURIComponent(room.name)}${pin === '' ? '' : `#${encodeURIComponent(pin)}`}`;
    try {
      await navigator.clipboard.writeText(url);
      toast(pin === '' ? 'The link is copied.' : 'The link is copied, with the PIN: who has it controls the room.');
    } catch {
      ui.dialog.value = { kind: 'link', url };
    }
  }

  return (
    <header class="toolbar">
      <div class="toolbar-name">
        <p class="room-name" aria-hidden="true">
          Room {room.name}
        </p>
        <p class="row room-marks">
          {seen ? (
            <span class="badge">
              <Icon name="people" /> {count}
              <span class="unseen"> in the room</span>
            </span>
          ) : null}
          {recording ? (
            <span class="badge bad recording">
              <span class="record-dot" aria-hidden="true" /> Recording
            </span>
          ) : null}
          {locked ? (
            <span class="badge warn">
              <Icon name="lock" /> Locked
            </span>
          ) : null}
          {moderated ? (
            <span class="badge">
              <Icon name="floor" /> Moderated
            </span>
          ) : null}
        </p>
      </div>
      <div class="toolbar-actions" role="toolbar" aria-label="The room">
        {control ? (
          <>
            <Button
              size="small"
              pressed={locked}
              onClick={() => void run(room.setLocked(!locked))}
              title="Nobody new can join"
            >
              <Icon name={locked ? 'lock' : 'unlock'} /> Lock
            </Button>
            <Button
              size="small"
              pressed={moderated}
              onClick={() => void run(room.setModerated(!moderated))}
              title="Only those with the floor are heard"
            >
              <Icon name="floor" /> Moderate
            </Button>
            <Button size="small" pressed={recording} onClick={() => void run(room.setRecording(!recording))}>
              <Icon name="record" /> Record
            </Button>
            <Button
              size="small"
              onClick={() => {
                ui.dialog.value = { kind: 'dialOut' };
              }}
            >
              <Icon name="callIn" />
              <span>
                Call<span class="extra"> somebody</span>
              </span>
            </Button>
          </>
        ) : null}
        <Button size="small" onClick={() => void copyLink()}>
          <Icon name="link" />
          <span>
            Copy<span class="extra"> link</span>
          </span>
        </Button>
        {control ? (
          <IconButton
            icon="more"
            label="PIN, name, closing the room"
            onClick={() => {
              ui.dialog.value = { kind: 'settings' };
            }}
          />
        ) : null}
        <IconButton
          icon="help"
          label="Help and keys"
          onClick={() => {
            ui.dialog.value = { kind: 'help' };
          }}
        />
      </div>
    </header>
  );
}
