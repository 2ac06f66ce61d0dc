import { rowsFor } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { maySpeakAs } from './guests.ts';
import type { LiveRooms } from './live-rooms.ts';
import { calls, from, on, TalkReply, talk, text, to } from './live-schemas.ts';
import { withRoom, withSeated } from './reach.ts';
import { adminPin, callTag, exampleInfo, room, StatusReply, wrongPin } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

const control = { scope: 'webconference:control', limit: 'room', listed: false } as const;
const [tag, other] = ['6f0c2b3d4e5f60718293a4b5', '0a1b2c3d4e5f60718293a4b5'];

type FloorAction = 'raiseHand' | 'lowerHand' | 'grantFloor' | 'revokeFloor';

const floorAction = (action: FloorAction, summary: string) =>
  fn({
    summary,
    params: [room, adminPin, callTag],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', tag], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, call) => {
      const live: LiveRooms = context.state.live;
      return withSeated(context, name, pin, call, (opened) => live[action](opened, call));
    },
  });

/** Who may speak, who talks apart, and what is said in writing. SEMS has no counterpart. */
export const floorFunctions = defineFunctions({
  raiseHand: floorAction('raiseHand', 'Queue a participant for the floor, behind those who wait.'),
  lowerHand: floorAction('lowerHand', 'Take a participant out of the queue.'),
  grantFloor: floorAction('grantFloor', 'Give a participant the floor, whether it waited or not; several may have it.'),
  revokeFloor: floorAction('revokeFloor', 'Take the floor back: in a moderated room the participant is silent again.'),
  setModerated: fn({
    summary: 'Only who has the floor is heard, also of those who come later; off: all are, and nobody has the floor.',
    description: 'Apart from mute: who is muted and gets the floor stays muted.',
    params: [room, adminPin, on('False ends moderation.')],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', true], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, moderated) =>
      withRoom(context, name, pin, (opened) => {
        context.state.live.setModerated(opened, moderated);
        return '';
      }),
  }),
  startTalk: fn({
    summary: 'Take two participants or more out of the mix: they hear each other only. Gives the id of their talk.',
    description: 'Over with endTalk, or with the last but one; who leaves the room leaves the talk.',
    params: [room, adminPin, calls],
    result: TalkReply,
    ...control,
    examples: [{ params: ['4711', '305182', [tag, other]], result: [0, 'OK', 'zL0hS6rT1k2M', exampleInfo] }],
    handler({ state, source }, name, pin, tags) {
      const opened = state.rooms.access(name, pin, source);
      if (opened === null) return [1, wrongPin, '', state.info];
      if (tags.some((each) => state.calls.rooms.seat(name, each) === null))
        return [2, 'call does not exist', '', state.info];
      const started = state.live.startTalk(opened, tags);
      return 'id' in started ? [0, 'OK', started.id, state.info] : [3, started.refusal, '', state.info];
    },
  }),
  endTalk: fn({
    summary: 'Bring those of a private talk back into the mix.',
    params: [room, adminPin, talk],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', 'zL0hS6rT1k2M'], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, id) =>
      withRoom(context, name, pin, (opened) => context.state.live.endTalk(opened, id)),
  }),
  chat: fn({
    summary: 'Say something in writing, to all or to one: an event, and a MESSAGE to phones that take it.',
    params: [room, adminPin, from, to, text],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', tag, '', 'Ten minutes left.'], result: [0, 'OK', exampleInfo] }],
    handler({ state, source, caller }, name, pin, sender, receiver, said) {
      const opened = state.rooms.access(name, pin, source);
      if (opened === null) return [1, wrongPin, state.info];
      const isThere = (tag: string): boolean => tag === '' || state.calls.rooms.seat(name, tag) !== null;
      if (!isThere(sender) || !isThere(receiver)) return [2, 'call does not exist', state.info];
      if (sender !== '' && !maySpeakAs(caller, opened, sender)) return [3, 'that call is not yours', state.info];
      const refusal = state.chat.say(name, sender, receiver, said);
      return refusal === '' ? [0, 'OK', state.info] : [3, refusal, state.info];
    },
  }),
});
