/** Fingerprints of a run: everything that a server published, and every packet that it sent. */
import { createHash } from 'node:crypto';
import type { Bus } from '../../core/di/index.ts';
import {
  type Clock,
  type Disposable,
  type Endpoint,
  formatEndpoint,
  type SimInternet,
} from '../../core/runtime/index.ts';

export interface Fingerprint extends Disposable {
  /** Hexadecimal, of everything so far. */
  digest(): string;
  readonly count: number;
}

/** All events of the bus with their simulated times, in order. */
export function eventHash(bus: Bus, clock: Clock): Fingerprint {
  const hash = createHash('sha256');
  let count = 0;
  const subscription = bus.subscribe('*', ['*:*'], (event) => {
    count++;
    hash.update(`${clock.nowMs()} ${stableText(event)}\n`);
  });
  return {
    digest: () => hash.copy().digest('hex'),
    get count() {
      return count;
    },
    dispose: () => subscription.dispose(),
  };
}

/** All media packets that a host sent: when, to whom, every byte. */
export function audioHash(internet: SimInternet, addresses: readonly string[]): Fingerprint {
  const hash = createHash('sha256');
  const names = new WeakMap<Endpoint, Uint8Array>();
  // Gathered in one buffer: hashing piece by piece costs more than the hash itself.
  const gathered = new Uint8Array(256 * 1024);
  const view = new DataView(gathered.buffer);
  let filled = 0;
  let count = 0;
  const put = (bytes: Uint8Array): void => {
    gathered.set(bytes, filled);
    filled += bytes.length;
  };
  const flush = (): void => {
    hash.update(gathered.subarray(0, filled));
    filled = 0;
  };
  const nameOf = (endpoint: Endpoint): Uint8Array => {
    const known = names.get(endpoint);
    if (known !== undefined) return known;
    const name = Buffer.from(formatEndpoint(endpoint));
    names.set(endpoint, name);
    return name;
  };
  const tap = internet.tap((traffic) => {
    if (traffic.kind !== 'datagram' || traffic.stage !== 'sent' || !traffic.media) return;
    if (!addresses.includes(traffic.from.address)) return;
    count++;
    if (filled + traffic.bytes.length + 100 > gathered.length) flush();
    view.setFloat64(filled, traffic.atMs);
    filled += 8;
    put(nameOf(traffic.to));
    put(traffic.bytes);
  });
  return {
    digest() {
      flush();
      return hash.copy().digest('hex');
    },
    get count() {
      return count;
    },
    dispose: () => tap.dispose(),
  };
}

/** JSON with sorted keys; what JSON has no form for is spelled out. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Uint8Array) return `bytes:${Buffer.from(part).toString('hex')}`;
    if (typeof part === 'object' && part !== null && !Array.isArray(part)) {
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return part;
  });
}
