import { type Static, Type } from '../../core/index.ts';
import { Price } from './money.ts';
import { TariffSchema } from './tariff.ts';

const Seconds = (value: number, maximum: number, description: string) =>
  Type.Integer({ minimum: 0, maximum, default: value, description });

/** What an account may spend. */
export const LimitSchema = Type.Object(
  {
    mode: Type.Union([Type.Literal('none'), Type.Literal('prepaid'), Type.Literal('ceiling')], {
      default: 'none',
      description: 'none: as much as it likes · prepaid: its balance · ceiling: its balance and that much more.',
    }),
    ceiling: Price('Only for mode ceiling.', { default: '0' }),
    warnSeconds: Seconds(30, 3600, 'The warning is played that long before the end; 0: none.'),
  },
  { additionalProperties: false, default: {} },
);
export type LimitValues = Static<typeof LimitSchema>;

const Rotation = {
  maxBytes: Type.Integer({
    minimum: 1000,
    maximum: 1_000_000_000,
    default: 67_108_864,
    description: 'A file that has that much is followed by another.',
  }),
  daily: Type.Boolean({ default: true, description: 'A new file each day (UTC).' }),
};

const common = {
  name: Type.String({
    pattern: '^[a-z0-9_-]{1,32}$',
    description: 'Its place in the records is kept under this name.',
  }),
};
const Folder = Type.String({ default: '', description: 'Empty: <storage.path>/billing.' });

/** Where records go beside the storage. */
export const OutputSchema = Type.Union([
  Type.Object({ type: Type.Literal('csv'), ...common, folder: Folder, ...Rotation }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal('jsonl'), ...common, folder: Folder, ...Rotation }, { additionalProperties: false }),
  Type.Object(
    {
      type: Type.Literal('sql'),
      ...common,
      url: Type.String({
        minLength: 1,
        description: 'postgres://…, mysql://…, or a file of SQLite, relative to <storage.path>/billing.',
        'x-secret': true,
      }),
      table: Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$',
        default: 'call_record',
        description: 'Made when missing.',
      }),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      type: Type.Literal('webhook'),
      ...common,
      url: Type.String({ pattern: '^https?://', description: 'Gets POSTs of {"records": [...]}.' }),
      secret: Type.String({ default: '', description: 'Key of the signature; empty: unsigned.', 'x-secret': true }),
      batch: Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Records of one POST.' }),
    },
    { additionalProperties: false },
  ),
]);
export type OutputValues = Static<typeof OutputSchema>;

/** `modules.billing`. */
export const BillingConfigSchema = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$', default: 'EUR', description: 'Of all prices and accounts.' }),
    tariffs: Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }), TariffSchema, {
      default: {},
      description: 'By name. billing.setTariff adds others.',
    }),
    defaultTariff: Type.String({
      default: '',
      description: 'Of calls with an account and no tariff; empty: they are free.',
    }),
    timeZone: Type.String({ default: 'UTC', description: 'IANA name, of times of day in tariffs.' }),
    accounts: Type.Record(Type.String({ minLength: 1, maxLength: 128 }), LimitSchema, {
      default: {},
      description: 'Limits by account. What billing.limit sets goes before.',
    }),
    defaultLimit: LimitSchema,
    warningPrompt: Type.String({ default: '', description: 'File; empty: three tones that come along.' }),
    liveSeconds: Seconds(10, 3600, 'An event billing.live for each charged call, that often; 0: none.'),
    heartbeatMs: Type.Integer({
      minimum: 100,
      maximum: 60_000,
      default: 1000,
      description: 'The open calls are confirmed that often: a crash takes at most so much talk time from a record.',
    }),
    gatherMs: Type.Integer({
      minimum: 0,
      maximum: 10_000,
      default: 50,
      description: 'What happens within is written together.',
    }),
    keepDays: Seconds(
      0,
      36_500,
      'Records that all outputs have and that are older are dropped; 0: never. Ledger entries stay.',
    ),
    outputs: Type.Array(OutputSchema, { default: [], maxItems: 16, description: 'Beside the storage.' }),
  },
  { additionalProperties: false, default: {}, description: 'Detail records, tariffs, accounts.' },
);
export type BillingConfig = Static<typeof BillingConfigSchema>;
