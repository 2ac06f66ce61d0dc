/** A room as a live thing: reads its state, follows its events, asks the server to change it. Without a browser. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type JsonObject, RpcError } from '../../typescript/index.ts';
import type { Bus } from '../bus/types.ts';
import { changesToTell } from './announcements.ts';
import { readAnswer } from './room-answers.ts';
import { readRoomEvent } from './room-events.ts';
import { type ChatLine, emptyRoom, type RoomInput, type RoomState, reduceRoom } from './room-state.ts';

/**
 *     waiting ──▶ open            the state was read
 *        │ ▲       │ the PIN was changed
 *        ▼ │ tryPin▼
 *       pinWanted ◀┘              `refused`: the scopes do not allow to look into rooms; a call may still come in
 */
export type Access =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'pinWanted'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

/** The server said no; the message is a sentence for people. */
export class Refused extends Error {}

export interface RoomModelParts {
  readonly bus: Pick<Bus, 'state' | 'call' | 'subscribe' | 'onOpen' | 'login' | 'may'>;
  readonly room: string;
  readonly pin: string;
  /** By which the server knows a guest's calls; absent: by nothing. */
  readonly guestKey?: string;
  /** Lines of the chat that are known from before, such as before a reload. */
  readonly chat?: readonly ChatLine[];
  /** My call tag, null while I am not in. */
  readonly me: ReadonlySignal<string | null>;
  /** Sentences about what has just happened, for the live region. */
  readonly tell: (sentences: readonly string[]) => void;
  /** A fault of the connection as a sentence. */
  readonly sentenceOf: (fault: unknown) => string;
}

export interface RoomModel extends RoomActions {
  readonly name: string;
  readonly state: ReadonlySignal<RoomState>;
  readonly access: ReadonlySignal<Access>;
  readonly pin: ReadonlySignal<string>;
  /** What the server was asked for last, for who wants to do it from a program. */
  readonly asked: ReadonlySignal<Asked | null>;
  /** May its switches be turned and its people be moved? */
  readonly mayControl: ReadonlySignal<boolean>;
  /** Another PIN from now on; `access` tells what became of it. */
  tryPin(pin: string): Promise<void>;
  dismiss(call: string): void;
  close(): void;
}

export interface Asked {
  readonly method: string;
  readonly params: JsonObject;
}

/** What the server can be asked for. All reject with a sentence: `Refused`, or a fault of the connection. */
export interface RoomActions {
  setMuted(call: string, muted: boolean): Promise<void>;
  kick(call: string): Promise<void>;
  rename(call: string, name: string): Promise<void>;
  setHand(call: string, up: boolean): Promise<void>;
  setFloor(call: string, floor: boolean): Promise<void>;
  setVolume(call: string, gainDb: number, volumeDb: number): Promise<void>;
  setModerated(on: boolean): Promise<void>;
  setLocked(on: boolean): Promise<void>;
  setRecording(on: boolean): Promise<void>;
  setPin(pin: string): Promise<void>;
  closeRoom(): Promise<void>;
  /** `to`: call tag; empty: all. */
  say(from: string, to: string, text: string): Promise<void>;
  startTalk(calls: readonly string[]): Promise<void>;
  endTalk(talk: string): Promise<void>;
  dialOut(order: DialOut): Promise<void>;
}

export interface DialOut {
  readonly callee: string;
  readonly calleeDomain: string;
  readonly fromUser: string;
  readonly domain: string;
  readonly authUser: string;
  readonly authPassword: string;
}

const wrongPin = 1;
const unknownRoom = 'There is no such room, or its PIN is another one.';
const pinChanged = 'The PIN of this room is another one now. Ask for the new link.';

/** What the texts of webconference mean to people. */
function sentenceFor(code: number, text: string): string {
  if (code === wrongPin && /pin/i.test(text)) return pinChanged;
  if (/call does not exist/i.test(text)) return 'That participant has just left.';
  if (/room does not exist/i.test(text)) return 'The room was closed.';
  return `The server says: ${text.trim()}.`;
}

export function openRoom({ bus, room, me, tell, sentenceOf, ...rest }: RoomModelParts): RoomModel {
  const state = signal(emptyRoom(room, rest.chat));
  const access = signal<Access>({ kind: 'waiting' });
  const pin = signal(rest.pin);
  const asked = signal<Asked | null>(null);
  /** Rises with each reading: an answer to an older one counts for nothing. */
  let reading = 0;

  function put(input: RoomInput): void {
    const before = state.peek();
    state.value = reduceRoom(before, input);
    const news = changesToTell(before, state.value, me.peek());
    if (news.length > 0) tell(news);
  }

  async function read(): Promise<void> {
    const mine = ++reading;
    put({ kind: 'reading' });
    try {
      const [code, text, snapshot] = readAnswer(await bus.call('webconference.state', [room, pin.peek()]));
      if (mine !== reading) return;
      if (code === 0 && snapshot !== null) {
        put({ kind: 'read', snapshot });
        access.value = { kind: 'open' };
        return;
      }
      put({ kind: 'readFailed' });
      const was = access.peek().kind;
      const why = was === 'open' ? pinChanged : pin.peek() === '' ? '' : unknownRoom;
      access.value = code === wrongPin ? { kind: 'pinWanted', why } : { kind: 'refused', why: text };
    } catch (fault) {
      if (mine !== reading) return;
      put({ kind: 'readFailed' });
      // A lost connection opens again, and then the state is read again.
      if (bus.state.peek() === 'open') access.value = { kind: 'refused', why: sentenceOf(fault) };
    }
  }

  const onEvents = bus.subscribe(
    'webconference.*',
    { room },
    (pushed) => {
      const event = readRoomEvent(pushed, room);
      if (event !== null) put({ kind: 'event', event });
    },
    () => put({ kind: 'missed' }),
  );
  const onOpen = bus.onOpen(() => put({ kind: 'missed' }));
  const onConnection = effect(() => {
    if (bus.state.value !== 'signIn') return;
    // A link with a PIN needs no token: the PIN lets its guest in.
    const guestPin = pin.peek();
    if (guestPin === '') access.value = { kind: 'pinWanted', why: '' };
    else
      void logIn(guestPin).catch((fault) => {
        access.value = { kind: 'pinWanted', why: sentenceOf(fault) };
      });
  });
  const onMustRead = effect(() => {
    if (state.value.mustRead && state.value.waiting === null && bus.state.value === 'open') {
      const { kind } = access.peek();
      if (kind === 'open' || kind === 'waiting') void read();
    }
  });

  async function logIn(withPin: string): Promise<void> {
    try {
      await bus.login({ room, pin: withPin, ...(rest.guestKey === undefined ? {} : { key: rest.guestKey }) });
      access.value = { kind: 'waiting' };
      put({ kind: 'missed' });
    } catch (fault) {
      const unknown = fault instanceof RpcError && fault.reason === 'rpc.unauthorized';
      access.value = { kind: 'pinWanted', why: unknown ? unknownRoom : sentenceOf(fault) };
    }
  }

  async function ask(method: string, params: JsonObject = {}): Promise<void> {
    const named = { room, adminPin: pin.peek(), ...params };
    asked.value = { method: `webconference.${method}`, params: named };
    const [code, text] = readAnswer(await bus.call(asked.peek()?.method ?? '', named));
    if (code === wrongPin && /pin/i.test(text)) access.value = { kind: 'pinWanted', why: pinChanged };
    if (code !== 0) throw new Refused(sentenceFor(code, text));
  }

  return {
    name: room,
    state,
    access,
    pin,
    asked,
    mayControl: computed(() => access.value.kind === 'open' && bus.may('webconference:control')),
    async tryPin(another) {
      pin.value = another;
      if (bus.state.peek() === 'signIn') return logIn(another);
      access.value = { kind: 'waiting' };
      await read();
    },
    dismiss: (call) => put({ kind: 'dismiss', call }),
    close() {
      reading++;
      onEvents();
      onOpen();
      onConnection();
      onMustRead();
    },
    setMuted: (call, muted) => ask(muted ? 'mute' : 'unmute', { call }),
    kick: (call) => ask('kickout', { call }),
    rename: (call, name) => ask('rename', { call, name }),
    setHand: (call, up) => ask(up ? 'raiseHand' : 'lowerHand', { call }),
    setFloor: (call, floor) => ask(floor ? 'grantFloor' : 'revokeFloor', { call }),
    setVolume: (call, gainDb, volumeDb) => ask('setVolume', { call, gainDb, volumeDb }),
    setModerated: (on) => ask('setModerated', { on }),
    setLocked: (on) => ask('setLocked', { on }),
    setRecording: (on) => ask(on ? 'startRecording' : 'stopRecording'),
    async setPin(newAdminPin) {
      await ask('changeRoomAdminpin', { newAdminPin });
      pin.value = newAdminPin;
    },
    closeRoom: () => ask('roomDelete'),
    say: (from, to, text) => ask('chat', { from, to, text }),
    startTalk: (calls) => ask('startTalk', { calls }),
    endTalk: (talk) => ask('endTalk', { talk }),
    dialOut: (order) => ask('dialout', { ...order, headers: '' }),
  };
}
