import { Any, arg, Bool, eventPosition, Long, opt, rowsFor, Struct, secret, Text, Type } from '../../core/index.ts';
import type { Hook } from './hook.ts';
import { recordOf } from './hook-store.ts';
import type { Hooks } from './hooks.ts';

const { fn, defineFunctions } = rowsFor<Hooks>();

const read = 'webhooks:read';
const control = 'webhooks:control';

const HookId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', title: 'webhook id' });
/** Ids are past 32 bits: on the bus they are LongLongs. */
const EventId = Long;
const Instant = Type.Union([Long, Type.Null()], { description: 'Unix time, ms.' });

const NewHook = Type.Object(
  {
    id: Type.Optional(HookId),
    secret: Type.Optional(secret(Type.String({ minLength: 16, maxLength: 256 }))),
    filters: Type.Optional(
      Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: 64, description: 'Default: call.*' }),
    ),
    match: Type.Optional(Struct),
    after: Type.Optional(EventId),
  },
  { additionalProperties: false },
);

const HookRow = Type.Object({
  hook: HookId,
  server: Type.String({ description: 'Scheme, host and port; the path may be a secret.' }),
  filters: Type.Array(Text),
  addedBy: Text,
  state: Type.Union([Type.Literal('idle'), Type.Literal('sending'), Type.Literal('retrying'), Type.Literal('stopped')]),
  /** The newest event that is done. */
  position: EventId,
  delivered: Type.Integer({ description: 'Events since the start.' }),
  failures: Type.Integer({ description: 'In a row.' }),
  lastFault: Text,
  nextAttemptAtMs: Instant,
  deadLetters: Type.Integer(),
});

const rowOf = (hook: Hook) => ({
  hook: hook.settings.id,
  server: new URL(hook.settings.url).origin,
  filters: [...hook.settings.filters],
  addedBy: hook.settings.caller.name,
  state: hook.state,
  position: BigInt(hook.position),
  delivered: hook.delivered,
  failures: hook.failures,
  lastFault: hook.lastFault,
  nextAttemptAtMs: hook.nextAttemptAtMs === null ? null : BigInt(Math.round(hook.nextAttemptAtMs)),
  deadLetters: hook.deadLetters,
});

const eventId = 1_790_000_062_345_000n;

export const functions = defineFunctions({
  add: fn({
    summary: 'Send events to a URL from now on, or after an event; of an id that is there, change it.',
    params: [
      arg('url', secret(Type.String({ minLength: 8, maxLength: 2048 })), 'http: or https:.'),
      opt('options', NewHook, 'id, secret, filters, match, after.'),
    ],
    result: Type.Object({
      hook: HookId,
      secret: Type.Union([Text, Type.Null()], { description: 'One that was made; it is not shown again.' }),
    }),
    scope: control,
    examples: [
      {
        params: ['https://billing.example/events', { id: 'billing', filters: ['call.ended'] }],
        result: { hook: 'billing', secret: '1674cf444a91e1fb96597b1bbebae6a2' },
      },
    ],
    handler({ state, caller }, url, options = {}) {
      const { after, ...rest } = options;
      return state.add(url, { ...rest, ...(after === undefined ? {} : { after: eventPosition(after) }) }, caller);
    },
  }),
  list: fn({
    summary: 'The webhooks: how far each is, and what ails it.',
    params: [],
    result: Type.Array(HookRow),
    scope: read,
    examples: [
      {
        params: [],
        result: [
          {
            hook: 'billing',
            server: 'https://billing.example',
            filters: ['call.ended'],
            addedBy: 'shop',
            state: 'idle',
            position: eventId,
            delivered: 17,
            failures: 0,
            lastFault: '',
            nextAttemptAtMs: null,
            deadLetters: 0,
          },
        ],
      },
    ],
    handler: ({ state }) => state.list().map(rowOf),
  }),
  remove: fn({
    summary: 'Remove a webhook with its dead letters.',
    params: [arg('hook', HookId, 'As webhooks.add gave it.')],
    result: Bool,
    scope: control,
    examples: [{ params: ['billing'], result: true }],
    async handler({ state }, hook) {
      await state.remove(hook);
      return true;
    },
  }),
  test: fn({
    summary: 'Send one event named webhooks.test now, and tell what came back.',
    params: [arg('hook', HookId, 'As webhooks.add gave it.')],
    result: Type.Object({
      delivered: Bool,
      status: Type.Integer({ description: 'HTTP status; 0: no reply.' }),
      reason: Text,
      tookMs: Type.Integer(),
    }),
    scope: control,
    examples: [{ params: ['billing'], result: { delivered: true, status: 200, reason: 'OK', tookMs: 12 } }],
    async handler({ state }, hook) {
      const { kind, status, reason, tookMs } = await state.test(hook);
      return { delivered: kind === 'delivered', status, reason, tookMs };
    },
  }),
  deadLetters: fn({
    summary: 'Events that a webhook did not take, oldest first, at most 1000.',
    params: [arg('hook', HookId, 'As webhooks.add gave it.'), opt('after', EventId, 'Those after this event.')],
    result: Type.Array(Type.Object({ id: EventId, name: Text, reason: Text, atMs: Long, payload: Any })),
    scope: read,
    examples: [
      {
        params: ['billing'],
        result: [
          {
            id: eventId,
            name: 'call.ended',
            reason: '410 Gone',
            atMs: 1_790_000_062_345n,
            payload: { call: '6f0c2b3d4e5f60718293a4b5', status: 200 },
          },
        ],
      },
    ],
    async handler({ state, caller }, hook, after = 0n) {
      const letters = await state.deadLetters(hook, eventPosition(after), caller);
      return letters.map((letter) => ({
        id: BigInt(letter.id),
        name: letter.name,
        reason: letter.reason,
        atMs: BigInt(Math.round(letter.atMs)),
        payload: { ...recordOf(letter).payload },
      }));
    },
  }),
  retry: fn({
    summary: 'Send dead letters again, all or some, at most 1000; gives how many. What is delivered leaves the list.',
    params: [
      arg('hook', HookId, 'As webhooks.add gave it.'),
      opt('ids', Type.Array(EventId, { maxItems: 1000 }), 'Of events; default: all dead letters of the webhook.'),
    ],
    result: Type.Integer(),
    scope: control,
    examples: [{ params: ['billing'], result: 1 }],
    handler: ({ state }, hook, ids) => state.retry(hook, ids?.map(eventPosition) ?? null),
  }),
});
