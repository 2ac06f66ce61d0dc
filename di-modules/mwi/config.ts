import { type Static, Type } from '../../core/index.ts';

/** `modules.mwi`: SEMS's `presence_server`, and our own notifier. */
export const MwiConfigSchema = Type.Object(
  {
    presence_server: Type.String({
      pattern: '^([A-Za-z0-9_.\\[\\]:-]+(;[a-z]+=[A-Za-z0-9.]+)*)?$',
      default: '',
      description:
        'host[:port][;transport=tcp] that is sent a NOTIFY for each change, for its subscribers; empty: none.',
    }),
    subscribers: Type.Union(
      [Type.Literal('own'), Type.Literal('trusted'), Type.Literal('anybody'), Type.Literal('off')],
      {
        default: 'own',
        description:
          'Who may SUBSCRIBE to message-summary here. own: peers in sip.trusted, and users of calls.authenticate to their own messages; trusted: only the former; anybody; off: nobody.',
      },
    ),
    domain: Type.String({
      pattern: '^([^./\\\\][^/\\\\]*)?$',
      maxLength: 200,
      default: '',
      description: 'Domain of the messages of who subscribes; empty: the host of the Request-URI.',
    }),
    coalesce_ms: Type.Integer({
      minimum: 0,
      maximum: 60_000,
      default: 500,
      description: 'Changes of one user within that time are told at once.',
    }),
    max_expires: Type.Integer({
      minimum: 60,
      maximum: 86_400,
      default: 3600,
      description: 'Longest subscription, seconds.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Tells phones how many messages wait.' },
);
export type MwiConfig = Static<typeof MwiConfigSchema>;
