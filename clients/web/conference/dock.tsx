import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons.tsx';
import { openChat, useRoomUi } from './room-ui.ts';
import { chatFor } from './room-views.ts';
import { useSession } from './use-session.ts';

/** My own controls: microphone, hand, chat, keys, leave. */
export function Dock() {
  const { room, call, self, silent, myCalls, toggleMute, toggleHand, leave } = useSession();
  const ui = useRoomUi();
  const { chatOpen, chatSeen, dialog } = ui;
  const access = room.access.value.kind;
  const hand = self.value?.hand ?? 0;
  const unread = chatFor(room.state.value.chat, myCalls.value).filter(({ id }) => id > chatSeen.value).length;
  const level = silent.value ? 0 : (call.value?.levelOut.value ?? 0);
  return (
    <div class="dock" role="toolbar" aria-label="Your controls">
      <DockButton
        icon={silent.value ? 'micOff' : 'mic'}
        text={silent.value ? 'Unmute' : 'Mute'}
        also=" yourself"
        keys="m"
        pressed={silent.value}
        tone={silent.value ? 'bad' : 'plain'}
        onClick={toggleMute}
        level={level}
      />
      {room.mayControl.value && self.value !== null ? (
        <DockButton
          icon="hand"
          text={hand > 0 ? 'Lower hand' : 'Raise hand'}
          also={hand > 0 ? `, place ${hand} in the queue` : ''}
          keys="h"
          pressed={hand > 0}
          onClick={toggleHand}
        />
      ) : null}
      {access === 'open' ? (
        <DockButton
          icon="chat"
          text="Chat"
          also={unread > 0 && !chatOpen.value ? `, ${unread} unread` : ''}
          keys="c"
          pressed={chatOpen.value}
          onClick={() => {
            if (chatOpen.peek()) chatOpen.value = false;
            else openChat(ui, '');
          }}
        >
          {unread > 0 && !chatOpen.value ? (
            <span class="unread" aria-hidden="true">
              {unread > 99 ? '99+' : unread}
            </span>
          ) : null}
        </DockButton>
      ) : null}
      <DockButton
        icon="keypad"
        text="Keypad"
        onClick={() => {
          dialog.value = { kind: 'keypad' };
        }}
      />
      <DockButton icon="phoneDown" text="Leave" also=" the room" tone="leave" onClick={leave} />
    </div>
  );
}

interface DockButtonProps {
  readonly icon: IconName;
  readonly text: string;
  /** What a screen reader says after it. */
  readonly also?: string;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly tone?: 'plain' | 'bad' | 'leave';
  /** 0 to 1: fills the button from below. */
  readonly level?: number;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

function DockButton({
  icon,
  text,
  also = '',
  keys,
  pressed,
  tone = 'plain',
  level,
  onClick,
  children,
}: DockButtonProps) {
  return (
    <button
      type="button"
      class={`dock-button ${tone}`}
      aria-label={`${text}${also}`}
      title={keys === undefined ? `${text}${also}` : `${text}${also} (${keys})`}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(keys === undefined ? {} : { 'aria-keyshortcuts': keys })}
      onClick={onClick}
    >
      <span class="dock-circle" {...(level === undefined ? {} : { style: { '--level': level.toFixed(2) } })}>
        <Icon name={icon} />
      </span>
      <span class="dock-text">{text}</span>
      {children}
    </button>
  );
}
