import type { Clock, Timer } from '../../core/index.ts';
import { type Account, callCostMicro } from './account.ts';
import type { OpenCall } from './record.ts';

export interface LimiterParts {
  readonly clock: Clock;
  steadyMs(): number;
  /** Play the warning to the calls of that account. */
  warn(account: Account, secondsLeft: number): void;
  /** End that call; `capped` says what it is charged at most. */
  end(account: Account, capped: OpenCall): void;
}

/**
 * Holds calls to what their account may spend. Every call reserves its increments one by one, each before it begins:
 * the balance less all reservations never goes under the floor, however many calls there are. One timer an account,
 * at the moment when the next increment cannot be reserved; the calls that would need it then are ended, those that
 * have still paid for some seconds go on until theirs are over.
 */
export class Limiter {
  readonly #parts: LimiterParts;
  readonly #timers = new Map<Account, Timer>();

  constructor(parts: LimiterParts) {
    this.#parts = parts;
  }

  /** Ends what could not be paid until now. Before anything of the account changes. */
  settle(account: Account): void {
    const nowMs = this.#parts.steadyMs();
    while (account.exhaustedAtMs !== null && nowMs >= account.exhaustedAtMs) {
      const atMs = account.exhaustedAtMs;
      // Never the same moment twice: at least one call was capped.
      this.#endUnpaid(account, atMs);
      account.exhaustedAtMs = account.exhaustion(atMs);
    }
  }

  /** Plans the account's next moment. After anything of it has changed. */
  plan(account: Account): void {
    this.#timers.get(account)?.cancel();
    this.#timers.delete(account);
    const nowMs = this.#parts.steadyMs();
    account.exhaustedAtMs = account.exhaustion(nowMs);
    const { exhaustedAtMs: endMs, limit } = account;
    if (endMs === null) {
      account.isWarned = false;
      return;
    }
    const warnMs = endMs - limit.warnSeconds * 1000;
    if (nowMs < warnMs) account.isWarned = false;
    const nextMs = limit.warnSeconds > 0 && !account.isWarned ? Math.min(warnMs, endMs) : endMs;
    this.#timers.set(
      account,
      this.#parts.clock.after(Math.max(0, nextMs - nowMs), () => this.#due(account)),
    );
  }

  /** The account has no calls any more. */
  forget(account: Account): void {
    this.#timers.get(account)?.cancel();
    this.#timers.delete(account);
    account.exhaustedAtMs = null;
    account.isWarned = false;
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #due(account: Account): void {
    const { exhaustedAtMs, limit } = account;
    const nowMs = this.#parts.steadyMs();
    this.settle(account);
    if (exhaustedAtMs !== null && nowMs < exhaustedAtMs && nowMs >= exhaustedAtMs - limit.warnSeconds * 1000) {
      if (!account.isWarned) this.#parts.warn(account, Math.ceil((exhaustedAtMs - nowMs) / 1000));
      account.isWarned = true;
    }
    this.plan(account);
  }

  /** In the order of the answers: who cannot reserve the increment that begins after `atMs` is ended. */
  #endUnpaid(account: Account, atMs: number): void {
    let leftMicro = account.availableMicro(atMs);
    const isOverdrawn = leftMicro < 0;
    for (const call of [...account.calls.values()]) {
      if (call.cap !== null || call.answeredSteadyMs === null) continue;
      const paidMicro = callCostMicro(call, atMs);
      const nextMicro = callCostMicro(call, atMs + 1) - paidMicro;
      if (!isOverdrawn && nextMicro <= leftMicro) {
        leftMicro -= nextMicro;
        continue;
      }
      const cap = { talkMs: atMs - call.answeredSteadyMs, micro: paidMicro };
      const capped = { ...call, cap };
      account.calls.set(call.id, capped);
      this.#parts.end(account, capped);
    }
  }
}
