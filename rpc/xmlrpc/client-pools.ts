/** Servers by application key: which is asked next, and which rests (di-interfaces 3.7). */
import { type Clock, CodedError, type Random } from '../../core/runtime/index.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** Begins with `/`. */
  readonly path: string;
  /** HTTPS: whom to believe; null: HTTP. */
  readonly tls: { readonly authorities: string | null; readonly serverName?: string } | null;
  /** Value of the Authorization header; null: none. */
  readonly authorization: string | null;
}

interface Entry {
  readonly server: ServerAddress;
  failures: number;
  /** Not asked before this `Clock.nowMs()`. */
  restUntilMs: number;
}

/** One entry of a pool, for the time of one request. */
export interface Pick {
  readonly server: ServerAddress;
  succeeded(): void;
  /** It rests from now on. */
  failed(): void;
}

export interface RestTimes {
  readonly firstMs: number;
  /** Where it is longer: doubled with each failure in a row, up to this. */
  readonly longestMs: number;
}

/** Entries of all pools together: they can be added from outside. */
const maxEntries = 1000;

export class ServerPools {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rest: RestTimes;
  readonly #pools = new Map<string, Entry[]>();
  #size = 0;

  constructor(clock: Clock, random: Random, rest: RestTimes) {
    this.#clock = clock;
    this.#random = random;
    this.#rest = rest;
  }

  /** As in SEMS the same server twice has twice the weight. @throws CodedError `module.full`. */
  add(key: string, server: ServerAddress): void {
    if (this.#size >= maxEntries) throw new CodedError('module.full', `xmlrpc2di: ${maxEntries} servers are there`);
    const pool = this.#pools.get(key) ?? [];
    pool.push({ server, failures: 0, restUntilMs: 0 });
    this.#pools.set(key, pool);
    this.#size++;
  }

  /** How many entries were removed. */
  remove(key: string, host: string, port: number): number {
    const pool = this.#pools.get(key) ?? [];
    const kept = pool.filter(({ server }) => server.host !== host || server.port !== port);
    if (kept.length === 0) this.#pools.delete(key);
    else this.#pools.set(key, kept);
    this.#size -= pool.length - kept.length;
    return pool.length - kept.length;
  }

  /** Every entry, with the seconds that it still rests. */
  list(key?: string): { key: string; server: ServerAddress; restMs: number; failures: number }[] {
    return [...this.#pools].flatMap(([name, pool]) =>
      key !== undefined && key !== name
        ? []
        : pool.map(({ server, restUntilMs, failures }) => ({
            key: name,
            server,
            restMs: Math.max(0, restUntilMs - this.#clock.nowMs()),
            failures,
          })),
    );
  }

  /** One of those that do not rest, at random; null: none. */
  pick(key: string): Pick | null {
    const nowMs = this.#clock.nowMs();
    const active = (this.#pools.get(key) ?? []).filter(({ restUntilMs }) => restUntilMs <= nowMs);
    const entry = active[this.#random.integer(Math.max(1, active.length))];
    if (entry === undefined) return null;
    return {
      server: entry.server,
      succeeded() {
        entry.failures = 0;
      },
      failed: () => {
        entry.restUntilMs = this.#clock.nowMs() + restMs(this.#rest, entry.failures);
        entry.failures++;
      },
    };
  }
}

/** How long a server rests that failed `before` times in a row already. */
export function restMs({ firstMs, longestMs }: RestTimes, before: number): number {
  // At least a moment, so that a pool of failing servers comes to an end.
  const first = Math.max(1, firstMs);
  return Math.max(first, Math.min(longestMs, first * 2 ** Math.min(before, 20)));
}
