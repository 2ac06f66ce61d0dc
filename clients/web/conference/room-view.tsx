/** The room from inside: who is in and speaks, what can be done with them, the chat, and my own controls. */
import { useEffect, useMemo } from 'preact/hooks';
import { bus } from '../bus/index.ts';
import { Page } from '../shell/index.ts';
import { CallsUnderway } from './calls-underway.tsx';
import { ChatPanel } from './chat-panel.tsx';
import { Dialogs } from './dialogs.tsx';
import { Dock } from './dock.tsx';
import { HandQueue } from './hand-queue.tsx';
import { People } from './people.tsx';
import { PinForm } from './pin-form.tsx';
import { createRoomUi, RoomUiContext } from './room-ui.ts';
import { useShortcuts } from './shortcuts.ts';
import { TalkBar } from './talk-bar.tsx';
import { Talks } from './talks.tsx';
import { Toolbar } from './toolbar.tsx';
import { useSession } from './use-session.ts';

export function RoomView() {
  const session = useSession();
  const ui = useMemo(() => createRoomUi(matchMedia('(min-width: 1000px)').matches), []);
  useShortcuts(session, ui);
  const { room } = session;
  const access = room.access.value;
  const lost = bus.state.value === 'lost' || bus.state.value === 'connecting';
  const chat = access.kind === 'open' && ui.chatOpen.value;
  useEffect(() => document.getElementById('main')?.focus(), []);
  return (
    <RoomUiContext.Provider value={ui}>
      <Page title={`Room ${room.name}`} hideTitle wide>
        <div class="room" data-chat={chat}>
          <Toolbar />
          {lost ? (
            <p class="notice bad" role="alert">
              The connection to the server is lost: what you see may be old. You are still in the call if you hear the
              others; the page goes on by itself.
            </p>
          ) : null}
          {room.state.value.ended === null ? null : (
            <p class="notice bad" role="alert">
              The room was closed.
            </p>
          )}
          {access.kind === 'pinWanted' ? <PinForm why={access.why} /> : null}
          {access.kind === 'refused' ? (
            <p class="notice">You are in the room. To see who else is here you need its PIN or a right: {access.why}</p>
          ) : null}
          {access.kind === 'waiting' && !room.state.value.known ? (
            <p class="empty" aria-busy="true">
              Looking who is in…
            </p>
          ) : null}
          {access.kind === 'pinWanted' || access.kind === 'refused' ? null : (
            <div class="room-body">
              <HandQueue />
              <Talks />
              <People />
              <CallsUnderway />
            </div>
          )}
          {chat ? <ChatPanel /> : null}
          <div class="room-foot">
            <TalkBar />
            <Dock />
          </div>
        </div>
      </Page>
      <Dialogs />
    </RoomUiContext.Provider>
  );
}
