/** Single keys for what is needed most. They can be switched off (WCAG 2.1, 2.1.4), and keep out of fields and dialogs. */
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { remembered } from '../shell/index.ts';
import { openChat, type RoomUi } from './room-ui.ts';
import type { Session } from './session.ts';

const kept = remembered('conference.shortcuts');
export const shortcutsOn = signal(kept.get() !== 'off');
effect(() => kept.set(shortcutsOn.value ? '' : 'off'));

export const shortcutList: readonly { readonly keys: string; readonly what: string }[] = [
  { keys: 'm', what: 'mute or unmute yourself' },
  { keys: 'h', what: 'raise or lower your hand' },
  { keys: 'c', what: 'open or close the chat' },
  { keys: 'd', what: 'call somebody into the room' },
  { keys: '← ↑ → ↓', what: 'from one participant to the next' },
  { keys: 'Enter', what: 'choose a participant for a private talk' },
  { keys: '?', what: 'this help' },
];

export function useShortcuts(session: Session, ui: RoomUi): void {
  useEffect(() => {
    const actions: { readonly [key: string]: () => void } = {
      m: session.toggleMute,
      h: session.toggleHand,
      c: () => {
        if (session.room.access.peek().kind !== 'open') return;
        if (ui.chatOpen.peek()) ui.chatOpen.value = false;
        else openChat(ui, '');
      },
      d: () => {
        if (session.room.mayControl.peek()) ui.dialog.value = { kind: 'dialOut' };
      },
      '?': () => {
        ui.dialog.value = { kind: 'help' };
      },
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
      if (action === undefined || !shortcutsOn.peek() || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.repeat || ui.dialog.peek().kind !== 'none' || isTyping(event.target)) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [session, ui]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input, textarea, select, dialog') !== null);
