/** How the functions come to a room and to somebody in it: the same checks and answers for all (di-interfaces 5.2). */
import type { InvokeContext } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';
import { type StatusReply, wrongPin } from './schemas.ts';

type Context = InvokeContext<Conference>;

/** Runs on the room of that PIN; a sentence from `run` is a refusal. @throws CodedError `rpc.tooManyRequests`. */
export function withRoom(
  { state, source }: Context,
  name: string,
  pin: string,
  run: (room: Room) => string,
): StatusReply {
  const room = state.rooms.access(name, pin, source);
  if (room === null) return [1, wrongPin, state.info];
  const refusal = run(room);
  return refusal === '' ? [0, 'OK', state.info] : [3, refusal, state.info];
}

/** What cannot be refused. */
export const always =
  (run: (member: Member) => void) =>
  (member: Member): string => {
    run(member);
    return '';
  };

/** The same for one who is listed with a call. */
export function withMember(
  context: Context,
  name: string,
  pin: string,
  tag: string,
  run: (member: Member) => string,
): StatusReply {
  const { state, source } = context;
  const room = state.rooms.access(name, pin, source);
  if (room === null) return [1, wrongPin, state.info];
  const member = state.memberIn(room, tag);
  if (member === null) return [2, 'call does not exist', state.info];
  const refusal = run(member);
  return refusal === '' ? [0, 'OK', state.info] : [3, refusal, state.info];
}

/** The same for one who sits in the room: a call that still rings does not. */
export function withSeated(
  context: Context,
  name: string,
  pin: string,
  tag: string,
  run: (room: Room) => string,
): StatusReply {
  return withMember(context, name, pin, tag, ({ room }) =>
    context.state.calls.rooms.seat(room.name, tag) === null ? 'is not in the room yet' : run(room),
  );
}
