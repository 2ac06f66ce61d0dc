import { arg, Bool, CallTag, Int, Text, Type } from '../../core/index.ts';
import { maxChatText } from './chat-text.ts';
import { Info, Plain } from './schemas.ts';

const GainDb = (what: string) => Type.Number({ minimum: -40, maximum: 20, description: `dB, ${what}.` });

export const name = arg('name', Plain(128), 'How the others see the participant; empty: by its address.');
export const on = (summary: string) => arg('on', Bool, summary);
export const gainDb = arg('gainDb', GainDb('what the room hears of it'));
export const volumeDb = arg('volumeDb', GainDb('what it hears of the room'));
export const from = arg(
  'from',
  Type.String({ maxLength: 128 }),
  'Call tag of who says it; empty: who controls the room.',
);
export const to = arg('to', Type.String({ maxLength: 128 }), 'Call tag of who is to read it; empty: all.');
export const text = arg('text', Type.String({ minLength: 1, maxLength: maxChatText }), 'Line breaks become blanks.');
export const talk = arg('talk', Type.String({ minLength: 1, maxLength: 64 }), 'As startTalk gave it.');
export const calls = arg('calls', Type.Array(CallTag, { maxItems: 100 }), 'Tags of two participants or more.');

export const TalkReply = Type.Tuple([Int, Text, Type.String({ title: 'talk' }), Info]);
export const FileReply = Type.Tuple([Int, Text, Type.String({ title: 'file' }), Info]);

export const LiveParticipant = Type.Object(
  {
    call: Type.String({ description: 'Call tag; empty: invited, has not called yet.' }),
    number: Type.String({ description: 'Address, as the call or dialout said it.' }),
    name: Type.String({ description: 'As rename gave it; empty: none.' }),
    status: Type.Integer({ description: '0 invited, 1 called, 2 ringing, 3 in the room, 4 leaving, 5 finished.' }),
    reason: Type.String(),
    muted: Type.Boolean({ description: 'By mute; what moderation keeps from speaking is not muted.' }),
    gainDb: Type.Number({ description: 'What the room hears of it, dB.' }),
    volumeDb: Type.Number({ description: 'What it hears of the room, dB.' }),
    hand: Type.Integer({ description: 'Place in the queue of raised hands, from 1; 0: not raised.' }),
    floor: Type.Boolean(),
    talk: Type.String({ description: 'Id of the private talk it is in; empty: none.' }),
    participantId: Type.String(),
    speaking: Type.Boolean(),
  },
  { title: 'participant' },
);

export const LiveState = Type.Object(
  {
    room: Type.String(),
    locked: Type.Boolean(),
    moderated: Type.Boolean({ description: 'Only who has the floor is heard.' }),
    recording: Type.Boolean(),
    participants: Type.Array(LiveParticipant),
  },
  { title: 'room state' },
);
export const StateReply = Type.Tuple([Int, Text, LiveState, Info]);
