/** What a script's place in a room is to its call. */
import { DsmException, type DsmScript, type RoomSeat } from '../../../core/index.ts';
import { type CallFace, scriptHostOf } from '../host/call-face.ts';
import { serverOf } from './server.ts';

/** A conference channel, as SEMS calls it: a room that the call is in, or will be as soon as media flow. */
export interface Channel {
  readonly room: string;
  leave(): void;
}

/** How a member of that mode hears and speaks; "anything else: neither". */
function modeOf(mode: string): { readonly speaks: boolean; readonly hears: boolean } {
  if (mode === '') return { speaks: true, hears: true };
  return { speaks: mode === 'speakonly', hears: mode === 'listenonly' };
}

/** "Joining posts conference event 1 to the other members (the first member gets its own), leaving posts 2." */
function tell(script: DsmScript, id: number): void {
  const parameters = new Map([
    ['type', 'conference_event'],
    ['id', String(id)],
  ]);
  scriptHostOf(script)?.queueEvent('DSMEvent', parameters);
}

/** @throws DsmException `conference` when the room takes nobody. */
export function enterRoom(script: DsmScript, { audio, call }: CallFace, room: string, mode: string): Channel {
  const { speaks, hears } = modeOf(mode);
  let seat: RoomSeat | null = null;
  let left = false;
  let refusal: string | null = null;
  let entering = true;
  audio.join(
    room,
    { listenOnly: !speaks, onChange: ({ change }) => tell(script, change === 'joined' ? 1 : 2) },
    (given, fault) => {
      if (left) given?.leave();
      else if (given === null) {
        refusal = String(fault);
        if (!entering) script.log.warn('DSM: a room could not be entered', { room, fault: refusal });
      } else {
        seat = given;
        const { media } = call.session;
        media?.setSeat({ ...media.seat, deaf: !hears });
      }
    },
  );
  entering = false;
  if (refusal !== null) throw new DsmException('conference', { cause: refusal });
  return {
    room,
    leave() {
      left = true;
      seat?.leave();
    },
  };
}

/** A conference event for all who are in the room now; behind the news of a join just made, which come a moment later. */
export function tellRoom(script: DsmScript, room: string, id: number): void {
  const parameters = new Map([
    ['type', 'conference_event'],
    ['id', String(id)],
  ]);
  const tags = serverOf(script).calls.rooms.participants(room);
  queueMicrotask(() => {
    for (const tag of tags) script.postEvent(tag, parameters);
  });
}
