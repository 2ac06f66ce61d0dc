import { rowsFor } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { callLine, conferenceLine, roomLine } from './feedback.ts';
import {
  adminPin,
  callTag,
  comment,
  exampleInfo,
  fileName,
  InfoReply,
  InfoTwice,
  opinion,
  room,
  StatusReply,
  sender,
} from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

const help =
  'rooms: roomCreate roomInfo roomDelete changeRoomAdminpin getRoomPassword listRooms findParticipant; ' +
  'participants: addParticipant dialout mute unmute kickout rename setVolume; ' +
  'live: state setLocked startRecording stopRecording chat startTalk endTalk; ' +
  'floor: setModerated raiseHand lowerHand grantFloor revokeFloor; ' +
  'feedback: vqRoomFeedback vqCallFeedback vqConferenceFeedback resetFeedback flushFeedback; serverInfo';

/** What users say about the quality (di-interfaces 5.2, 7.7). As in SEMS the PIN is not checked. */
export const feedbackFunctions = defineFunctions({
  vqRoomFeedback: fn({
    summary: 'Note an opinion about a room in the feedback file.',
    params: [room, adminPin, opinion],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', 4], result: [0, 'OK', exampleInfo] }],
    handler({ state }, room, pin, opinion) {
      state.feedback.write(roomLine(room, pin, opinion, state.nowUnixS()));
      return [0, 'OK', state.info];
    },
  }),
  vqCallFeedback: fn({
    summary: 'Note an opinion about a call in the feedback file.',
    params: [room, adminPin, callTag, opinion],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', '6f0c…', 4], result: [0, 'OK', exampleInfo] }],
    handler({ state }, room, pin, tag, opinion) {
      state.feedback.write(callLine(room, pin, tag, opinion, state.nowUnixS()));
      return [0, 'OK', state.info];
    },
  }),
  vqConferenceFeedback: fn({
    summary: 'Note an opinion and a comment about a conference in the feedback file.',
    params: [room, adminPin, sender, comment, opinion],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', 'alice', 'An echo at the beginning.', 3], result: [0, 'OK', exampleInfo] }],
    handler({ state }, room, pin, sender, comment, opinion) {
      state.feedback.write(conferenceLine(room, pin, opinion, sender, comment, state.nowUnixS()));
      return [0, 'OK', state.info];
    },
  }),
  resetFeedback: fn({
    summary: 'Go on in another, emptied feedback file.',
    params: [fileName],
    result: StatusReply,
    scope: 'webconference:control',
    listed: false,
    examples: [{ params: ['feedback-october.txt'], result: [0, 'OK', exampleInfo] }],
    async handler({ state }, file) {
      if (file === '') return [-2, 'no filename given', state.info];
      return (await state.feedback.reset(file))
        ? [0, 'OK', state.info]
        : [-1, 'error opening new feedback file', state.info];
    },
  }),
  flushFeedback: fn({
    summary: 'Wait until all feedback is in the file.',
    params: [],
    result: InfoReply,
    scope: 'webconference:control',
    listed: false,
    examples: [{ params: [], result: [exampleInfo] }],
    async handler({ state }) {
      await state.feedback.flush();
      return [state.info];
    },
  }),
  help: fn({
    summary: 'The functions of this module.',
    params: [],
    result: InfoTwice,
    scope: 'webconference:read',
    listed: false,
    confined: true,
    examples: [{ params: [], result: [help, exampleInfo] }],
    handler: ({ state }) => [help, state.info],
  }),
});
