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
  { match: '^sips?:(webconference|room-[^@;:]+)@', application: 'webconference' },
  { match: '^sips?:welcome@', application: 'announcement' },
  { application: '$(webcall)' },
];

/** One rule, as the configuration and `routing.add` have it. */
export const RoutingRuleSchema = Type.Object(
  {
    match: Type.Optional(
      Type.String({
        description: 'POSIX extended regular expression on the whole Request-URI; unanchored, case-sensitive.',
      }),
    ),
    application: Type.String({
      description:
        'A name, $(ruri.user), $(ruri.param), $(apphdr), $(mapping); $(webcall): b2bua for a call of a page in sip.trusted to a host or port that is not ours; \\1 to \\8 insert groups.',
    }),
    account: Type.Optional(Type.String({ description: 'Label of the call: who pays; \\1 to \\8 insert groups.' })),
    tariff: Type.Optional(Type.String({ description: 'Label of the call: its tariff; \\1 to \\8 insert groups.' })),
  },
  { additionalProperties: false },
);
export type RoutingRule = Static<typeof RoutingRuleSchema>;

export const RoutingConfigSchema = Type.Array(RoutingRuleSchema, {
  description: 'Which application serves a call: the first rule that matches and leads to a loaded application.',
  default: embeddedRouting,
});
export type RoutingConfig = Static<typeof RoutingConfigSchema>;

/** Text of a header: no control characters. */
const HeaderText = (fallback: string) => Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]*$', default: fallback });

const Limit = (reason: string) =>
  Type.Object(
    {
      limit: Type.Integer({ minimum: 0, default: 0, description: '0: no limit.' }),
      status: Type.Integer({ minimum: 400, maximum: 699, default: 503 }),
      reason: HeaderText(reason),
    },
    { additionalProperties: false, default: {} },
  );

const Hash = (algorithm: string, digits: number) =>
  Type.Optional(
    Type.String({
      pattern: `^[0-9a-fA-F]{${digits}}$`,
      description: `Instead of the password: ${algorithm} of user:realm:password, in hex.`,
      'x-secret': true,
    }),
  );

/** A request outside a dialog; a typing error here would let strangers in. */
const Method = Type.Union([
  Type.Literal('INVITE'),
  Type.Literal('OPTIONS'),
  Type.Literal('MESSAGE'),
  Type.Literal('SUBSCRIBE'),
  Type.Literal('REFER'),
  Type.Literal('REGISTER'),
  Type.Literal('PUBLISH'),
  Type.Literal('NOTIFY'),
]);

export const AuthenticateConfigSchema = Type.Object(
  {
    realm: Type.String({ default: '', description: 'Realm that callers are asked for; empty: nobody is asked.' }),
    users: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          password: Type.Optional(Type.String({ description: 'In clear text.', 'x-secret': true })),
          ha1Md5: Hash('MD5', 32),
          ha1Sha256: Hash('SHA-256', 64),
          ha1Sha512256: Hash('SHA-512/256', 64),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Who may call: name, and password or hashes of it.' },
    ),
    methods: Type.Array(Method, {
      default: ['INVITE'],
      description: 'Requests outside a dialog that must authenticate.',
    }),
    exempt: Type.Union([Type.Literal('trusted'), Type.Literal('nobody')], {
      default: 'trusted',
      description: 'trusted: peers in sip.trusted are not asked; nobody: everybody is asked.',
    }),
    algorithms: Type.Array(Type.Union([Type.Literal('SHA-512-256'), Type.Literal('SHA-256'), Type.Literal('MD5')]), {
      default: ['SHA-512-256', 'SHA-256', 'MD5'],
      minItems: 1,
      description: 'Offered in this order (RFC 8760); of users with hashes only, those that all of them have.',
    }),
    nonceSeconds: Type.Integer({
      minimum: 5,
      maximum: 86_400,
      default: 300,
      description: 'Age at which a nonce is stale, seconds.',
    }),
    checkUri: Type.Boolean({
      default: true,
      description: 'Refuse credentials for another Request-URI; false behind a proxy that rewrites it.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Digest authentication of callers (RFC 3261 22).' },
);
export type AuthenticateConfig = Static<typeof AuthenticateConfigSchema>;

export const CallsConfigSchema = Type.Object(
  {
    authenticate: AuthenticateConfigSchema,
    sessions: Limit('Server overload'),
    perSecond: Limit('Server overload'),
    shutdownReply: Type.Object(
      {
        status: Type.Integer({ minimum: 400, maximum: 699, default: 503 }),
        reason: HeaderText('Server shutting down'),
      },
      { additionalProperties: false, default: {} },
    ),
    mapping: Type.Array(Type.String(), {
      default: [],
      description: 'regexp=>application lines for $(mapping) (SEMS: app_mapping.conf).',
    }),
    refer: Type.Object(
      {
        inDialog: Type.Union([Type.Literal('refuse'), Type.Literal('follow')], {
          default: 'refuse',
          description: 'REFER in a call: refuse (603), or follow: call the Refer-To under the dial rules.',
        }),
        outOfDialog: Type.Boolean({
          default: false,
          description:
            'REFER outside a call (click-to-dial, inviting into a room) from sip.trusted or authenticated peers; false: 403.',
        }),
      },
      { additionalProperties: false, default: {}, description: 'Transfers that peers ask us for (RFC 3515).' },
    ),
    replaces: Type.Union([Type.Literal('trusted'), Type.Literal('any'), Type.Literal('off')], {
      default: 'trusted',
      description:
        'Who may take the place of a call (Replaces) or join its room (Join). trusted: peers in sip.trusted, the address or identity of the call itself, and whom it names in Referred-By; any: whoever knows its Call-ID and tags; off: nobody.',
    }),
    messages: Type.Union([Type.Literal('accept'), Type.Literal('refuse')], {
      default: 'refuse',
      description: 'MESSAGE: accept tells texts on the bus (message.received); refuse: 501.',
    }),
    tagPrefix: Type.String({ default: '', description: 'Node prefix of call tags.' }),
    playPath: Type.String({
      default: '',
      description: 'Folder of the prompts of call.play; empty: the folder prompts in storage.path.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type CallsConfig = Static<typeof CallsConfigSchema>;
