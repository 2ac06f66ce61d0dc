/** What the functions of webconference answer: `[code, text, …, server line]`, every member checked. */
import type { JsonValue } from '../../typescript/index.ts';
import { knownMembers, nobody } from './room-events.ts';
import type { RoomSnapshot } from './room-state.ts';

/** Code (0: done), its text, and the third element where it is the state of a room. */
export function readAnswer(answer: JsonValue): readonly [code: number, text: string, snapshot: RoomSnapshot | null] {
  const [code, text, third] = isList(answer) ? answer : [];
  if (typeof code !== 'number') return [-1, 'the answer is not one of webconference', null];
  return [code, typeof text === 'string' ? text : '', snapshotOf(third)];
}

function snapshotOf(value: JsonValue | undefined): RoomSnapshot | null {
  if (typeof value !== 'object' || value === null || isList(value)) return null;
  const { room, locked, moderated, recording, participants } = value;
  if (typeof room !== 'string' || participants === undefined || !isList(participants)) return null;
  return {
    room,
    locked: locked === true,
    moderated: moderated === true,
    recording: recording === true,
    participants: participants.flatMap(participantOf),
  };
}

function participantOf(value: JsonValue): RoomSnapshot['participants'] {
  if (typeof value !== 'object' || value === null || isList(value)) return [];
  const { call, status, speaking } = value;
  if (typeof call !== 'string' || typeof status !== 'number') return [];
  return [{ ...nobody, ...knownMembers(value), call, status, speaking: speaking === true }];
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
