import { type Clock, CodedError, type Timer } from '../runtime/index.ts';
import { ArrivalWindow } from './arrival-window.ts';
import type { DialConfig } from './config.ts';
import type { Session } from './session.ts';

interface Account {
  readonly live: Set<string>;
  /** The calls of the last second. */
  readonly recent: ArrivalWindow;
  /** Days since 1970 (UTC) that `spentMs` counts. */
  day: number;
  spentMs: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The caps of `dial.limits`, one account per origin: concurrent calls, calls a second, minutes. */
export class DialAccounts {
  readonly #clock: Clock;
  readonly #limits: DialConfig['limits'];
  readonly #accounts = new Map<string, Account>();
  readonly #accountOf = new Map<string, Account>();
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, limits: DialConfig['limits']) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @throws CodedError `call.limit` naming the key and the account. */
  check(name: string): void {
    const { concurrent, perSecond, minutesPerDay } = this.#limits;
    const account = this.#account(name);
    const refuse = (key: string, value: number): never => {
      throw new CodedError('call.limit', `the account ${name} is at dial.limits.${key} ${value}`);
    };
    if (concurrent > 0 && account.live.size >= concurrent) refuse('concurrent', concurrent);
    if (perSecond > 0 && account.recent.count(this.#clock.nowMs()) >= perSecond) refuse('perSecond', perSecond);
    if (minutesPerDay > 0 && account.spentMs >= minutesPerDay * minuteMs) refuse('minutesPerDay', minutesPerDay);
  }

  /** A call of the account began. */
  started(name: string, tag: string): void {
    const account = this.#account(name);
    account.live.add(tag);
    if (this.#limits.perSecond > 0) account.recent.add(this.#clock.nowMs());
    this.#accountOf.set(tag, account);
  }

  /** The call was answered: its longest duration runs from here. */
  answered(session: Session): void {
    const account = this.#accountOf.get(session.tag);
    if (account === undefined) return;
    const { maxMinutes, minutesPerDay } = this.#limits;
    const leftMs = Math.min(
      maxMinutes > 0 ? maxMinutes * minuteMs : Number.POSITIVE_INFINITY,
      minutesPerDay > 0 ? minutesPerDay * minuteMs - account.spentMs : Number.POSITIVE_INFINITY,
    );
    if (leftMs === Number.POSITIVE_INFINITY) return;
    const end = (): void => session.end({ why: tooLong });
    this.#timers.set(session.tag, this.#clock.after(Math.max(0, leftMs), end));
  }

  ended({ tag, answeredAtMs }: Session): void {
    const account = this.#accountOf.get(tag);
    if (account === undefined) return;
    this.#timers.get(tag)?.cancel();
    this.#timers.delete(tag);
    this.#accountOf.delete(tag);
    account.live.delete(tag);
    if (answeredAtMs !== null && this.#limits.minutesPerDay > 0) account.spentMs += this.#clock.unixMs() - answeredAtMs;
    this.#forgetIdle();
  }

  #account(name: string): Account {
    const day = Math.floor(this.#clock.unixMs() / dayMs);
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = { live: new Set(), recent: new ArrivalWindow(1000), day, spentMs: 0 };
      this.#accounts.set(name, account);
    }
    if (account.day !== day) {
      account.day = day;
      account.spentMs = 0;
    }
    return account;
  }

  /** Accounts that nothing is counted for take no memory (`call:<tag>` makes one a call). */
  #forgetIdle(): void {
    if (this.#accounts.size < 1000) return;
    for (const [name, account] of this.#accounts)
      if (account.live.size === 0 && account.spentMs === 0) this.#accounts.delete(name);
  }
}

const tooLong = {
  code: 'call.limit',
  sentence: 'The call reached its longest duration.',
  cause: 'dial.limits minutes',
};
