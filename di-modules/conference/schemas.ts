import { arg, CallTag, Int, type Static, Type } from '../../core/index.ts';

const RoomName = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]+$', title: 'room' });
export const room = arg('room', RoomName, 'Name of the room.');
export const member = arg('member', CallTag, 'Call tag of a participant, as members lists it.');
export const recording = arg('recording', Int, 'Number that record gave.');
export const FileName = Type.String({ minLength: 1, maxLength: 255, title: 'file name' });

const Nullable = <S extends Parameters<typeof Type.Array>[0]>(schema: S) => Type.Union([schema, Type.Null()]);
const GainDb = (what: string) => Type.Number({ minimum: -40, maximum: 20, description: `dB, ${what}.` });
const Group = Type.String({ maxLength: 64 });
const Groups = (what: string) =>
  Type.Union([Type.Array(Group, { maxItems: 32 }), Type.Null()], { description: `${what}; null: all.` });
const AsRoom = (what: string) =>
  Type.Union([Type.Boolean(), Type.Null()], { description: `${what} for this one; null: as the room.` });

const settings = {
  muted: Type.Boolean({ description: 'Is not heard.' }),
  deaf: Type.Boolean({ description: 'Hears nothing.' }),
  gainInDb: GainDb('of what it says'),
  gainOutDb: GainDb('of what it hears'),
  automaticGain: AsRoom('Automatic gain'),
  noiseGate: AsRoom('Noise gate'),
  group: Type.String({ maxLength: 64, description: 'The part of the room that it belongs to; empty: none.' }),
  hears: Groups('Groups that it hears'),
  heardBy: Groups('Groups that hear it'),
};

export const MemberSettingsRow = Type.Object(settings);

/** What setMember may change; what is left out stays. */
export const MemberChange = Type.Object(
  {
    muted: Type.Optional(settings.muted),
    deaf: Type.Optional(settings.deaf),
    gainInDb: Type.Optional(settings.gainInDb),
    gainOutDb: Type.Optional(settings.gainOutDb),
    automaticGain: Type.Optional(settings.automaticGain),
    noiseGate: Type.Optional(settings.noiseGate),
    group: Type.Optional(settings.group),
    hears: Type.Optional(settings.hears),
    heardBy: Type.Optional(settings.heardBy),
  },
  { additionalProperties: false },
);
export type MemberChange = Static<typeof MemberChange>;

export const MemberRow = Type.Object(
  {
    call: Type.String({ description: 'Call tag.' }),
    who: Type.String({ description: 'The peer: From of an incoming, To of a placed call.' }),
    listenOnly: Type.Boolean({ description: 'Came in with Listen-Only.' }),
    ...settings,
    speaking: Type.Boolean({ description: 'By the last conference.speaking; false without speakingEvents.' }),
    levelDb: Type.Number({
      description: 'Of what it says, mean of media.qualityIntervalMs, dBov: 0 is full scale, -127 silence.',
    }),
    codec: Type.String({ description: 'For example PCMU/8000.' }),
    mos: Nullable(Type.Number({ description: 'E-model of the call so far; null when nothing came.' })),
  },
  { title: 'member' },
);

const roomSettings = {
  automaticGain: Type.Boolean({ description: 'Members are brought to one loudness.' }),
  noiseGate: Type.Boolean({ description: 'Noise below gateDb is not mixed.' }),
  gateDb: Type.Integer({ minimum: -90, maximum: -10, description: 'dBov.' }),
  speakingEvents: Type.Boolean({ description: 'conference.speaking is published.' }),
};
export const RoomSettingsRow = Type.Object(roomSettings);

export const RoomChange = Type.Object(
  {
    automaticGain: Type.Optional(roomSettings.automaticGain),
    noiseGate: Type.Optional(roomSettings.noiseGate),
    gateDb: Type.Optional(roomSettings.gateDb),
    speakingEvents: Type.Optional(roomSettings.speakingEvents),
  },
  { additionalProperties: false },
);
export type RoomSettingsChange = Static<typeof RoomChange>;

export const RoomRow = Type.Object(
  {
    room: Type.String(),
    participants: Int,
    locked: Type.Boolean(),
    ...roomSettings,
    playing: Type.Integer({ description: 'Prompts that play or wait.' }),
    recordings: Type.Integer({ description: 'Recordings that run.' }),
  },
  { title: 'room' },
);

const Ms = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: `${description} 0: no limit.` }));

export const RecordRequest = Type.Object(
  {
    file: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description:
          'Name in recordings_path, folders too; name.wav|A-Law: a subtype. Default: the room and the time, .wav.',
      }),
    ),
    member: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Only this participant.' })),
    eachMember: Type.Optional(
      Type.Boolean({ description: 'A file for each participant, also for those who come later: name-<call tag>.wav.' }),
    ),
    side: Type.Optional(
      Type.Union([Type.Literal('received'), Type.Literal('sent'), Type.Literal('both')], {
        description: 'Of a participant: what it says (default), what it hears, or both.',
      }),
    ),
    stereo: Type.Optional(Type.Boolean({ description: 'With side both: said left, heard right.' })),
    beep: Type.Optional(Type.Boolean({ description: 'The participant hears a beep at the start.' })),
    limitMs: Ms('Longest recording, without pauses.'),
    limitBytes: Ms('Longest file.'),
    silenceStopMs: Ms('Ends after so much silence in a row.'),
  },
  { additionalProperties: false },
);
export type RecordRequest = Static<typeof RecordRequest>;

export const RecordedFile = Type.Object({
  file: Type.String(),
  member: Type.String({ description: 'Call tag; empty: the whole room.' }),
  lengthMs: Type.Integer({ description: 'Recorded so far, without pauses.' }),
});

export const RecordingRow = Type.Object(
  {
    recording: Int,
    room: Type.String(),
    paused: Type.Boolean(),
    files: Type.Array(RecordedFile),
  },
  { title: 'recording' },
);
export type RecordingRow = Static<typeof RecordingRow>;
