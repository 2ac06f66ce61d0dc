import { asCodedError, type Log, type ModuleContext, type Timer } from '../../core/index.ts';
import type { RegAgentAccount } from './config.ts';

/** SEMS's times (di-interfaces 5.18): the first look, and every further one. */
const firstLookMs = 2000;
const lookMs = 10_000;

export interface AgentParts extends Pick<ModuleContext<unknown>, 'clock' | 'invoke'> {
  readonly log: Log;
  readonly accounts: readonly RegAgentAccount[];
}

/**
 * Keeps the accounts of the configuration at `registrar_client`: what is unknown there is created. What failed is
 * tried again by `registrar_client` itself, ever more slowly.
 */
export class RegAgent {
  readonly #parts: AgentParts;
  /** Why an account could not be created, so that it is told once and not every ten seconds. */
  readonly #told = new Map<string, string>();
  #timer: Timer | null;
  #stopped = false;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(firstLookMs, () => void this.#look());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const { accounts, clock } = this.#parts;
    await Promise.all(accounts.map((account, index) => this.#keep(account, `reg_agent:${index}`)));
    if (!this.#stopped) this.#timer = clock.after(lookMs, () => void this.#look());
  }

  async #keep(account: RegAgentAccount, handle: string): Promise<void> {
    const { invoke, log } = this.#parts;
    try {
      const state = await invoke('registrar_client', 'getRegistrationState', [handle]);
      if (this.#stopped || (Array.isArray(state) && state[0] === 1)) return;
      const { domain, user, display_name, auth_user, pwd, proxy, contact } = account;
      await invoke('registrar_client', 'createRegistration', [
        ...[domain, user, display_name, auth_user, pwd, '', proxy, contact, handle],
      ]);
      this.#told.delete(handle);
    } catch (fault) {
      const reason = asCodedError(fault).message;
      if (this.#told.get(handle) === reason) return;
      this.#told.set(handle, reason);
      log.error('an account cannot be registered', { account: `${account.user}@${account.domain}`, reason });
    }
  }
}
