import { arg, CallTag, Int, secret, Text, Type } from '../../core/index.ts';

/** Text of an argument that is kept or written: bounded, no control characters. */
export const Plain = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

export const RoomName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  title: 'room',
});
const Pin = secret(Plain(128));

export const room = arg('room', RoomName, 'Name of the room.');
export const adminPin = arg('adminPin', Pin, 'PIN of the room; it becomes the PIN of a room that has none.');
export const newAdminPin = arg('newAdminPin', Pin, 'The PIN from now on.');
export const masterPassword = arg('masterPassword', secret(Plain(1024)), 'As master_password of the configuration.');
export const callTag = arg('call', CallTag, 'Tag of the participant, as roomInfo lists it.');
export const opinion = arg('opinion', Int, 'A number, by habit 1 to 5.');
export const participantId = arg('participantId', Plain(128), 'As addParticipant or dialout was given it.');
export const number = arg('number', Plain(1024), 'How the participant is shown in the list.');
export const sender = arg('sender', Plain(1024), 'Who says it.');
export const comment = arg('comment', Type.String({ maxLength: 10_000 }), 'Free text.');
export const fileName = arg('file', Text, "Name without folder; the file lies in the module's data folder.");

/** User part of a SIP address. */
export const UserPart = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u0020\\u007f<>"@,]+$' });
/** Host part of a SIP address, with port and parameters. */
export const HostPart = Type.String({ minLength: 1, maxLength: 256, pattern: '^[A-Za-z0-9.:;=_\\[\\]-]+$' });
export const PlainText = Plain(1024);

/** The server line that ends every answer. */
export const Info = Type.String({ title: 'server info' });
/** The same in the examples. */
export const exampleInfo = 'Server: Callbus (0.1.0) calls: 3 active/10 total/8 connect/42 min';
export const StatusReply = Type.Tuple([Int, Text, Info]);
export type StatusReply = [code: number, text: string, info: string];
export const PinReply = Type.Tuple([Int, Text, secret(Text), Info]);
export const MasterPinReply = Type.Tuple([Int, secret(Text), Info]);
export const TagReply = Type.Tuple([Int, Text, Type.String({ title: 'call tag' }), Info]);
export const ListReply = Type.Tuple([Int, Type.Array(Text), Info]);
export const FoundReply = Type.Tuple([Type.Array(Text), Info]);
export const InfoReply = Type.Tuple([Info]);
export const InfoTwice = Type.Tuple([Text, Info]);
const ParticipantRow = Type.Tuple([Text, Text, Int, Text, Int, Text], {
  title: 'participant',
  description: 'Call tag, number, status, reason, muted 0/1, participant id.',
});
export const RoomInfoReply = Type.Tuple([Int, Text, Type.Array(ParticipantRow), Info]);

/** SEMS's text for a wrong PIN and for a room that is not there. */
export const wrongPin = 'wrong adminpin or inexisting room';
