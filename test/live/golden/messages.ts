/** di-interfaces 5.11, 5.12, row by row: messages of users as files, and who is told of them. */
import { Base64, gives, notExported, type Step, tooFew, wrongType } from './transcript.ts';

const alice = ['example.org', 'alice'];
const box = (name: string): readonly string[] => [...alice, name];
const nameRule =
  'expected a string of 1 to 200 characters that matches ^[^./\\\\\\u0000-\\u001f\\u007f][^/\\\\\\u0000-\\u001f\\u007f]*$, got';

/** `note.wav` is a file of 4 bytes in the inbox. Begins and ends without messages, so that it can be played again. */
export const msgStorage: readonly Step[] = [
  gives(
    'msg_storage._list',
    [],
    ['msg_new', 'msg_get', 'msg_markread', 'msg_delete', 'userdir_open', 'userdir_close', 'userdir_getcount'],
  ),
  gives('msg_storage.userdir_open', ['example.org', 'nobody'], [2, null]),
  gives('msg_storage.msg_new', [...box('1+bob.wav'), 'note.wav'], [0]),
  gives('msg_storage.msg_new', [...box('1+bob.wav'), 'note.wav'], [0]),
  gives('msg_storage.msg_new', box('2+eve.wav'), [0]),
  gives('msg_storage.msg_new', [...box('3+eve.wav'), 'absent.wav'], [5]),
  gives(
    'di',
    ['msg_storage', 'userdir_open', ...alice],
    [
      0,
      [
        ['1+bob.wav', 1, 4],
        ['2+eve.wav', 1, 0],
      ],
    ],
  ),
  gives('msg_storage.userdir_getcount', alice, [2]),
  gives('msg_storage.userdir_close', alice, [0]),
  gives('msg_storage.msg_get', box('1+bob.wav'), [0, new Base64('UklGRg==')]),
  gives('msg_storage.msg_get', box('absent.wav'), [3, new Base64('')]),
  gives('msg_storage.msg_markread', box('1+bob.wav'), [0]),
  gives('msg_storage.msg_markread', box('absent.wav'), [3]),
  gives('msg_storage.userdir_open', alice, [
    0,
    [
      ['1+bob.wav', 0, 4],
      ['2+eve.wav', 1, 0],
    ],
  ]),
  gives('msg_storage.msg_delete', box('1+bob.wav'), [0]),
  gives('msg_storage.msg_delete', box('2+eve.wav'), [0]),
  gives('msg_storage.msg_delete', box('2+eve.wav'), [3]),
  gives('msg_storage.userdir_open', alice, [0, []]),
  notExported('msg_storage', 'events_subscribe', ['mwi', 'publish']),
  notExported('msg_storage', 'events_unsubscribe', ['mwi']),
  tooFew('msg_storage.msg_get', alice, 'missing message; 3 needed, 2 given'),
  wrongType('msg_storage.msg_get', box('../secret'), `argument 3 (message): ${nameRule} "../secret"`),
];

/** The presence server does not listen: SEMS's `publish` gives [0] all the same. */
export const mwi: readonly Step[] = [
  gives('mwi._list', [], ['publish']),
  gives('mwi.publish', alice, [0]),
  gives('mwi.publish', ['example.org', 'nobody'], [0]),
  gives('di', ['mwi', 'publish', ...alice, 'msg_new'], [0]),
  notExported('mwi', 'subscribe', alice),
  tooFew('mwi.publish', ['example.org'], 'missing user; 2 needed, 1 given'),
];
