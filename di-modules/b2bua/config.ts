import { type Static, Type } from '../../core/index.ts';

const HeaderName = Type.String({ pattern: "^[A-Za-z0-9.!%*_+`'~-]{1,64}$" });

/** `modules.b2bua`. */
export const B2buaConfigSchema = Type.Object(
  {
    target: Type.String({
      default: '$(ruri)',
      description:
        'Where calls go: $(ruri): to their Request-URI · a SIP URI: all to that one · host[:port][/transport], comma list: to the first that answers, with the Request-URI as it came.',
    }),
    media: Type.Union([Type.Literal('auto'), Type.Literal('relay'), Type.Literal('engine'), Type.Literal('bypass')], {
      default: 'auto',
      description:
        'auto: engine where a side is a browser, else relay · relay: RTP passes through our ports, unread · engine: both legs end here, each with its own codecs and keys · bypass: from end to end, unseen.',
    }),
    credentials: Type.Object(
      {
        user: Type.String({
          default: '',
          description: "Answers the callee's 401 and 407; empty: challenges go to the caller.",
        }),
        password: Type.String({ default: '', description: 'Secret.', 'x-secret': true }),
        realm: Type.String({ default: '', description: 'Empty fits any.' }),
      },
      { additionalProperties: false, default: {}, description: 'Digest credentials towards the callee.' },
    ),
    ringTimeoutMs: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 0,
      description: 'Longest time until the final answer, ms; 0: three minutes after each provisional answer (timer C).',
    }),
    maxCallSeconds: Type.Integer({
      minimum: 0,
      maximum: 2_000_000,
      default: 0,
      description: 'Longest time from the answer on, s; 0: no limit.',
    }),
    addHeaders: Type.Record(HeaderName, Type.String({ maxLength: 1024, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }), {
      default: {},
      description: 'name: value of further headers in the INVITE to the callee.',
    }),
    removeHeaders: Type.Array(HeaderName, {
      default: [],
      description: 'Names of headers that do not cross, in either direction.',
    }),
    callControl: Type.Array(
      Type.Object(
        {
          module: Type.String({ minLength: 1, description: 'Name of a loaded module with start, connect and end.' }),
          section: Type.String({ default: '', description: 'What it is asked for; empty: the name of the module.' }),
          values: Type.Record(Type.String(), Type.String(), { default: {}, description: 'Handed to its start.' }),
        },
        { additionalProperties: false },
      ),
      {
        default: [],
        description: 'Modules that are asked, in this order, before a call is placed (di-interfaces 5.10).',
      },
    ),
    sessionTimer: Type.Boolean({
      default: true,
      description: 'Session timers (RFC 4028) on each leg as sip.sessionTimer says; false: none towards the callee.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Connects each call to one that it places.' },
);
export type B2buaConfig = Static<typeof B2buaConfigSchema>;
