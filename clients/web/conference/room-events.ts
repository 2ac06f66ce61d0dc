/** The events of one room, read from what the bus pushes: every member checked. */
import type { JsonObject, JsonValue, ServerEvent } from '../../typescript/index.ts';

/** One who is in the room, is being called into it, or has just left. */
export interface Participant {
  /** Call tag; empty: invited, has not called yet. */
  readonly call: string;
  /** Address, as the call said it. */
  readonly number: string;
  /** The name to show; empty: none was given. */
  readonly name: string;
  /** 0 invited, 1 called, 2 ringing, 3 in the room, 4 leaving, 5 finished. */
  readonly status: number;
  /** `180 Ringing`, `486 Busy Here`, … */
  readonly reason: string;
  readonly muted: boolean;
  /** What the room hears of it, dB. */
  readonly gainDb: number;
  /** What it hears of the room, dB. */
  readonly volumeDb: number;
  /** Place in the queue of raised hands from 1; 0: not raised. */
  readonly hand: number;
  readonly floor: boolean;
  /** Id of the private talk it is in; empty: none. */
  readonly talk: string;
  readonly participantId: string;
  /** How loud it speaks now, dBov (-127 … 0); null: silent. */
  readonly levelDb: number | null;
}

/** What is not known of a participant. */
export const nobody: Participant = {
  call: '',
  number: '',
  name: '',
  status: 0,
  reason: '',
  muted: false,
  gainDb: 0,
  volumeDb: 0,
  hand: 0,
  floor: false,
  talk: '',
  participantId: '',
  levelDb: null,
};

export interface Speaker {
  readonly call: string;
  readonly levelDb: number;
}

/** What an event says, without the room. */
export type RoomChange =
  | { readonly kind: 'created' }
  | { readonly kind: 'deleted'; readonly reason: string }
  | { readonly kind: 'participant'; readonly change: Partial<Participant> & Pick<Participant, 'call' | 'status'> }
  | {
      readonly kind: 'changed';
      readonly locked: boolean;
      readonly moderated: boolean;
      readonly recording: boolean;
    }
  | { readonly kind: 'speaking'; readonly speakers: readonly Speaker[] }
  | { readonly kind: 'hand'; readonly call: string; readonly hand: number }
  | { readonly kind: 'floor'; readonly call: string; readonly floor: boolean }
  | { readonly kind: 'chat'; readonly from: string; readonly to: string; readonly text: string }
  | { readonly kind: 'talk'; readonly talk: string; readonly calls: readonly string[]; readonly active: boolean };

/** A change with the event's place in the server's order. */
export interface RoomEvent {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly change: RoomChange;
}

/** Null: an event of another kind or another room, or one without its members. */
export function readRoomEvent({ id, at, name, payload }: ServerEvent, room: string): RoomEvent | null {
  if (payload['room'] !== room) return null;
  const change = readers[name]?.(payload) ?? null;
  return change === null ? null : { id, at, change };
}

type Reader = (payload: JsonObject) => RoomChange | null;

const readers: { readonly [event: string]: Reader } = {
  'webconference.roomCreated': () => ({ kind: 'created' }),
  'webconference.roomDeleted': ({ reason }) => ({ kind: 'deleted', reason: text(reason) }),
  'webconference.participant': (payload) => {
    const { call, status } = payload;
    if (typeof call !== 'string' || typeof status !== 'number') return null;
    return { kind: 'participant', change: { ...knownMembers(payload), call, status } };
  },
  'webconference.changed': ({ locked, moderated, recording }) => ({
    kind: 'changed',
    locked: locked === true,
    moderated: moderated === true,
    recording: recording === true,
  }),
  'webconference.speaking': ({ speakers }) => ({ kind: 'speaking', speakers: list(speakers).flatMap(speaker) }),
  'webconference.hand': ({ call, hand }) =>
    typeof call === 'string' && typeof hand === 'number' ? { kind: 'hand', call, hand } : null,
  'webconference.floor': ({ call, floor }) =>
    typeof call === 'string' ? { kind: 'floor', call, floor: floor === true } : null,
  'webconference.chat': ({ from, to, text: said }) =>
    typeof said === 'string' ? { kind: 'chat', from: text(from), to: text(to), text: said } : null,
  'webconference.talk': ({ talk, calls, active }) =>
    typeof talk === 'string' ? { kind: 'talk', talk, calls: list(calls).map(text), active: active === true } : null,
};

/** The members of a participant that a payload has, of the right type. */
export function knownMembers(payload: JsonObject): Partial<Participant> {
  const wanted: { readonly [Name in keyof Participant]?: string } = {
    number: 'string',
    name: 'string',
    reason: 'string',
    muted: 'boolean',
    gainDb: 'number',
    volumeDb: 'number',
    hand: 'number',
    floor: 'boolean',
    talk: 'string',
    participantId: 'string',
  };
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, type]) => {
      const value = payload[name];
      return typeof value === type ? [[name, value]] : [];
    }),
  );
}

function speaker(value: JsonValue): Speaker[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { call, levelDb } = value as JsonObject; // no array, by the line above
  return typeof call === 'string' && typeof levelDb === 'number' ? [{ call, levelDb }] : [];
}

const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
