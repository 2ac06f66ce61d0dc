/** The `dial:`, `routing:` and `calls:` parts of the configuration. */
import { type Static, Type } from '../runtime/index.ts';

const Count = (description: string) =>
  Type.Integer({ minimum: 0, default: 0, description: `${description}; 0: no limit.` });

export const DialConfigSchema = Type.Object(
  {
    allow: Type.Array(Type.String(), {
      default: [],
      description:
        'Hosts (name, address, CIDR, *.suffix) or number prefixes (+49…) that may be dialled besides loopback and private networks; * allows all.',
    }),
    deny: Type.Array(Type.String(), { default: [], description: 'As allow; a match here wins.' }),
    gateways: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'name: host[:port]; gateways may be dialled.',
    }),
    limits: Type.Object(
      {
        concurrent: Count('Calls at the same time per account'),
        perSecond: Count('New calls a second per account'),
        maxMinutes: Count('Longest call, minutes'),
        minutesPerDay: Count('Minutes a day per account'),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false, default: {}, description: 'What this server may dial.' },
);
export type DialConfig = Static<typeof DialConfigSchema>;

/** The rules of a server without a configuration (design, section 7). */
export const embeddedRouting = [
  { application: '$(apphdr)' },
  { match: '^sips?:(echo|600)@', application: 'echo' },
  { match: '^sips?:(conference|5[0-9][0-9])@', application: 'conference' },
  { match: '^sips?:webconference@', application: 'webconference' },
  { match: '^sips?:welcome@', application: 'announcement' },
];

export const RoutingConfigSchema = Type.Array(
  Type.Object(
    {
      match: Type.Optional(
        Type.String({
          description: 'POSIX extended regular expression on the whole Request-URI; unanchored, case-sensitive.',
        }),
      ),
      application: Type.String({
        description: 'A name, $(ruri.user), $(ruri.param), $(apphdr), $(mapping); \\1 to \\8 insert groups.',
      }),
    },
    { additionalProperties: false },
  ),
  {
    description: 'Which application serves a call: the first rule that matches and leads to a loaded application.',
    default: embeddedRouting,
  },
);
export type RoutingConfig = Static<typeof RoutingConfigSchema>;

const Limit = (reason: string) =>
  Type.Object(
    {
      limit: Type.Integer({ minimum: 0, default: 0, description: '0: no limit.' }),
      status: Type.Integer({ minimum: 400, maximum: 699, default: 503 }),
      reason: Type.String({ default: reason }),
    },
    { additionalProperties: false, default: {} },
  );

export const CallsConfigSchema = Type.Object(
  {
    sessions: Limit('Server overload'),
    perSecond: Limit('Server overload'),
    shutdownReply: Type.Object(
      {
        status: Type.Integer({ minimum: 400, maximum: 699, default: 503 }),
        reason: Type.String({ default: 'Server shutting down' }),
      },
      { additionalProperties: false, default: {} },
    ),
    mapping: Type.Array(Type.String(), {
      default: [],
      description: 'regexp=>application lines for $(mapping) (SEMS: app_mapping.conf).',
    }),
    tagPrefix: Type.String({ default: '', description: 'Node prefix of call tags.' }),
  },
  { additionalProperties: false, default: {} },
);
export type CallsConfig = Static<typeof CallsConfigSchema>;
