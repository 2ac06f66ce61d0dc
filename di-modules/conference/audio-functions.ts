import { arg, Bool, Int, opt, rowsFor, Type } from '../../core/index.ts';
import type { RoomControl } from './room-control.ts';
import { FileName, RecordingRow, RecordRequest, recording, room } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<RoomControl>();

const running = {
  recording: 1,
  room: '500',
  paused: false,
  files: [{ file: 'monday/board.wav', member: '', lengthMs: 0 }],
};

/** Playing to a room, and recording it. */
export const audioFunctions = defineFunctions({
  play: fn({
    summary: 'Play a prompt to all in a room, after what plays already. Gives its number.',
    params: [
      room,
      arg('prompt', FileName, 'Name of a file in play_path, folders too.'),
      opt('loop', Bool, 'Over and over, until stopPlaying. Default false.'),
    ],
    result: Int,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', 'beep.wav'], result: 17 }],
    handler: ({ state }, name, prompt, loop = false) => state.play(name, prompt, loop),
  }),
  stopPlaying: fn({
    summary: 'End what plays to a room and what waits. Gives how many prompts that were.',
    params: [room],
    result: Int,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500'], result: 1 }],
    handler: ({ state }, name) => state.stopPlaying(name),
  }),
  record: fn({
    summary: 'Record a room with what is played to it, one participant, or each in a file of its own.',
    description:
      'Ends by stopRecording, a limit, or with what it records: the last participant, or the one. A file that is ' +
      'there is never written over.',
    params: [room, opt('options', RecordRequest, 'What is left out has its default.')],
    result: RecordingRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', { file: 'monday/board.wav', limitMs: 3_600_000 }], result: running }],
    handler: ({ state }, name, options = {}) => state.record(name, options),
  }),
  pauseRecording: fn({
    summary: 'Leave out of a recording what comes until resumeRecording.',
    params: [room, recording],
    result: RecordingRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', 1], result: { ...running, paused: true } }],
    handler: ({ state }, name, number) => state.recordings.setPaused(name, number, true),
  }),
  resumeRecording: fn({
    summary: 'Go on with a paused recording.',
    params: [room, recording],
    result: RecordingRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', 1], result: running }],
    handler: ({ state }, name, number) => state.recordings.setPaused(name, number, false),
  }),
  stopRecording: fn({
    summary: 'End a recording; returns when its files are complete.',
    params: [room, recording],
    result: RecordingRow,
    scope: 'conference:control',
    limit: 'room',
    examples: [{ params: ['500', 1], result: { ...running, files: [{ ...running.files[0], lengthMs: 61_240 }] } }],
    handler: ({ state }, name, number) => state.recordings.stop(name, number),
  }),
  recordings: fn({
    summary: 'The recordings that run, of one room or of all.',
    params: [opt('room', room.schema, 'Name of the room.')],
    result: Type.Array(RecordingRow),
    scope: 'conference:read',
    limit: 'room',
    examples: [{ params: ['500'], result: [running] }],
    handler: ({ state }, name) => state.recordings.list(name ?? null),
  }),
});
