import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.ts';
import { CodedError } from './errors.ts';

/** Are both the same? The time says nothing about where they differ, nor how long they are. */
export function equalSecrets(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(expected));
}

export interface SecretAttemptsOptions {
  /** Wrong tries in a row before a source is locked out. */
  readonly maxFailures: number;
  readonly lockMs: number;
  /** Sources remembered; the one that failed longest ago is forgotten first. */
  readonly maxSources?: number;
}

/**
 * Slows down guessing of PINs and passwords: after `maxFailures` wrong tries in a row a source is
 * refused for `lockMs`, right or wrong (design, section 2). No timers; memory is bounded.
 */
export class SecretAttempts {
  readonly #clock: Clock;
  readonly #options: Required<SecretAttemptsOptions>;
  /** In the order of the last failure. */
  readonly #failures = new Map<string, { count: number; atMs: number }>();

  constructor(clock: Clock, options: SecretAttemptsOptions) {
    this.#clock = clock;
    this.#options = { maxSources: 10_000, ...options };
  }

  /**
   * Compares in constant time, and counts. `source` says who tries what (address and room, say).
   * @throws CodedError `rpc.tooManyRequests` while the source is locked out.
   */
  check(source: string, given: string, expected: string): boolean {
    return this.attempt(source, () => (equalSecrets(given, expected) ? true : null)) === true;
  }

  /**
   * The same for a comparison of the caller's own, which gives null for a wrong secret.
   * @throws CodedError `rpc.tooManyRequests` while the source is locked out.
   */
  attempt<T>(source: string, compare: () => T | null): T | null {
    const failure = this.#recent(source);
    if (failure !== null && failure.count >= this.#options.maxFailures) throw this.#lockedOut(failure.atMs);
    const found = compare();
    if (found === null) this.#fail(source, (failure?.count ?? 0) + 1);
    else this.#failures.delete(source);
    return found;
  }

  #lockedOut(failedAtMs: number): CodedError {
    const seconds = Math.ceil((failedAtMs + this.#options.lockMs - this.#clock.nowMs()) / 1000);
    return new CodedError('rpc.tooManyRequests', `too many wrong secrets; try again in ${seconds} s`);
  }

  #recent(source: string): { count: number; atMs: number } | null {
    const failure = this.#failures.get(source);
    if (failure === undefined) return null;
    if (this.#clock.nowMs() - failure.atMs < this.#options.lockMs) return failure;
    this.#failures.delete(source);
    return null;
  }

  #fail(source: string, count: number): void {
    this.#failures.delete(source);
    this.#failures.set(source, { count, atMs: this.#clock.nowMs() });
    if (this.#failures.size <= this.#options.maxSources) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}
