/** What of a room's state is looked at: pure selections and words. */
import { nameOf } from './names.ts';
import type { Participant } from './room-events.ts';
import type { ChatLine, RoomState } from './room-state.ts';

/** In the room, or leaving this moment. */
export const present = ({ participants }: RoomState): readonly Participant[] =>
  participants.filter(({ status }) => status === 3);

/** Being called in, and calls that did not come to be, until they are looked at. */
export const underway = ({ participants }: RoomState): readonly Participant[] =>
  participants.filter((one) => one.status === 1 || one.status === 2 || wasRefused(one));

/** Invited, has not called yet. */
export const invited = ({ participants }: RoomState): readonly Participant[] =>
  participants.filter(({ status, call }) => status === 0 && call === '');

/** A call out that ended without an answer: its reason is a SIP status of 300 or above. */
export const wasRefused = ({ status, reason }: Participant): boolean => status === 5 && /^[3-6]\d\d\b/.test(reason);

/** Raised hands, the first first. */
export const queueOf = (state: RoomState): readonly Participant[] =>
  present(state)
    .filter(({ hand }) => hand > 0)
    .sort((a, b) => a.hand - b.hand);

export const findCall = (state: RoomState, call: string | null): Participant | null =>
  (call === null || call === '' ? undefined : state.participants.find((one) => one.call === call)) ?? null;

/** Those who talk in private, by the id of the talk. */
export function talksOf(state: RoomState): ReadonlyMap<string, readonly Participant[]> {
  const talks = new Map<string, Participant[]>();
  for (const one of present(state)) {
    if (one.talk !== '') talks.set(one.talk, [...(talks.get(one.talk) ?? []), one]);
  }
  return talks;
}

/** The lines that I may read: to all, to me, from me. `mine`: the tags of my calls, earlier ones too. */
export const chatFor = (chat: readonly ChatLine[], mine: ReadonlySet<string>): readonly ChatLine[] =>
  chat.filter(({ from, to }) => to === '' || mine.has(to) || mine.has(from));

/** How far a call out is, as words. */
export function progressOf({ status, reason }: Pick<Participant, 'status' | 'reason'>): string {
  if (status === 1) return 'Calling…';
  if (status === 2) return reason.startsWith('183') ? 'Answering machine or tones: heard in the room' : 'Ringing…';
  const [, code = '', text = ''] = /^(\d{3})\s*(.*)$/.exec(reason) ?? [];
  return refusals[code] ?? `Refused: ${text === '' ? reason : text}${code === '' ? '' : ` (${code})`}`;
}

const refusals: { readonly [status: string]: string } = {
  '401': 'Refused: a password is needed',
  '403': 'Refused: not allowed',
  '404': 'There is no such number',
  '407': 'Refused: a password is needed',
  '408': 'No answer',
  '410': 'That number is no longer in use',
  '415': 'Refused: no audio format that both know',
  '480': 'Not there at the moment',
  '484': 'That number is incomplete',
  '486': 'Busy',
  '487': 'No answer',
  '488': 'Refused: no audio format that both know',
  '503': 'The line there does not work at the moment',
  '600': 'Busy everywhere',
  '603': 'Declined',
  '604': 'There is no such number',
};

/** The state of somebody in the room, for those who do not see it. */
export function describe(one: Participant, isMe: boolean): string {
  const words = [
    `${nameOf(one)}${isMe ? ' (you)' : ''}`,
    one.levelDb === null ? '' : 'speaking',
    one.muted ? 'muted' : '',
    one.floor ? 'has the floor' : '',
    one.hand > 0 ? `hand raised, place ${one.hand}` : '',
    one.talk === '' ? '' : 'in a private talk',
  ];
  return words.filter((word) => word !== '').join(', ');
}

/** 0 … 1 for a level of -60 … 0 dBov. */
export const loudness = (levelDb: number | null): number =>
  levelDb === null ? 0 : Math.min(1, Math.max(0.15, (levelDb + 60) / 50));
