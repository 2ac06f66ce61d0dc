/**
 * Can this server take a call now? Asked by `/readyz`. What must be tried (writing to the storage) is tried at most
 * every few seconds, however often somebody asks.
 */
import type { MediaPool } from './media/index.ts';
import { asCodedError, type Clock, CodedError, sleep } from './runtime/index.ts';
import type { Storage } from './storage/index.ts';

/** Why it cannot, one sentence each; empty: it can. */
export type HealthReasons = readonly HealthReason[];

export interface HealthReason {
  readonly part: 'server' | 'storage' | 'media';
  readonly reason: string;
}

export interface HealthParts {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly media: Pick<MediaPool, 'load'>;
  readonly phase: () => 'starting' | 'ready' | 'draining' | 'stopped';
  /** New calls are refused on demand (`set_shutdownmode`). */
  readonly refusesCalls: () => boolean;
}

const probeEveryMs = 5000;
const probePatienceMs = 2000;

export function createHealth({
  clock,
  storage,
  media,
  phase,
  refusesCalls,
}: HealthParts): () => Promise<HealthReasons> {
  let probedMs = Number.NEGATIVE_INFINITY;
  let probe: Promise<HealthReasons> = Promise.resolve([]);

  async function tryStorage(): Promise<HealthReasons> {
    const over = new AbortController();
    try {
      const late = sleep(clock, probePatienceMs, over.signal).then(() => {
        throw new CodedError('storage.failed', `no answer within ${probePatienceMs} ms`);
      });
      await Promise.race([storage.keyValue('health').set('probe', clock.unixMs()), late]);
      return [];
    } catch (fault) {
      return [{ part: 'storage', reason: asCodedError(fault, 'storage.failed').detail }];
    } finally {
      over.abort();
    }
  }

  return async () => {
    const now = phase();
    if (now !== 'ready') return [{ part: 'server', reason: now }];
    if (clock.nowMs() - probedMs >= probeEveryMs) {
      probedMs = clock.nowMs();
      probe = tryStorage();
    }
    const { workers } = media.load();
    const dead = workers.flatMap(({ alive }, index) => (alive ? [] : [index]));
    return [
      ...(refusesCalls() ? [{ part: 'server', reason: 'new calls are refused (set_shutdownmode)' } as const] : []),
      ...(await probe),
      ...dead.map((index): HealthReason => ({ part: 'media', reason: `worker ${index} is dead` })),
    ];
  };
}
