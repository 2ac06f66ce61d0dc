import { Any, type Static, Type } from '../../core/index.ts';

const Id = { pattern: '^[A-Za-z0-9_.-]{1,64}$' } as const;

const HookSchema = Type.Object(
  {
    id: Type.String({ ...Id, description: 'Its name in functions, requests and the storage.' }),
    url: Type.String({ minLength: 8, maxLength: 2048, description: 'http: or https:; it may lead anywhere.' }),
    secret: Type.String({ minLength: 16, maxLength: 256, description: 'Key of the signature.', 'x-secret': true }),
    filters: Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: 64, default: ['call.*'] }),
    match: Type.Record(Type.String(), Any, {
      default: {},
      description: 'Payload members that must have that value, or one of a list.',
    }),
  },
  { additionalProperties: false },
);

/** `modules.webhooks`. */
export const WebhooksConfigSchema = Type.Object(
  {
    hooks: Type.Array(HookSchema, {
      maxItems: 100,
      default: [],
      description: 'Webhooks of the configuration; others are added by webhooks.add.',
    }),
    max_hooks: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Those of webhooks.add.' }),
    batch: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 100,
      description: 'Events in one request at most; only what waits is sent together.',
    }),
    timeout: Type.Integer({ minimum: 1, maximum: 60, default: 10, description: 'For one request, seconds.' }),
    first_retry: Type.Number({
      minimum: 0.1,
      maximum: 3600,
      default: 1,
      description: 'After the first failure, seconds.',
    }),
    longest_retry: Type.Number({
      minimum: 0.1,
      maximum: 86_400,
      default: 300,
      description: 'The time between attempts doubles up to this, seconds; each is 20 % longer or shorter by chance.',
    }),
    give_up_hours: Type.Number({
      minimum: 0.01,
      maximum: 720,
      default: 24,
      description:
        'An event that could not be delivered for so long becomes a dead letter. Less than rpc.events.keepHours.',
    }),
    dead_letters: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Kept for each webhook; the oldest make room.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type WebhooksConfig = Static<typeof WebhooksConfigSchema>;
