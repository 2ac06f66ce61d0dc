import { CodedError, type DiValue, isStruct, type ModuleContext } from '../../core/index.ts';

const microPerUnit = 1_000_000;
const mostCredits = 2_147_483_647;

/** Credits as the ledger of `billing` has them: whole ones, rounded down. */
export class Ledger {
  readonly #invoke: ModuleContext<unknown>['invoke'];
  readonly #creditMicro: number;

  /** `creditValue`: decimal text. @throws CodedError `config.invalid`: worth nothing. */
  constructor(invoke: ModuleContext<unknown>['invoke'], creditValue: string) {
    const [units = '0', places = ''] = creditValue.split('.');
    this.#invoke = invoke;
    this.#creditMicro = Number(units) * microPerUnit + Number(places.padEnd(6, '0'));
    if (this.#creditMicro === 0) throw new CodedError('config.invalid', 'modules.cc_acc.credit_value: must be over 0');
  }

  /** -1: there is no such account. */
  async credit(pin: string): Promise<number> {
    try {
      const answer = await this.#invoke('billing', 'accounts', [pin]);
      return this.#creditsOf(Array.isArray(answer) ? answer[0] : null);
    } catch (fault) {
      if (fault instanceof CodedError && fault.code === 'billing.unknownAccount') return -1;
      throw fault;
    }
  }

  /** What is left; -1: there is no such account. */
  async subtract(pin: string, credits: number): Promise<number> {
    const answer = await this.#invoke('billing', 'take', [pin, this.#amount(credits), 'cc_acc']);
    return answer === null ? -1 : this.#creditsOf(answer);
  }

  async add(pin: string, credits: number): Promise<number> {
    return this.#creditsOf(await this.#invoke('billing', 'credit', [pin, this.#amount(credits), 'cc_acc']));
  }

  async set(pin: string, credits: number): Promise<void> {
    await this.#invoke('billing', 'setBalance', [pin, this.#amount(credits), 'cc_acc']);
  }

  /** @throws CodedError `rpc.wrongType`: more than the ledger takes at once. */
  #amount(credits: number): string {
    const micro = BigInt(credits) * BigInt(this.#creditMicro);
    if (micro > BigInt(Number.MAX_SAFE_INTEGER))
      throw new CodedError('rpc.wrongType', 'amount: more than the ledger takes at once');
    return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`;
  }

  /** What may be spent: the balance without what calls have cost until now, where there is a limit. */
  #creditsOf(account: DiValue | undefined): number {
    const micro = isStruct(account) ? Number(account['spendableMicro']) : Number.NaN;
    if (Number.isNaN(micro)) throw new CodedError('rpc.handlerFailed', 'billing gave no account');
    return Math.min(mostCredits, Math.max(0, Math.floor(micro / this.#creditMicro)));
  }
}
