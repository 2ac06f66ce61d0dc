/** What happened between two states of a room, as sentences for those who do not see the page. */
import { nameOf } from './names.ts';
import type { Participant } from './room-events.ts';
import type { RoomState } from './room-state.ts';
import { chatFor, findCall, progressOf, wasRefused } from './room-views.ts';

/** `me`: my call tag, null while I am not in. Who speaks is not told: it is heard. */
export function changesToTell(before: RoomState, after: RoomState, me: string | null): readonly string[] {
  if (!before.known || !after.known || before === after) return [];
  const people = after.participants.flatMap((now) => personChanges(before, now, me));
  return [...roomChanges(before, after), ...people, ...newLines(before, after, me)];
}

function roomChanges(before: RoomState, after: RoomState): string[] {
  const { ended, locked, moderated, recording } = after;
  return [
    before.ended === null && ended !== null ? 'The room was closed.' : '',
    sentence(before.locked, locked, 'The room is locked.', 'The room is open again.'),
    sentence(before.moderated, moderated, 'Only those with the floor are heard now.', 'Everybody is heard again.'),
    sentence(before.recording, recording, 'The room is being recorded.', 'The recording has ended.'),
  ].filter((text) => text !== '');
}

function newLines(before: RoomState, after: RoomState, me: string | null): string[] {
  const lastId = before.chat.at(-1)?.id ?? 0;
  return chatFor(after.chat, new Set(me === null ? [] : [me]))
    .filter(({ id, from }) => id > lastId && (from === '' || from !== me))
    .map(({ fromName, to, text }) => `${fromName} writes${to === '' ? '' : ' to you only'}: ${text}`);
}

function personChanges(state: RoomState, now: Participant, me: string | null): string[] {
  const before = findCall(state, now.call);
  const isMe = now.call === me;
  const who = nameOf(now);
  if (now.status >= 4) {
    if (before === null || before.status === now.status) return [];
    if (wasRefused(now)) return [`${who}: ${progressOf(now)}.`];
    return before.status === 3 && !isMe ? [`${who} left.`] : [];
  }
  // Invited, or about to ring: there is nothing to tell yet.
  if (now.status === 0) return [];
  if (now.status !== 3) return before?.status === now.status ? [] : [`${who}: ${progressOf(now)}`];
  if (before === null || before.status < 3) return isMe ? [] : [`${who} joined.`];
  const be = isMe ? 'You are' : `${who} is`;
  const have = isMe ? 'You have' : `${who} has`;
  return [
    sentence(before.muted, now.muted, `${be} muted.`, `${be} heard again.`),
    sentence(before.hand > 0, now.hand > 0, isMe ? `Your hand is up, place ${now.hand}.` : `${who} raised a hand.`, ''),
    sentence(before.floor, now.floor, `${have} the floor.`, `${have} no longer the floor.`),
    sentence(before.talk !== '', now.talk !== '', `${be} in a private talk.`, `${be} back from the private talk.`),
  ].filter((text) => text !== '');
}

const sentence = (before: boolean, now: boolean, on: string, off: string): string =>
  before === now ? '' : now ? on : off;
