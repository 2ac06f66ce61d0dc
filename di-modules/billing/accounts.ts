import { CodedError } from '../../core/index.ts';
import { Account, type Limit } from './account.ts';

/** All accounts that the ledger knows, as it has them: what is written later is counted here at once. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #limitOf: (name: string) => Limit;

  /** `limitOf`: of an account that has none of its own. */
  constructor(limitOf: (name: string) => Limit) {
    this.#limitOf = limitOf;
  }

  find(name: string): Account | null {
    return this.#accounts.get(name) ?? null;
  }

  /** The account; made with an empty balance when the ledger does not know it. */
  of(name: string): Account {
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = new Account(name, this.#limitOf(name), 0);
      this.#accounts.set(name, account);
    }
    return account;
  }

  /** @throws CodedError `billing.unknownAccount`. */
  known(name: string): Account {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new CodedError('billing.unknownAccount', name);
    return account;
  }

  all(): Iterable<Account> {
    return this.#accounts.values();
  }
}
