/** One visit to a room: the room itself, my call into it, and what this browser remembers. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { bus, sentenceOf } from '../bus/index.ts';
import { remembered, rememberedInTab, toast } from '../shell/index.ts';
import { line, type PhoneCall } from '../sip/index.ts';
import { readChat } from './chat-memory.ts';
import { type Farewell, farewellOf } from './farewell.ts';
import { guestKey } from './guest-key.ts';
import type { Participant } from './room-events.ts';
import { openRoom, type RoomModel } from './room-model.ts';
import { findCall } from './room-views.ts';

/** `lobby`: not called yet, or left. */
export type Phase = 'lobby' | 'joining' | 'inside';

export interface Session {
  readonly room: RoomModel;
  readonly phase: ReadonlySignal<Phase>;
  /** My call, while it is under way. */
  readonly call: ReadonlySignal<PhoneCall | null>;
  /** Its tag at the server. */
  readonly me: ReadonlySignal<string | null>;
  /** Tags of my calls in this tab, the earlier ones too: the chat of before is still mine. */
  readonly myCalls: ReadonlySignal<ReadonlySet<string>>;
  /** My entry in the list. */
  readonly self: ReadonlySignal<Participant | null>;
  /** Nobody hears me: my microphone is off here, or I am muted in the room. */
  readonly silent: ReadonlySignal<boolean>;
  /** The name that the others see. */
  readonly name: ReadonlySignal<string>;
  /** How the last call ended; null: there was none. */
  readonly farewell: ReadonlySignal<Farewell | null>;
  /** The newest sentences for the live region. */
  readonly told: ReadonlySignal<readonly Told[]>;
  setName(name: string): void;
  join(): void;
  leave(): void;
  toggleMute(): void;
  toggleHand(): void;
  /** Runs what the server is asked for; a fault is shown as a sentence. True: it was done. */
  run(action: Promise<void>): Promise<boolean>;
  close(): void;
}

export interface Told {
  readonly id: number;
  readonly text: string;
}

const toldAtOnce = 6;
const maxCallsKept = 50;
const keptName = remembered('conference.name');

/** The SIP user part by which a room is called. */
export const targetOf = (room: string): string => `room-${encodeURIComponent(room)}`;

export function openSession(roomName: string, linkPin: string): Session {
  const target = targetOf(roomName);
  const keptPin = rememberedInTab(`pin.${roomName}`);
  const keptChat = rememberedInTab(`chat.${roomName}`);
  const name = signal(keptName.get());
  const told = signal<readonly Told[]>([]);
  let lastTold = 0;
  const farewell = signal<Farewell | null>(null);
  let leftByMe = false;

  const call = computed(() => {
    const now = line.call.value;
    return now !== null && now.target === target && now.state.value !== 'ended' ? now : null;
  });
  const me = computed(() => call.value?.remoteTag.value ?? null);
  const phase = computed<Phase>(() => {
    if (call.value === null) return 'lobby';
    const { value } = call.value.state;
    return value === 'talking' || value === 'connecting' ? 'inside' : 'joining';
  });
  const guest = guestKey();
  const room = openRoom({
    bus,
    guestKey: guest.key,
    room: roomName,
    pin: linkPin === '' ? keptPin.get() : linkPin,
    chat: readChat(keptChat.get()),
    me,
    tell: (sentences) => {
      told.value = [...told.peek(), ...sentences.map((text) => ({ id: ++lastTold, text }))].slice(-toldAtOnce);
    },
    sentenceOf,
  });
  const self = computed(() => findCall(room.state.value, me.value));
  const silent = computed(() => call.value?.muted.value === true || self.value?.muted === true);

  const keptCalls = rememberedInTab(`calls.${roomName}`);
  const myCalls = signal<ReadonlySet<string>>(
    new Set(
      keptCalls
        .get()
        .split(' ')
        .filter((tag) => tag !== ''),
    ),
  );

  /** The call that was given its name. */
  let named: string | null = null;

  const ends = [
    effect(() => {
      if (me.value === null || myCalls.peek().has(me.value)) return;
      myCalls.value = new Set([...myCalls.peek(), me.value].slice(-maxCallsKept));
      keptCalls.set([...myCalls.peek()].join(' '));
    }),
    effect(() => keptPin.set(room.pin.value)),
    effect(() =>
      keptChat.set(room.state.value.chat.length === 0 ? '' : JSON.stringify(room.state.value.chat.slice(-100))),
    ),
    // The name goes to the others as soon as my call is one of theirs, once: what it says comes back as an event.
    effect(() => {
      const tag = self.value?.status === 3 && self.value.name === '' ? self.value.call : null;
      if (tag === null || tag === named || !room.mayControl.value || name.peek() === '') return;
      named = tag;
      room.rename(tag, name.peek()).catch(() => {
        named = null; // the next news of the room tries again
      });
    }),
    effect(() => {
      const now = line.call.value;
      if (now === null || now.target !== target) return;
      const ending = now.ending.value;
      // That the room was closed may come to be known after the end of the call.
      const roomEnded = room.state.value.ended !== null;
      if (ending !== null && (roomEnded || farewell.peek() === null))
        farewell.value = farewellOf(ending, leftByMe, roomEnded);
    }),
  ];

  const run = async (action: Promise<void>): Promise<boolean> => {
    try {
      await action;
      return true;
    } catch (fault) {
      toast(sentenceOf(fault), 'bad');
      return false;
    }
  };

  return {
    room,
    phase,
    call,
    me,
    myCalls,
    self,
    silent,
    name,
    farewell,
    told,
    setName(text) {
      name.value = text;
      keptName.set(text);
      const tag = me.peek();
      if (tag !== null && room.mayControl.peek()) void run(room.rename(tag, text));
    },
    join() {
      leftByMe = false;
      farewell.value = null;
      line.dial(target, { headers: guest.headers(), ...(name.peek() === '' ? {} : { displayName: name.peek() }) });
    },
    leave() {
      leftByMe = true;
      call.peek()?.hangUp();
    },
    toggleMute() {
      const on = !silent.peek();
      call.peek()?.mute(on);
      const own = self.peek();
      if (own !== null && own.muted !== on && room.mayControl.peek()) void run(room.setMuted(own.call, on));
    },
    toggleHand() {
      const own = self.peek();
      if (own !== null && room.mayControl.peek()) void run(room.setHand(own.call, own.hand === 0));
    },
    run,
    close() {
      for (const end of ends) end();
      room.close();
    },
  };
}
