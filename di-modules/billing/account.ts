import type { LimitValues } from './config.ts';
import { microOf } from './money.ts';
import { costMicro } from './rate.ts';
import type { OpenCall } from './record.ts';

/** Below that the balance may not go; null: it may. */
export interface Limit {
  readonly floorMicro: number | null;
  readonly warnSeconds: number;
}

export function limitOf({ mode, ceiling, warnSeconds }: LimitValues): Limit {
  const floorMicro = mode === 'none' ? null : mode === 'prepaid' ? 0 : -microOf(ceiling);
  return { floorMicro: floorMicro === 0 ? 0 : floorMicro, warnSeconds };
}

/** Calls of a week are longer than any that is real. */
const longestMs = 7 * 86_400_000;

/** An account while the server runs: its balance, and what its calls cost until now. */
export class Account {
  readonly name: string;
  limit: Limit;
  balanceMicro: number;
  /** Answered calls without a record, in the order of their answers. */
  readonly calls = new Map<string, OpenCall>();
  /** The last moment at which the calls can all be paid; null: not in sight. */
  exhaustedAtMs: number | null = null;
  /** A warning was played for that end. */
  isWarned = false;
  /** The ledger or the configuration has it; another is forgotten with its last call. */
  isKept = false;

  constructor(name: string, limit: Limit, balanceMicro: number) {
    this.name = name;
    this.limit = limit;
    this.balanceMicro = balanceMicro;
  }

  /** What the calls cost at that moment, all increments that were begun included. */
  owedMicro(steadyMs: number): number {
    let owed = 0;
    for (const call of this.calls.values()) owed += callCostMicro(call, steadyMs);
    return owed;
  }

  /** What may be spent beyond what the calls have cost; infinite without a limit. */
  availableMicro(steadyMs: number): number {
    if (this.limit.floorMicro === null) return Number.POSITIVE_INFINITY;
    return this.balanceMicro - this.limit.floorMicro - this.owedMicro(steadyMs);
  }

  /**
   * The last millisecond from `fromMs` on at which all calls can be paid; `fromMs` itself when they cannot be even
   * then; null: it is not in sight, or no call is left to end. Cost only grows, so halving finds it.
   */
  exhaustion(fromMs: number): number | null {
    if (![...this.calls.values()].some(({ cap }) => cap === null)) return null;
    if (this.availableMicro(fromMs + longestMs) >= 0) return null;
    let [paid, unpaid] = [fromMs, fromMs + longestMs];
    while (unpaid - paid > 1) {
      const middle = Math.floor((paid + unpaid) / 2);
      if (this.availableMicro(middle) >= 0) paid = middle;
      else unpaid = middle;
    }
    return paid;
  }
}

export function callCostMicro({ answeredSteadyMs, cap, rate }: OpenCall, steadyMs: number): number {
  if (cap !== null) return cap.micro;
  if (rate === null || answeredSteadyMs === null) return 0;
  return costMicro(rate, steadyMs - answeredSteadyMs);
}
