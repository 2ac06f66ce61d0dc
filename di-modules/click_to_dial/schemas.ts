import { type Any, LabelsSchema, type Static, secret, Text, Type } from '../../core/index.ts';

/** Text that goes into a SIP header: no control characters. */
const HeaderText = Type.String({ maxLength: 1024, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
const UriText = Type.String({ minLength: 1, maxLength: 1024, pattern: '^[^\\u0000-\\u0020\\u007f<>]+$' });
const TimeoutS = Type.Integer({ minimum: 1, maximum: 600 });
const FileName = Type.String({ minLength: 1, maxLength: 255 });

const HeaderName = "^[A-Za-z0-9.!%*_+`'~-]{1,64}$";

const PartyFields = Type.Object(
  {
    uri: Type.Unsafe<string>({ ...UriText, description: 'Who is called: a sip:, sips: or tel: URI.' }),
    from: Type.Optional(
      Type.Unsafe<string>({ ...HeaderText, description: 'From that this party is shown; default: the other party.' }),
    ),
    timeoutS: Type.Optional(Type.Unsafe<number>({ ...TimeoutS, description: 'How long it may ring.' })),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: HeaderName }), HeaderText, {
        additionalProperties: false,
        maxProperties: 32,
        description: 'Further headers of its INVITE; not those that the stack writes.',
      }),
    ),
    credentials: Type.Optional(
      Type.Object(
        {
          user: HeaderText,
          password: secret(Type.String({ maxLength: 1024 })),
          realm: Type.Optional(HeaderText),
        },
        { additionalProperties: false, description: 'Answer to a digest challenge.' },
      ),
    ),
    registration: Type.Optional(
      Type.Unsafe<string>({ ...UriText, description: 'Account of ours, sip:user@domain, whose registrar it goes by.' }),
    ),
    srtp: Type.Optional(
      Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
        description: 'Encryption of its media; default: as media.srtp says.',
      }),
    ),
    labels: Type.Optional(LabelsSchema),
  },
  { additionalProperties: false },
);
export type PartyOrder = Static<typeof PartyFields>;
const Party = Type.Union([UriText, PartyFields]);

export const EarlyMedia = Type.Union([Type.Literal('tone'), Type.Literal('through'), Type.Literal('none')]);

/** What `click_to_dial.dial` takes. */
export const Order = Type.Object(
  {
    a: Type.Unsafe<string | PartyOrder>({ ...Party, description: 'Called first: a URI, or a struct.' }),
    b: Type.Optional(Type.Unsafe<string | PartyOrder>({ ...Party, description: 'Called when A has answered.' })),
    application: Type.Optional(
      Type.Unsafe<string>({ ...HeaderText, description: 'Instead of b: what serves A once it has answered.' }),
    ),
    user: Type.Optional(
      Type.Unsafe<string>({ ...HeaderText, description: 'User part for the application, such as a room.' }),
    ),
    parameters: Type.Optional(Type.Unsafe<Static<typeof Any>>({ description: 'For the application.' })),
    earlyMedia: Type.Optional(
      Type.Unsafe<Static<typeof EarlyMedia>>({
        ...EarlyMedia,
        description: 'What A hears before B answers: our tone while it rings (default), what B sends, or nothing.',
      }),
    ),
    waiting: Type.Optional(
      Type.Unsafe<string>({
        ...FileName,
        description: 'File in playPath, over and over until B answers, for the tone.',
      }),
    ),
    failed: Type.Optional(
      Type.Unsafe<string>({ ...FileName, description: 'File in playPath that A hears when B cannot be had.' }),
    ),
    maxDurationS: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2_000_000, description: 'Longest conversation, seconds.' }),
    ),
    labels: Type.Optional(LabelsSchema),
    idempotencyKey: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'The same order with the same key dials once.' }),
    ),
  },
  { additionalProperties: false },
);
export type DialOrder = Static<typeof Order>;

export const phases = [
  'diallingA',
  'ringingA',
  'answeredA',
  'diallingB',
  'ringingB',
  'earlyB',
  'bridged',
  'ended',
] as const;
export type Phase = (typeof phases)[number];
export const PhaseSchema = Type.Unsafe<Phase>({
  enum: [...phases],
  type: 'string',
  description: 'bridged: with B, or with the application.',
});

const Why = Type.Array(
  Type.Object({
    code: Text,
    sentence: Text,
    cause: Type.Optional(Text),
    next: Type.Optional(Text),
  }),
);

/** How a dial ended. */
export const outcomeFields = {
  status: Type.Optional(
    Type.Integer({ description: '200 after a conversation, else the SIP status of who could not be had.' }),
  ),
  reason: Type.Optional(Text),
  endedBy: Type.Optional(
    Type.Union([Type.Literal('a'), Type.Literal('b'), Type.Literal('us'), Type.Literal('network')]),
  ),
  why: Type.Optional(Why),
};

/** A dial as functions and events show it. */
export const dialFields = {
  dial: Type.String({ description: 'Its id, which is the trace id of its calls, too.' }),
  phase: PhaseSchema,
  a: Type.String({ description: 'Call tag of A.' }),
  b: Type.Optional(Type.String({ description: 'Call tag of B, once it is called.' })),
  application: Type.Optional(Text),
  ...LabelsSchema.properties,
  ...outcomeFields,
};

export const DialRow = Type.Object({
  ...dialFields,
  startedAtMs: Type.Number({ description: 'Unix time, ms.' }),
  answeredAtMs: Type.Optional(Type.Number({ description: 'A answered.' })),
  bridgedAtMs: Type.Optional(Type.Number()),
  endedAtMs: Type.Optional(Type.Number()),
});
export type DialState = Static<typeof DialRow>;
