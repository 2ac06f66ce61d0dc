/** The conference page: a lobby in front of the room, and the room. */
import { useEffect, useState } from 'preact/hooks';
import { Page, replacePath } from '../shell/index.ts';
import { Live } from './live.tsx';
import { Lobby } from './lobby.tsx';
import { RoomView } from './room-view.tsx';
import { openSession, type Session } from './session.ts';
import { SessionContext } from './use-session.ts';

/** `room`: of the address; `pin`: what stood after its `#`. */
export function ConferencePage({ room, pin }: { readonly room: string; readonly pin: string }) {
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => {
    const opened = openSession(room, pin);
    setSession(opened);
    return () => opened.close();
  }, [room]);
  useEffect(() => {
    if (pin === '' || session === null) return;
    // A PIN does not stay where others look, nor in the history; this tab keeps it.
    replacePath(`/c/${encodeURIComponent(room)}`);
    if (session.room.pin.peek() !== pin) void session.run(session.room.tryPin(pin));
  }, [pin, session]);
  if (session === null)
    return (
      <Page title={`Room ${room}`} hideTitle>
        <p class="empty">Loading…</p>
      </Page>
    );
  return (
    <SessionContext.Provider value={session}>
      <div class="conference">
        {session.phase.value === 'inside' ? <RoomView /> : <Lobby />}
        <Live />
      </div>
    </SessionContext.Provider>
  );
}
