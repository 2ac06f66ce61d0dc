import { CodedError } from '../../core/index.ts';
import { Account, type Limit } from './account.ts';

/**
 * All accounts that the ledger or the configuration knows, as the ledger has them: what is written later is counted
 * here at once. Names come with calls from outside, by routing rules too: one that is not kept goes with its last call.
 */
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

  /** The account; a new one has an empty balance, and nobody knows it yet. */
  guest(name: string): Account {
    return this.#accounts.get(name) ?? new Account(name, this.#limitOf(name), 0);
  }

  /** The account of a call that is charged, until `release`. */
  of(name: string): Account {
    const account = this.guest(name);
    this.#accounts.set(name, account);
    return account;
  }

  /** The account, known from now on. */
  kept(name: string): Account {
    const account = this.of(name);
    account.isKept = true;
    return account;
  }

  /** Its last call is over. */
  release({ isKept, name }: Account): void {
    if (!isKept) this.#accounts.delete(name);
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
