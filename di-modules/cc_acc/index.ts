/** Accounts of credits: SEMS's `cc_acc` (di-interfaces 5.15), on the ledger of `billing`. */
import { arg, defineModule, Int, type ModuleContext, rowsFor, type Static, Type, Void } from '../../core/index.ts';
import { Ledger } from './ledger.ts';

const Config = Type.Object(
  {
    credit_value: Type.String({
      pattern: '^[0-9]{1,6}([.][0-9]{1,6})?$',
      default: '1',
      description: "What one credit is worth, in units of billing's currency.",
    }),
  },
  { additionalProperties: false, default: {}, description: 'Credits of accounts, by PIN.' },
);

const { fn, defineFunctions } = rowsFor<Ledger>();
const pin = arg(
  'pin',
  Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
  'The account.',
);
const amount = arg('amount', Type.Integer({ minimum: 0, maximum: 2_147_483_647 }), 'Credits.');

/** A single result is answered as such, as SEMS's clients read it: `[credit]`. */
const Credit = Type.Tuple([Int]);

const functions = defineFunctions({
  getCredit: fn({
    summary: 'The credit of an account; -1: there is no such account.',
    params: [pin],
    result: Credit,
    scope: 'cc_acc:read',
    limit: 'pin',
    examples: [{ params: ['1234'], result: [350] }],
    handler: async ({ state }, pin) => [await state.credit(pin)],
  }),
  subtractCredit: fn({
    summary: 'Takes credits from an account, never below 0; gives what is left, or -1: there is no such account.',
    params: [pin, amount],
    result: Credit,
    scope: 'cc_acc:control',
    limit: 'pin',
    examples: [{ params: ['1234', 60], result: [290] }],
    handler: async ({ state }, pin, amount) => [await state.subtract(pin, amount)],
  }),
  setCredit: fn({
    summary: 'Sets the credit of an account, which is made when it is new; gives the amount.',
    params: [pin, amount],
    result: Credit,
    scope: 'cc_acc:control',
    limit: 'pin',
    examples: [{ params: ['1234', 350], result: [350] }],
    async handler({ state }, pin, amount) {
      await state.set(pin, amount);
      return [amount];
    },
  }),
  addCredit: fn({
    summary: 'Adds credits to an account, which is made when it is new; gives what it has then.',
    params: [pin, amount],
    result: Credit,
    scope: 'cc_acc:control',
    limit: 'pin',
    examples: [{ params: ['1234', 50], result: [400] }],
    handler: async ({ state }, pin, amount) => [await state.add(pin, amount)],
  }),
  connectCall: fn({
    summary: 'Has no effect, as in SEMS.',
    params: [],
    result: Void,
    scope: 'cc_acc:control',
    examples: [{ params: [], result: null }],
    handler: () => null,
  }),
});

export const ccAcc = defineModule({
  name: 'cc_acc',
  summary: 'Accounts of credits, on the ledger of billing.',
  needs: ['billing'],
  config: Config,
  functions,
  start: ({ config, invoke }: ModuleContext<Static<typeof Config>>) => new Ledger(invoke, config.credit_value),
});
