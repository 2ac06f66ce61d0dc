/**
 * The nonces of a digest server: unguessable, signed, with an age, and a bounded memory of the counts
 * that were used with them. A nonce is bound to no address, as NATs change those.
 *
 *   nonce = issued (8 hex digits, seconds) | random (16 hex digits) | HMAC-SHA-256 of both and realm (32 of 64)
 */
import { createHmac } from 'node:crypto';
import { type Clock, equalSecrets, type Random, secureToken } from '../runtime/index.ts';

export interface NonceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly nonceSeconds: number;
  /** Nonces in use whose counts are remembered. */
  readonly maxNonces: number;
}

/** Counts below the highest one that may still come: requests that overtake each other. */
const WINDOW = 32;
/** Nonces that a clock set back makes come from the future. */
const SKEW_SECONDS = 5;

interface Used {
  readonly issued: number;
  highest: number;
  /** Bit n: the count `highest - n` was used. */
  seen: number;
}

export class NonceBook {
  readonly #options: NonceOptions;
  readonly #secret: Uint8Array;
  /** In the order of their first use. */
  readonly #used = new Map<string, Used>();
  /** Of nonces that were forgotten before their time: what is not remembered and as old is not taken. */
  #forgottenUntil = -1;

  constructor(options: NonceOptions) {
    this.#options = options;
    this.#secret = options.random.secure(32);
  }

  /** A fresh nonce of ours for a realm. */
  issue(realm: string): string {
    const issued = this.#seconds().toString(16).padStart(8, '0');
    const start = issued + secureToken(this.#options.random, 8);
    return start + this.#sign(start, realm);
  }

  /**
   * May the request with count `count` of that nonce pass? `stale`: the nonce is too old, not of this
   * process, or the count was used before; the client gets another nonce.
   */
  use(nonce: string, realm: string, count: number): 'fresh' | 'stale' {
    const issued = this.#issuedAt(nonce, realm);
    if (issued === null || !this.#isCurrent(issued)) return 'stale';
    const used = this.#used.get(nonce);
    if (used !== undefined) return take(used, count) ? 'fresh' : 'stale';
    if (issued <= this.#forgottenUntil) return 'stale';
    this.#remember(nonce, { issued, highest: count, seen: 1 });
    return 'fresh';
  }

  #issuedAt(nonce: string, realm: string): number | null {
    if (!/^[0-9a-f]{56}$/.test(nonce)) return null;
    const start = nonce.slice(0, 24);
    return equalSecrets(nonce.slice(24), this.#sign(start, realm)) ? Number.parseInt(start.slice(0, 8), 16) : null;
  }

  #isCurrent(issued: number): boolean {
    const age = this.#seconds() - issued;
    return age <= this.#options.nonceSeconds && age >= -SKEW_SECONDS;
  }

  #remember(nonce: string, used: Used): void {
    for (const [old, { issued }] of this.#used) {
      if (this.#isCurrent(issued)) break;
      this.#used.delete(old);
    }
    this.#used.set(nonce, used);
    if (this.#used.size <= this.#options.maxNonces) return;
    for (const [oldest, { issued }] of this.#used) {
      this.#used.delete(oldest);
      this.#forgottenUntil = Math.max(this.#forgottenUntil, issued);
      break;
    }
  }

  #sign(start: string, realm: string): string {
    return createHmac('sha256', this.#secret).update(`${start}:${realm}`).digest('hex').slice(0, 32);
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.unixMs() / 1000);
  }
}

/** Marks a count as used; false: it was, or is too far behind to know. */
function take(used: Used, count: number): boolean {
  const ahead = count - used.highest;
  if (ahead > 0) {
    used.seen = ahead >= WINDOW ? 1 : ((used.seen << ahead) | 1) >>> 0;
    used.highest = count;
    return true;
  }
  const bit = -ahead;
  if (bit >= WINDOW || (used.seen & (1 << bit)) !== 0) return false;
  used.seen = (used.seen | (1 << bit)) >>> 0;
  return true;
}
