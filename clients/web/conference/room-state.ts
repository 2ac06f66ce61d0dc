/**
 * What the page knows of a room, as a fold: `webconference.state` first, then its events in order. An event sets values
 * and never adds to them, so one that comes twice, or that the state already had in it, does no harm. What does not fit
 * (a gap, an event about somebody unknown) raises `mustRead`: then the state is read again.
 *
 *     read ──▶ events … ──▶ (gap, nobody, lost connection) ──▶ mustRead ──▶ reading: events wait ──▶ read, then they
 */

import { nameOf } from './names.ts';
import { nobody, type Participant, type RoomChange, type RoomEvent, type Speaker } from './room-events.ts';

/** `webconference.state`, without who speaks: that is an event. */
export interface RoomSnapshot {
  readonly room: string;
  readonly locked: boolean;
  readonly moderated: boolean;
  readonly recording: boolean;
  readonly participants: readonly (Omit<Participant, 'levelDb'> & { readonly speaking: boolean })[];
}

export interface ChatLine {
  /** The event's id. */
  readonly id: number;
  readonly at: string;
  readonly from: string;
  /** As it was when the line came; who leaves takes the name along. */
  readonly fromName: string;
  /** Call tag; empty: to all. */
  readonly to: string;
  readonly toName: string;
  readonly text: string;
}

export interface RoomState {
  readonly room: string;
  readonly locked: boolean;
  readonly moderated: boolean;
  readonly recording: boolean;
  readonly participants: readonly Participant[];
  /** The newest `maxChatLines`. */
  readonly chat: readonly ChatLine[];
  /** Why the room is no more: `deleted`, `expired`; null: it is there. */
  readonly ended: string | null;
  /** Something was missed: read the state again. */
  readonly mustRead: boolean;
  /** Events since the state was asked for; null: it is not being read. */
  readonly waiting: readonly RoomEvent[] | null;
  /** Has the state been read once? */
  readonly known: boolean;
}

export type RoomInput =
  | { readonly kind: 'event'; readonly event: RoomEvent }
  /** Events were lost, or the connection was. */
  | { readonly kind: 'missed' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly snapshot: RoomSnapshot }
  | { readonly kind: 'readFailed' }
  /** A finished participant was looked at. */
  | { readonly kind: 'dismiss'; readonly call: string };

export const maxChatLines = 500;
/** A speaker whose level the state did not tell. */
const someLevelDb = -30;

export function emptyRoom(room: string, chat: readonly ChatLine[] = []): RoomState {
  const none = { locked: false, moderated: false, recording: false, participants: [], ended: null };
  return { room, ...none, chat, mustRead: true, waiting: null, known: false };
}

export function reduceRoom(state: RoomState, input: RoomInput): RoomState {
  switch (input.kind) {
    case 'event': {
      const waiting = state.waiting === null ? null : [...state.waiting, input.event];
      return applyEvent({ ...state, waiting }, input.event);
    }
    case 'missed':
      return { ...state, mustRead: true };
    case 'reading':
      return { ...state, mustRead: false, waiting: [] };
    case 'read':
      return readInto(state, input.snapshot);
    case 'readFailed':
      return { ...state, waiting: null };
    case 'dismiss':
      return { ...state, participants: state.participants.filter(({ call }) => call !== input.call) };
  }
}

function readInto(state: RoomState, { participants, ...room }: RoomSnapshot): RoomState {
  const before = new Map(state.participants.map((one) => [one.call, one]));
  const read = participants.map(({ speaking, ...one }) => ({
    ...one,
    levelDb: speaking ? (before.get(one.call)?.levelDb ?? someLevelDb) : null,
  }));
  const known: RoomState = { ...state, ...room, participants: read, ended: null, known: true, waiting: null };
  return (state.waiting ?? []).reduce(applyEvent, known);
}

function applyEvent(state: RoomState, { id, at, change }: RoomEvent): RoomState {
  switch (change.kind) {
    case 'created':
      return { ...state, ended: null, mustRead: true };
    case 'deleted':
      return { ...state, ended: change.reason, participants: [], locked: false, moderated: false, recording: false };
    case 'participant':
      return applyParticipant(state, change.change);
    case 'changed': {
      const { locked, moderated, recording } = change;
      return { ...state, locked, moderated, recording };
    }
    case 'speaking':
      return { ...state, participants: withSpeakers(state.participants, change.speakers) };
    case 'hand':
      return set(state, change.call, { hand: change.hand });
    case 'floor':
      return set(state, change.call, { floor: change.floor });
    case 'chat':
      return { ...state, chat: withLine(state, id, at, change) };
    case 'talk':
      return applyTalk(state, change);
  }
}

/** The list's entry of that call, new or changed. */
function applyParticipant(state: RoomState, change: Extract<RoomChange, { kind: 'participant' }>['change']): RoomState {
  const { call, participantId = '' } = change;
  const same = (one: Participant): boolean => one.call === call && (call !== '' || one.participantId === participantId);
  // Who was invited by that id and calls now takes over the entry.
  const invited = (one: Participant): boolean =>
    one.call === '' && participantId !== '' && one.participantId === participantId;
  const at = state.participants.findIndex(same);
  const index = at >= 0 ? at : state.participants.findIndex(invited);
  const before = state.participants[index];
  const after: Participant = { ...(before ?? nobody), ...change };
  // The event does not tell all of it: names, volumes, hands are in the state.
  if (before === undefined)
    return { ...state, participants: [...state.participants, after], mustRead: state.mustRead || after.status < 4 };
  const silent = after.status >= 4 ? { levelDb: null, hand: 0, floor: false, talk: '' } : {};
  return { ...state, participants: state.participants.with(index, { ...after, ...silent }) };
}

function applyTalk(state: RoomState, { talk, calls, active }: Extract<RoomChange, { kind: 'talk' }>): RoomState {
  const inside = new Set(active ? calls : []);
  const talkOf = (one: Participant): string => (inside.has(one.call) ? talk : one.talk === talk ? '' : one.talk);
  const participants = state.participants.map((one) =>
    talkOf(one) === one.talk ? one : { ...one, talk: talkOf(one) },
  );
  return { ...state, participants };
}

function set(state: RoomState, call: string, values: Partial<Participant>): RoomState {
  const index = state.participants.findIndex((one) => one.call === call);
  const before = state.participants[index];
  if (before === undefined) return { ...state, mustRead: true };
  return { ...state, participants: state.participants.with(index, { ...before, ...values }) };
}

function withSpeakers(participants: readonly Participant[], speakers: readonly Speaker[]): readonly Participant[] {
  const levels = new Map(speakers.map(({ call, levelDb }) => [call, levelDb]));
  return participants.map((one) => {
    const levelDb = levels.get(one.call) ?? null;
    return levelDb === one.levelDb ? one : { ...one, levelDb };
  });
}

function withLine(
  { chat, participants }: RoomState,
  id: number,
  at: string,
  { from, to, text }: Extract<RoomChange, { kind: 'chat' }>,
): readonly ChatLine[] {
  if (chat.some((line) => line.id === id)) return chat;
  const named = (call: string): string => {
    if (call === '') return 'The host';
    const one = participants.find((participant) => participant.call === call);
    return one === undefined ? call : nameOf(one);
  };
  const line = { id, at, from, fromName: named(from), to, toName: to === '' ? '' : named(to), text };
  return [...chat, line].slice(-maxChatLines);
}
