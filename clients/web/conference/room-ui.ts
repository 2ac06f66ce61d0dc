/** What is open on the page of a room, and who was chosen: nothing of it is known to the server. */
import { type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

export type OpenDialog =
  | { readonly kind: 'none' }
  | { readonly kind: 'dialOut'; readonly to?: string }
  | { readonly kind: 'keypad' }
  | { readonly kind: 'help' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'kick'; readonly call: string; readonly name: string };

export interface RoomUi {
  readonly dialog: Signal<OpenDialog>;
  readonly chatOpen: Signal<boolean>;
  /** Rises when somebody wants to write: the field gets the focus. */
  readonly chatAsked: Signal<number>;
  /** Call tag that the next line goes to; empty: all. */
  readonly chatTo: Signal<string>;
  /** Id of the last line that was looked at. */
  readonly chatSeen: Signal<number>;
  /** Call tags chosen for a private talk. */
  readonly chosen: Signal<ReadonlySet<string>>;
  /** Call tag whose buttons are shown where there is little space; empty: nobody's. */
  readonly openCard: Signal<string>;
  /** Call tag whose volumes are shown; empty: nobody's. */
  readonly volumeOf: Signal<string>;
}

export function createRoomUi(isWide: boolean): RoomUi {
  return {
    dialog: signal<OpenDialog>({ kind: 'none' }),
    chatOpen: signal(isWide),
    chatAsked: signal(0),
    chatTo: signal(''),
    chatSeen: signal(0),
    chosen: signal<ReadonlySet<string>>(new Set<string>()),
    openCard: signal(''),
    volumeOf: signal(''),
  };
}

export const RoomUiContext = createContext<RoomUi>(createRoomUi(false));
export const useRoomUi = (): RoomUi => useContext(RoomUiContext);

/** Opens the chat to write; `to`: call tag, empty: all. */
export function openChat(ui: RoomUi, to: string): void {
  ui.chatTo.value = to;
  ui.chatOpen.value = true;
  ui.chatAsked.value++;
}

/** Chooses or leaves out; with the first one chosen I am chosen too: most want to talk themselves. */
export function toggleChosen(chosen: ReadonlySet<string>, call: string, me: string | null): ReadonlySet<string> {
  const next = new Set(chosen);
  if (next.delete(call)) return next.size === 1 && me !== null && next.has(me) ? new Set() : next;
  if (next.size === 0 && me !== null) next.add(me);
  return next.add(call);
}
