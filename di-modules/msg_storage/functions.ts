import { arg, Blob, CodedError, Int, opt, rowsFor, Text, Type, Void } from '../../core/index.ts';
import { codes } from './codes.ts';
import { NameSchema } from './names.ts';
import type { Sinks } from './sinks.ts';
import type { MessageStorage } from './storage.ts';
import type { Message } from './user-folder.ts';

export interface MsgStorageState {
  readonly storage: MessageStorage;
  readonly sinks: Sinks;
}

const { fn, defineFunctions } = rowsFor<MsgStorageState>();

const control = 'msg_storage:control';
const read = 'msg_storage:read';
const limit = 'domain';

const Outcome = Type.Tuple([Int], { description: 'The code: 0 done, 2 no folder, 3 no such message, 5, 6 full, 7.' });
const box = [
  arg('domain', NameSchema, 'Domain of the user; of personal greetings <domain>-prompts.'),
  arg('user', NameSchema, 'Whose message it is.'),
] as const;
const one = [...box, arg('message', NameSchema, 'Its name; voicemail begins it with the time.')] as const;
const mailbox = ['example.org', 'alice'];

/** SEMS's `msg_storage` (di-interfaces 5.11). */
export const functions = defineFunctions({
  msg_new: fn({
    summary: 'Store a message as unread; one of that name is overwritten.',
    description:
      'The content is binary data (XML-RPC base64), or in JSON text in base64 (content), or a file of the inbox folder (data). Without any of them the message is empty.',
    params: [
      ...one,
      opt('data', Type.Union([Blob, NameSchema]), 'The content, or the name of a file in the inbox folder.'),
      opt('content', Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' }), 'The content in base64, instead of data.'),
    ],
    result: Outcome,
    scope: control,
    limit,
    examples: [{ params: [...mailbox, '1254000000+bob.wav', 'bob.wav'], result: [0] }],
    async handler({ state }, domain, user, message, data, content) {
      if (data !== undefined && content !== undefined)
        throw new CodedError('rpc.wrongType', 'content: data is the message already; give one of them');
      const bytes =
        typeof data === 'string' ? await state.storage.fromInbox(data) : (data ?? Buffer.from(content ?? '', 'base64'));
      if (bytes === null) return [codes.readError];
      return [await state.storage.store({ domain, user }, message, bytes)];
    },
  }),
  msg_get: fn({
    summary: 'The content of a message, whole or a piece of it; it stays unread.',
    params: [
      ...one,
      opt('offset', Type.Integer({ minimum: 0 }), 'Where the piece begins, bytes; default 0.'),
      opt('bytes', Type.Integer({ minimum: 0 }), 'Of the piece; default: to the end.'),
    ],
    result: Type.Tuple([Int, Blob], { description: 'Code (0, 3, 5) and content; base64 in JSON.' }),
    // Reads what somebody said, which is more than that somebody called.
    scope: control,
    limit,
    errors: ['file.tooLarge'],
    examples: [{ params: [...mailbox, '1254000000+bob.wav', 0, 4], result: [0, new Uint8Array([82, 73, 70, 70])] }],
    async handler({ state }, domain, user, message, offset, bytes) {
      const { code, content } = await state.storage.get({ domain, user }, message, { offset, bytes });
      return [code, content] as const;
    },
  }),
  msg_markread: fn({
    summary: 'Mark a message as read.',
    params: one,
    result: Outcome,
    scope: control,
    limit,
    examples: [{ params: [...mailbox, '1254000000+bob.wav'], result: [0] }],
    handler: async ({ state }, domain, user, message) => [await state.storage.markRead({ domain, user }, message)],
  }),
  msg_delete: fn({
    summary: 'Delete a message.',
    params: one,
    result: Outcome,
    scope: control,
    limit,
    examples: [{ params: [...mailbox, '1254000000+bob.wav'], result: [0] }],
    handler: async ({ state }, domain, user, message) => [await state.storage.remove({ domain, user }, message)],
  }),
  userdir_open: fn({
    summary: 'The messages of a user.',
    params: box,
    result: Type.Tuple([Int, Type.Union([Type.Array(Type.Tuple([Type.String(), Int, Int])), Void])], {
      description: '[0, [[name, 1 unread or 0, bytes], …]], or [2, nothing] when there is no such user.',
    }),
    scope: read,
    limit,
    examples: [{ params: mailbox, result: [0, [['1254000000+bob.wav', 1, 32044]]] }],
    async handler({ state }, domain, user) {
      const messages = await state.storage.list({ domain, user });
      return messages === null ? [codes.userNotFound, null] : [codes.ok, messages.map(rowOf)];
    },
  }),
  userdir_close: fn({
    summary: 'Nothing: nothing is kept open.',
    params: box,
    result: Outcome,
    scope: read,
    limit,
    examples: [{ params: mailbox, result: [0] }],
    handler: () => [codes.ok],
  }),
  userdir_getcount: fn({
    summary: 'How many messages a user has.',
    params: box,
    result: Type.Tuple([Int], { description: 'Their number; -1: there is no such user.' }),
    scope: read,
    limit,
    examples: [{ params: mailbox, result: [3] }],
    handler: async ({ state }, domain, user) => [(await state.storage.list({ domain, user }))?.length ?? -1],
  }),
  events_subscribe: fn({
    summary: 'Call a function of another module with domain, user and event after each change.',
    params: [arg('sink', Text, 'The module.'), arg('function', Text, 'Its function.')],
    result: Void,
    scope: control,
    exported: false,
    handler({ state }, sink, name) {
      state.sinks.add(sink, name);
      return null;
    },
  }),
  events_unsubscribe: fn({
    summary: 'Call it no more.',
    params: [arg('sink', Text, 'The module.')],
    result: Void,
    scope: control,
    exported: false,
    handler({ state }, sink) {
      state.sinks.remove(sink);
      return null;
    },
  }),
});

const rowOf = ({ name, isUnread, sizeBytes }: Message): [string, number, number] => [
  name,
  isUnread ? 1 : 0,
  Math.min(sizeBytes, 2 ** 31 - 1),
];
