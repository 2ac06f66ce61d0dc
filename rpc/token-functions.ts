/** `tokens.*`: what `callbus token` does, over the bus. Nobody makes a token that may do more than himself. */
import { arg, Bool, type Caller, expandScopes, Long, meetScopes, opt, rowsFor, Text } from '../core/di/index.ts';
import { type Clock, CodedError, Type } from '../core/runtime/index.ts';
import type { TokenInfo, Tokens } from './tokens.ts';

export interface TokenFunctionsState {
  readonly tokens: Tokens;
  readonly clock: Clock;
}

const { fn, defineFunctions } = rowsFor<TokenFunctionsState>();
const scope = 'tokens:admin';

const Name = Type.String({ pattern: '^[\\w.@-]{1,64}$', title: 'name of a token' });
const Values = Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: 100 });
const Allowed = Type.Record(Type.String({ pattern: '^[\\w-]{1,64}$' }), Values);
const Days = Type.Number({ minimum: 0.001, maximum: 36_500, description: 'From now; null: it does not expire.' });
const Instant = Type.Union([Long, Type.Null()], { description: 'Unix time, ms.' });

const rights = {
  scopes: Type.Array(Text, { minItems: 1, maxItems: 100, description: 'viewer, operator, admin, module:action.' }),
  limits: Type.Optional(Allowed),
  only: Type.Optional(Allowed),
};
const Rights = Type.Object(
  { ...rights, expiresInDays: Type.Optional(Type.Union([Days, Type.Null()])) },
  { additionalProperties: false },
);
const Rotation = Type.Object(
  {
    graceMinutes: Type.Optional(
      Type.Number({ minimum: 0, maximum: 43_200, description: 'So long the present secret works; default 60.' }),
    ),
    expiresInDays: Type.Optional(Type.Union([Days, Type.Null()])),
  },
  { additionalProperties: false },
);

const TokenRow = Type.Object({
  name: Text,
  scopes: Type.Array(Text),
  limits: Allowed,
  only: Allowed,
  createdAtMs: Long,
  expiresAtMs: Instant,
  lastUsedAtMs: Instant,
  oldUntilMs: Instant,
});
const Made = Type.Object({
  token: Type.String({ description: 'It is shown this once, and stored hashed.' }),
  info: TokenRow,
});

const example = {
  name: 'door',
  scopes: ['webconference:read', 'webconference:control'],
  limits: {},
  only: { room: ['4711'] },
  createdAtMs: 1_790_000_000_000n,
  expiresAtMs: 1_792_592_000_000n,
  lastUsedAtMs: null,
  oldUntilMs: null,
};
const made = { token: 'cb_x3Qf0zv1n0nOZr4m2cVQb2m3cDdN5pY7uYw8H1kLJ0E', info: example };

export const tokenFunctions = defineFunctions({
  list: fn({
    summary: 'All access tokens, expired ones too: what each may do, and when it was used. Never its text.',
    params: [],
    result: Type.Array(TokenRow),
    scope,
    examples: [{ params: [], result: [example] }],
    handler: async ({ state }) => (await state.tokens.list()).map(rowOf),
  }),
  create: fn({
    summary: 'Make an access token; it is shown this once.',
    description: 'It may do nothing that the caller may not.',
    params: [
      arg('name', Name, 'Its name, which is no secret.'),
      arg('rights', Rights, 'scopes, limits (by module), only (by argument), expiresInDays.'),
    ],
    result: Made,
    scope,
    examples: [
      { params: ['door', { scopes: [...example.scopes], only: example.only, expiresInDays: 30 }], result: made },
    ],
    async handler({ state, caller }, name, { scopes, limits = {}, only = {}, expiresInDays = null }) {
      mustCover(caller, scopes);
      const expiresUnixMs = instantOf(state, expiresInDays);
      const { token, info } = await state.tokens.create({ name, scopes, limits, only, expiresUnixMs });
      return { token, info: rowOf(info) };
    },
  }),
  rotate: fn({
    summary: 'Give a token a new text with the same rights; the present one goes on for a while.',
    params: [
      arg('name', Name, 'Its name, which is no secret.'),
      opt('options', Rotation, 'graceMinutes, expiresInDays.'),
    ],
    result: Made,
    scope,
    examples: [{ params: ['door'], result: { ...made, info: { ...example, oldUntilMs: 1_790_003_600_000n } } }],
    async handler({ state, caller }, name, options) {
      const { graceMinutes = 60, expiresInDays } = options ?? {};
      const known = (await state.tokens.list()).find((each) => each.name === name);
      // Its new text is given to the caller.
      mustCover(caller, known?.scopes ?? []);
      const { token, info } = await state.tokens.rotate(name, {
        graceMs: graceMinutes * 60_000,
        ...(expiresInDays === undefined ? {} : { expiresUnixMs: instantOf(state, expiresInDays) }),
      });
      return { token, info: rowOf(info) };
    },
  }),
  revoke: fn({
    summary: 'End a token now: its connections and its webhooks too. False: there is none of that name.',
    params: [arg('name', Name, 'Its name, which is no secret.')],
    result: Bool,
    scope,
    examples: [{ params: ['door'], result: true }],
    handler: ({ state }, name) => state.tokens.revoke(name),
  }),
});

/** @throws CodedError `rpc.forbidden`, `config.invalid` for a scope that there is not. */
function mustCover({ scopes: own, limits, only, modules }: Caller, wanted: readonly string[]): void {
  const expanded = expandScopes(wanted);
  const isConfined = modules !== undefined || [limits, only ?? {}].some((each) => Object.keys(each).length > 0);
  if (isConfined) throw new CodedError('rpc.forbidden', 'credentials with limits of their own make no tokens');
  const excess = expanded.find((one) => !meetScopes([one], own).includes(one));
  if (excess !== undefined) throw new CodedError('rpc.forbidden', `${excess} is more than the caller may do`);
}

const instantOf = ({ clock }: TokenFunctionsState, days: number | null): number | null =>
  days === null ? null : clock.unixMs() + days * 86_400_000;

function rowOf({ createdUnixMs, expiresUnixMs, lastUsedUnixMs, oldUntilUnixMs, ...info }: TokenInfo) {
  return {
    name: info.name,
    scopes: [...info.scopes],
    limits: plain(info.limits),
    only: plain(info.only),
    createdAtMs: BigInt(Math.round(createdUnixMs)),
    expiresAtMs: longOf(expiresUnixMs),
    lastUsedAtMs: longOf(lastUsedUnixMs),
    oldUntilMs: longOf(oldUntilUnixMs),
  };
}

const longOf = (unixMs: number | null): bigint | null => (unixMs === null ? null : BigInt(Math.round(unixMs)));
const plain = (allowed: TokenInfo['limits']): Record<string, string[]> =>
  Object.fromEntries(Object.entries(allowed).map(([name, values]) => [name, [...values]]));
