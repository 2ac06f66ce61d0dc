import { type InvokeContext, rowsFor } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { FileReply, gainDb, name, on, StateReply, volumeDb } from './live-schemas.ts';
import { liveState, noState } from './live-state.ts';
import { always, withMember, withRoom, withSeated } from './reach.ts';
import { adminPin, callTag, exampleInfo, room, StatusReply, wrongPin } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

const control = { scope: 'webconference:control', limit: 'room', listed: false } as const;
const tag = '6f0c2b3d4e5f60718293a4b5';
const file = '4711-1792600000000.wav';

const exampleState = {
  room: '4711',
  locked: false,
  moderated: true,
  recording: false,
  participants: [
    {
      call: tag,
      number: '<sip:alice@a.example>',
      name: 'Alice',
      status: 3,
      reason: 'direct access: entered',
      muted: false,
      gainDb: 0,
      volumeDb: 6,
      hand: 0,
      floor: true,
      talk: '',
      participantId: '',
      speaking: true,
    },
  ],
};

/** What the page of a room shows, and its switches. SEMS has no counterpart. */
export const liveFunctions = defineFunctions({
  state: fn({
    summary: 'All of a room: its switches, and each participant with hand, floor, talk, volumes.',
    description: 'From the first one on, webconference.speaking tells who speaks in that room.',
    params: [room, adminPin],
    result: StateReply,
    scope: 'webconference:read',
    limit: 'room',
    listed: false,
    examples: [{ params: ['4711', '305182'], result: [0, 'OK', exampleState, exampleInfo] }],
    async handler({ state, source }, roomName, pin) {
      const opened = state.rooms.access(roomName, pin, source);
      if (opened === null) return [1, wrongPin, noState(roomName), state.info];
      state.live.watchSpeakers(opened);
      await state.refreshRecording(roomName);
      return [0, 'OK', liveState(state, opened), state.info];
    },
  }),
  rename: fn({
    summary: 'Say how the others see a participant.',
    params: [room, adminPin, callTag, name],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', tag, 'Alice'], result: [0, 'OK', exampleInfo] }],
    handler: (context, roomName, pin, call, shown) =>
      withMember(
        context,
        roomName,
        pin,
        call,
        always((member) => context.state.rename(member, shown)),
      ),
  }),
  setVolume: fn({
    summary: 'How loud a participant is heard, and how loud it hears the room.',
    params: [room, adminPin, callTag, gainDb, volumeDb],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', tag, -6, 3], result: [0, 'OK', exampleInfo] }],
    handler: (context, roomName, pin, call, heard, hears) =>
      withSeated(context, roomName, pin, call, (opened) => context.state.live.setVolume(opened, call, heard, hears)),
  }),
  setLocked: fn({
    summary: 'Let nobody else in, until it is unlocked or empty; who is called by dialout comes in.',
    params: [room, adminPin, on('False unlocks.')],
    result: StatusReply,
    ...control,
    examples: [{ params: ['4711', '305182', true], result: [0, 'OK', exampleInfo] }],
    handler: (context, roomName, pin, locked) =>
      withRoom(context, roomName, pin, (opened) => context.state.live.setLocked(opened, locked)),
  }),
  startRecording: fn({
    summary: 'Record the room, without private talks, into a file of the module conference. Gives its name.',
    params: [room, adminPin],
    result: FileReply,
    ...control,
    examples: [{ params: ['4711', '305182'], result: [0, 'OK', file, exampleInfo] }],
    handler: (context, roomName, pin) => recording(context, roomName, pin, 'start'),
  }),
  stopRecording: fn({
    summary: 'End the recording of startRecording; returns when its file is complete.',
    params: [room, adminPin],
    result: FileReply,
    ...control,
    examples: [{ params: ['4711', '305182'], result: [0, 'OK', file, exampleInfo] }],
    handler: (context, roomName, pin) => recording(context, roomName, pin, 'stop'),
  }),
});

/** What both functions of recording answer. */
async function recording(
  { state, source }: InvokeContext<Conference>,
  roomName: string,
  pin: string,
  act: 'start' | 'stop',
): Promise<[code: number, text: string, file: string, info: string]> {
  const opened = state.rooms.access(roomName, pin, source);
  if (opened === null) return [1, wrongPin, '', state.info];
  const done = await state.recorder[act](opened);
  await state.refreshRecording(roomName);
  return 'file' in done ? [0, 'OK', done.file, state.info] : [3, done.refusal, '', state.info];
}
