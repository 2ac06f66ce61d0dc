import { type Account, type Limit, limitOf } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Billing } from './billing.ts';
import type { LimitValues } from './config.ts';
import type { Journal } from './journal.ts';
import { amountOf } from './money.ts';
import type { OutputFeed } from './outputs/feed.ts';
import type { Store } from './store.ts';
import type { TariffBook } from './tariff-book.ts';

/** What the functions of `billing` get. */
export interface BillingState {
  readonly currency: string;
  readonly billing: Billing;
  readonly accounts: Accounts;
  readonly tariffs: TariffBook;
  readonly journal: Journal;
  readonly store: Store;
  readonly feeds: readonly OutputFeed[];
  stop(): Promise<void>;
}

export interface AccountView {
  readonly account: string;
  readonly currency: string;
  readonly balanceMicro: number;
  readonly balance: string;
  /** Null: no limit. */
  readonly availableMicro: number | null;
  /** The balance without what the calls have cost until now. */
  readonly spendableMicro: number;
  readonly mode: 'none' | 'prepaid' | 'ceiling';
  readonly ceilingMicro: number;
  readonly warnSeconds: number;
  /** Charged calls under way. */
  readonly calls: number;
}

export function viewOf({ billing, currency, journal }: BillingState, account: Account): AccountView {
  const { balanceMicro, calls, limit, name } = account;
  const { floorMicro, warnSeconds } = limit;
  return {
    account: name,
    currency,
    balanceMicro,
    balance: amountOf(balanceMicro),
    availableMicro: floorMicro === null ? null : billing.availableMicro(account),
    spendableMicro: balanceMicro - account.owedMicro(journal.steadyMs()),
    mode: floorMicro === null ? 'none' : floorMicro === 0 ? 'prepaid' : 'ceiling',
    ceilingMicro: floorMicro === null ? 0 : -floorMicro + 0,
    warnSeconds,
    calls: calls.size,
  };
}

export async function setLimit(state: BillingState, name: string, values: LimitValues): Promise<Account> {
  const limit: Limit = limitOf(values);
  await state.store.setLimit(name, values);
  const account = state.accounts.kept(name);
  state.billing.settle(account);
  account.limit = limit;
  state.billing.replan(account);
  return account;
}
