import { Lines } from '../lines/index.tsx';
import { Button, Dialog, Switch } from '../shell/index.ts';
import { shortcutList, shortcutsOn } from './shortcuts.ts';
import { useSession } from './use-session.ts';

/** The keys of the keyboard, and what a program would have called. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const asked = useSession().room.asked.value;
  return (
    <Dialog title="How this works" onClose={onClose}>
      <ul class="help-list">
        <li>Who speaks has a ring that moves, and the word “speaking”.</li>
        <li>The buttons of a card are for that person: mute, volumes, floor, private talk, a message, remove.</li>
        <li>Click on two or more people to talk in private: the others see that, and hear nothing.</li>
        <li>In a moderated room only those with the floor are heard. Raise your hand to get it.</li>
        <li>A phone without a page may call the room too, and is moved and muted from here.</li>
      </ul>
      <table class="keys-table">
        <caption>Keys</caption>
        <tbody>
          {shortcutList.map(({ keys, what }) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Switch
        label="Single keys work"
        on={shortcutsOn.value}
        onChange={(on) => {
          shortcutsOn.value = on;
        }}
      />
      {asked === null ? null : (
        <Lines method={asked.method} params={asked.params} title="What you did last, from a program" />
      )}
      <div class="actions">
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
