/**
 * Targets that failed a short while ago (core-and-sbc 2.4): new calls go past them as long as
 * there is another. In time order, so that old ones go without a timer.
 */
import { type Clock, formatEndpoint } from '../runtime/index.ts';
import type { Hop } from './flow.ts';
import { BLACKLIST_ENTRIES } from './stack-limits.ts';

export class Blacklist {
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #untilMs = new Map<string, number>();

  /** `durationMs` 0: nothing is ever listed. */
  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  get size(): number {
    return this.#untilMs.size;
  }

  /** Lists `hop`, for `durationMs` where its 503 said how long (Retry-After). */
  add(hop: Hop, durationMs: number = this.#durationMs): void {
    if (this.#durationMs === 0 || durationMs <= 0) return;
    const key = keyOf(hop);
    this.#untilMs.delete(key);
    if (this.#untilMs.size >= BLACKLIST_ENTRIES) this.#makeRoom();
    this.#untilMs.set(key, this.#clock.nowMs() + durationMs);
  }

  /** The peer answers after all. */
  forget(hop: Hop): void {
    if (this.#untilMs.size > 0) this.#untilMs.delete(keyOf(hop));
  }

  has(hop: Hop): boolean {
    if (this.#untilMs.size === 0) return false;
    const key = keyOf(hop);
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.nowMs()) return true;
    this.#untilMs.delete(key);
    return false;
  }

  /** `hops` without the listed ones; all of them when no other is left: better a try than none. */
  filter(hops: readonly Hop[]): readonly Hop[] {
    if (this.#untilMs.size === 0) return hops;
    const good = hops.filter((hop) => !this.has(hop));
    return good.length === 0 ? hops : good;
  }

  /** Expired ones go; when there are none, the oldest. */
  #makeRoom(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(key);
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined && this.#untilMs.size >= BLACKLIST_ENTRIES) this.#untilMs.delete(oldest);
  }
}

function keyOf(hop: Hop): string {
  return `${hop.transport} ${formatEndpoint(hop)}`;
}
