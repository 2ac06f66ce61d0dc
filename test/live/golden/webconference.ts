/** di-interfaces 5.2, row by row; `INFO` stands for the server line that ends every answer. */
import { gives, type Step, tooFew, wrongType } from './transcript.ts';

const ok = [0, 'OK', 'INFO'];
const refusedRoom = [1, 'wrong adminpin or inexisting room', 'INFO'];
const invited = ['', '123', 0, '', 0, 'p1'];
const callee = ['carol', 'lab', '127.0.0.1', 'user', 'secret'];

/** The rooms are made by their first use, as the pins of roomCreate are random. */
export const webconference = (room: string): readonly Step[] => [
  gives('webconference.roomInfo', [room, '1'], [0, 'OK', [], 'INFO']),
  gives('webconference.roomInfo', [room, 'bad'], [1, 'wrong adminpin or inexisting room', [], 'INFO']),
  gives('roomCreate', [room], [1, 'room already opened', '', 'INFO']),
  gives('webconference.roomCreate', [room, 60], [1, 'room already opened', '', 'INFO']),
  gives('webconference.addParticipant', [room, 'p1', '123'], [200, 'OK', 'INFO']),
  gives('webconference.roomInfo', [room, '1'], [0, 'OK', [invited], 'INFO']),
  gives('webconference.findParticipant', ['p1'], [[room], 'INFO']),
  gives('webconference.findParticipant', ['nobody'], [[], 'INFO']),
  ...['mute', 'unmute', 'kickout'].flatMap((name) => [
    gives(`webconference.${name}`, [room, '1', 'tag'], [2, 'call does not exist', 'INFO']),
    gives(`webconference.${name}`, [room, 'bad', 'tag'], refusedRoom),
    tooFew(`webconference.${name}`, [room, '1'], 'missing call; 3 needed, 2 given'),
  ]),
  gives('webconference.dialout', [room, 'bad', ...callee], [1, 'wrong adminpin or inexisting room', '', 'INFO']),
  tooFew(
    'webconference.dialout',
    [room, '1', 'carol'],
    'missing fromUser, domain, authUser, authPassword; 7 needed, 3 given',
  ),
  wrongType(
    'webconference.dialout',
    [room, '1', ...callee, 'Via: SIP/2.0/UDP x'],
    'headers: Via is made by the call itself',
  ),
  gives('webconference.changeRoomAdminpin', [room, '1', '2'], ok),
  gives('webconference.changeRoomAdminpin', [room, '1', '3'], refusedRoom),
  gives('webconference.serverInfo', [], ['INFO', 'INFO']),
  gives('webconference.getRoomPassword', ['master', room], [0, '2', 'INFO']),
  gives('webconference.getRoomPassword', ['wrong', room], [403, 'Wrong Master Password.', 'INFO']),
  gives('webconference.getRoomPassword', ['master', 'unknown'], [404, 'Room does not exist.', 'INFO']),
  gives('webconference.listRooms', ['master'], [200, [room], 'INFO']),
  gives('webconference.listRooms', ['wrong'], [407, ['Wrong Master Password.'], 'INFO']),
  gives('webconference.vqRoomFeedback', [room, '2', 5], ok),
  gives('webconference.vqCallFeedback', [room, '2', 'tag', 5], ok),
  gives('webconference.vqConferenceFeedback', [room, '2', 'me', 'fine', 5], ok),
  wrongType('vqRoomFeedback', [room, '2', '5'], 'argument 3 (opinion): expected an integer (32 bit), got "5"'),
  gives('webconference.resetFeedback', ['feedback.txt'], ok),
  gives('webconference.resetFeedback', [''], [-2, 'no filename given', 'INFO']),
  gives('webconference.resetFeedback', ['../outside'], [-1, 'error opening new feedback file', 'INFO']),
  gives('webconference.flushFeedback', [], ['INFO']),
  gives(
    'webconference._list',
    [],
    [
      'roomCreate',
      'roomDelete',
      'roomInfo',
      'changeRoomAdminpin',
      'getRoomPassword',
      'listRooms',
      'findParticipant',
      'serverInfo',
      'dialout',
      'mute',
      'unmute',
      'kickout',
      'vqRoomFeedback',
      'vqCallFeedback',
      'vqConferenceFeedback',
    ],
  ),
  gives('webconference.roomDelete', [room, '1'], refusedRoom),
  gives('webconference.roomDelete', [room, '2'], ok),
  gives('webconference.roomDelete', [room, '2'], [2, 'room does not exist\n', 'INFO']),
  tooFew('webconference.roomCreate', [], 'missing room; 1 needed, 0 given'),
  wrongType('roomCreate', ['x', 'soon'], 'argument 2 (timeout): expected an integer (32 bit), got "soon"'),
];
