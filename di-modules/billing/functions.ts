import { arg, CodedError, opt, rowsFor, Type, Void } from '../../core/index.ts';
import { LiveSchema } from './events.ts';
import { liveExample, recordExample } from './examples.ts';
import { Amount, microOf, Price } from './money.ts';
import { billedSeconds, costMicro } from './rate.ts';
import { RecordSchema } from './record.ts';
import { type BillingState, setLimit, viewOf } from './state.ts';
import { TariffSchema } from './tariff.ts';

const { fn, defineFunctions } = rowsFor<BillingState>();

const AccountName = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
const TariffName = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });
const Unix = (description: string) => Type.Number({ minimum: 0, description });
const Count = Type.Integer({ minimum: 1, maximum: 1000 });
const Cursor = Type.Number({ minimum: 0 });
const account = arg('account', AccountName, 'Its name.');
const note = opt('note', Type.String({ maxLength: 256 }), 'Kept with the entry.');
const id = opt('id', Type.String({ minLength: 1, maxLength: 128 }), 'Of the entry: the same id is taken once.');
const cursor = opt('cursor', Cursor, 'What the answer before gave; default 0: from the first.');
const count = opt('count', Count, 'Default 100.');

const AccountSchema = Type.Object({
  account: Type.String(),
  currency: Type.String(),
  balanceMicro: Type.Number({ description: 'Millionths of the currency unit.' }),
  balance: Type.String(),
  availableMicro: Type.Union([Type.Number(), Type.Null()], {
    description: 'What can be spent: without what the calls have cost until now. Null: no limit.',
  }),
  spendableMicro: Type.Number({ description: 'The balance without what the calls have cost until now.' }),
  mode: Type.Union([Type.Literal('none'), Type.Literal('prepaid'), Type.Literal('ceiling')]),
  ceilingMicro: Type.Number(),
  warnSeconds: Type.Integer(),
  calls: Type.Integer({ description: 'Charged calls under way.' }),
});

const tariffExample = { perMinute: '0.012', increments: '60/1' };
const accountExample = {
  account: 'acme',
  currency: 'EUR',
  balanceMicro: 12_500_000,
  balance: '12.50',
  availableMicro: 12_500_000,
  spendableMicro: 12_500_000,
  mode: 'prepaid',
  ceilingMicro: 0,
  warnSeconds: 30,
  calls: 0,
};

/** Detail records, tariffs and accounts over the bus. */
export const functions = defineFunctions({
  records: fn({
    summary: 'Detail records in the order in which they were written.',
    description: 'Ask again with the cursor of the answer until it gives no records; new ones come after it.',
    params: [
      opt('account', AccountName, 'Its name.'),
      opt('fromMs', Unix('Ended then or later.')),
      opt('toMs', Unix('Ended before.')),
      count,
      cursor,
    ],
    result: Type.Object({ records: Type.Array(RecordSchema), cursor: Type.Number() }),
    scope: 'billing:read',
    limit: 'account',
    examples: [{ params: ['acme'], result: { records: [{ ...recordExample }], cursor: 17 } }],
    async handler({ state }, account, fromMs, toMs, count = 100, cursor = 0) {
      const rows = await state.store.records({ account, fromMs, toMs, count, afterSeq: cursor });
      return { records: rows.map(({ record }) => record), cursor: rows.at(-1)?.seq ?? cursor };
    },
  }),
  live: fn({
    summary: 'Charged calls under way, with seconds and cost until now.',
    params: [opt('account', AccountName, 'Its name.')],
    result: Type.Array(LiveSchema),
    scope: 'billing:read',
    limit: 'account',
    examples: [{ params: ['acme'], result: [{ ...liveExample }] }],
    handler: ({ state }, account) => [...state.billing.live(account)],
  }),
  accounts: fn({
    summary: 'Accounts with balance and limit; all that the ledger knows, or one.',
    params: [opt('account', AccountName, 'Its name.'), opt('after', AccountName, 'Accounts after that name.'), count],
    result: Type.Array(AccountSchema),
    scope: 'billing:read',
    limit: 'account',
    examples: [{ params: ['acme'], result: [{ ...accountExample }] }],
    handler({ state }, account, after = '', count = 100) {
      if (account !== undefined) return [viewOf(state, state.accounts.known(account))];
      const following = [...state.accounts.all()].filter(({ name }) => name > after);
      following.sort((a, b) => (a.name < b.name ? -1 : 1));
      return following.slice(0, count).map((each) => viewOf(state, each));
    },
  }),
  entries: fn({
    summary: 'The ledger of an account: what was added and taken, oldest first.',
    params: [account, count, cursor],
    result: Type.Object({
      entries: Type.Array(
        Type.Object({
          id: Type.String({ description: 'Of kind call: that of the record.' }),
          kind: Type.String({ description: 'call, credit, debit or set.' }),
          amountMicro: Type.Number(),
          atMs: Type.Number(),
          note: Type.String(),
        }),
      ),
      cursor: Type.Number(),
    }),
    scope: 'billing:read',
    limit: 'account',
    examples: [
      {
        params: ['acme'],
        result: {
          entries: [
            {
              id: 'payment-4711',
              kind: 'credit',
              amountMicro: 12_500_000,
              atMs: 1_790_000_000_000,
              note: 'invoice 4711',
            },
          ],
          cursor: 3,
        },
      },
    ],
    async handler({ state }, account, count = 100, cursor = 0) {
      state.accounts.known(account);
      const rows = await state.store.entries(account, cursor, count);
      const entries = rows.map((row) => ({
        id: String(row['id']),
        kind: String(row['kind']),
        amountMicro: Number(row['amount_micro']),
        atMs: Number(row['at_ms']),
        note: String(row['note']),
      }));
      return { entries, cursor: Number(rows.at(-1)?.['seq'] ?? cursor) };
    },
  }),
  limit: fn({
    summary: 'What an account may spend: calls that cannot be paid any more are warned and ended.',
    params: [
      account,
      arg(
        'mode',
        Type.Union([Type.Literal('none'), Type.Literal('prepaid'), Type.Literal('ceiling')]),
        'What the limit does at its end.',
      ),
      opt('ceiling', Price('For mode ceiling: so much below zero.')),
      opt('warnSeconds', Type.Integer({ minimum: 0, maximum: 3600 }), 'Default 30.'),
    ],
    result: AccountSchema,
    scope: 'billing:control',
    limit: 'account',
    examples: [{ params: ['acme', 'prepaid'], result: { ...accountExample } }],
    handler: async ({ state }, account, mode, ceiling = '0', warnSeconds = 30) =>
      viewOf(state, await setLimit(state, account, { mode, ceiling, warnSeconds })),
  }),
  charge: fn({
    summary: 'Takes an amount from an account, whatever its limit; gives the account.',
    params: [account, arg('amount', Price('For example "1.50".'), 'In the currency of the configuration.'), note, id],
    result: AccountSchema,
    scope: 'billing:control',
    limit: 'account',
    examples: [{ params: ['acme', '1.50', 'a voice prompt'], result: { ...accountExample } }],
    handler: ({ state }, account, amount, note, id) => changed(state, account, 'debit', -microOf(amount), note, id),
  }),
  credit: fn({
    summary: 'Adds an amount to an account, which is made when it is new; gives the account.',
    params: [account, arg('amount', Price('For example "10".'), 'In the currency of the configuration.'), note, id],
    result: AccountSchema,
    scope: 'billing:control',
    limit: 'account',
    examples: [{ params: ['acme', '12.50', 'invoice 4711', 'payment-4711'], result: { ...accountExample } }],
    handler: ({ state }, account, amount, note, id) => changed(state, account, 'credit', microOf(amount), note, id),
  }),
  setBalance: fn({
    summary: 'Sets the balance of an account by an entry of the difference; gives the account.',
    params: [account, arg('balance', Amount), note],
    result: AccountSchema,
    scope: 'billing:control',
    limit: 'account',
    examples: [{ params: ['acme', '12.50'], result: { ...accountExample } }],
    handler: ({ state }, account, balance, note) =>
      changed(state, account, 'set', microOf(balance) - (state.accounts.find(account)?.balanceMicro ?? 0), note),
  }),
  take: fn({
    summary: 'Takes as much of an amount as there is: never below zero. Null: the account is not known.',
    params: [account, arg('amount', Price(''), 'In the currency of the configuration.'), note],
    result: Type.Union([AccountSchema, Type.Null()]),
    scope: 'billing:control',
    limit: 'account',
    exported: false,
    listed: false,
    async handler({ state }, name, amount, note) {
      const account = state.accounts.find(name);
      if (account === null) return null;
      const taken = Math.min(microOf(amount), Math.max(0, viewOf(state, account).spendableMicro));
      return changed(state, name, 'debit', -taken, note);
    },
  }),
  tariffs: fn({
    summary: 'All tariffs.',
    params: [],
    result: Type.Array(Type.Object({ name: Type.String(), tariff: TariffSchema })),
    scope: 'billing:read',
    examples: [{ params: [], result: [{ name: 'standard', tariff: { ...tariffExample } }] }],
    handler: ({ state }) => [...state.tariffs.list()],
  }),
  setTariff: fn({
    summary: 'Adds a tariff or replaces one, for calls that are answered from now on; kept in the storage.',
    params: [
      arg('name', TariffName, 'Its name.'),
      arg('tariff', TariffSchema, 'Its name, or the whole tariff where one is set.'),
    ],
    result: Void,
    scope: 'billing:admin',
    examples: [{ params: ['standard', { ...tariffExample }], result: null }],
    async handler({ state }, name, tariff) {
      await state.tariffs.set(name, tariff);
      return null;
    },
  }),
  removeTariff: fn({
    summary: 'Removes a tariff; one of the configuration comes back as it is there.',
    params: [arg('name', TariffName, 'Its name.')],
    result: Void,
    scope: 'billing:admin',
    examples: [{ params: ['standard'], result: null }],
    async handler({ state }, name) {
      await state.tariffs.remove(name);
      return null;
    },
  }),
  quote: fn({
    summary: 'What a call of that length would cost, answered now.',
    params: [
      arg('tariff', TariffName, 'Its name, or the whole tariff where one is set.'),
      arg('number', Type.String({ maxLength: 128 }), 'Number that would be called.'),
      arg('seconds', Type.Integer({ minimum: 0, maximum: 1_000_000 }), 'Length of the call.'),
    ],
    result: Type.Object({
      billedSeconds: Type.Integer(),
      chargeMicro: Type.Number(),
      perMinuteMicro: Type.Number(),
      currency: Type.String(),
    }),
    scope: 'billing:read',
    examples: [
      {
        params: ['standard', '+4930123', 61],
        result: { billedSeconds: 61, chargeMicro: 12_200, perMinuteMicro: 12_000, currency: 'EUR' },
      },
    ],
    handler({ state }, name, number, seconds) {
      const { currency, journal, tariffs } = state;
      const rate = tariffs.rate(tariffs.known(name), number, journal.steadyMs());
      const talkMs = seconds * 1000;
      return {
        billedSeconds: billedSeconds(rate, talkMs),
        chargeMicro: costMicro(rate, talkMs),
        perMinuteMicro: rate.perMinuteMicro,
        currency,
      };
    },
  }),
  outputs: fn({
    summary: 'Where each output is: the cursor of the newest record that it took, and why it fails.',
    params: [],
    result: Type.Array(Type.Object({ output: Type.String(), cursor: Type.Number(), reason: Type.String() })),
    scope: 'billing:read',
    examples: [{ params: [], result: [{ output: 'cdr', cursor: 17, reason: '' }] }],
    handler: ({ state }) => state.feeds.map(({ name, reason, seq }) => ({ output: name, cursor: seq, reason })),
  }),
});

/** @throws CodedError `billing.alreadyDone`, `module.full`. */
async function changed(
  state: BillingState,
  account: string,
  kind: 'credit' | 'debit' | 'set',
  amountMicro: number,
  note?: string,
  id?: string,
) {
  if (id !== undefined && !(await state.billing.isNew(id))) throw new CodedError('billing.alreadyDone', id);
  const posted = state.billing.post({ account, kind, amountMicro, note, id });
  // As it is by this change, not by what others do until it is on disk.
  const view = viewOf(state, posted.account);
  await posted.written;
  return view;
}
