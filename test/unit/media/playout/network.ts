/** Ways through a network: the delay of each packet, or null where it is lost. */
import { normalOf, randomOf } from './speech.ts';

export type Network = (packet: number, sentMs: number) => number | null;

/** Hardly any jitter: a switched network. */
export function clean(seed = 1): Network {
  const random = randomOf(seed);
  return () => 30 + random() * 0.5;
}

/** Delays spread evenly over `spreadMs`. */
export function evenJitter(spreadMs: number, seed = 2): Network {
  const random = randomOf(seed);
  return () => 30 + random() * spreadMs;
}

/** Delays of a normal distribution whose RFC 3550 jitter (mean difference of two) is `jitterMs`. */
export function normalJitter(jitterMs: number, seed = 3): Network {
  const normal = normalOf(randomOf(seed));
  const sigmaMs = (jitterMs * Math.sqrt(Math.PI)) / 2;
  return () => Math.max(0, 200 + normal() * sigmaMs);
}

/** The same in a queue: no packet overtakes another. */
export function queuedJitter(jitterMs: number, seed = 4): Network {
  const network = normalJitter(jitterMs, seed);
  let lastMs = 0;
  return (packet, sentMs) => {
    lastMs = Math.max(lastMs, sentMs + (network(packet, sentMs) ?? 0));
    return lastMs - sentMs;
  };
}

/** Of all packets `share` are lost, `length` at a time, at least as many apart. */
export function bursts(share: number, length: number, seed = 5): Network {
  const lost = burstPattern(share, length, seed);
  const way = clean(seed);
  return (packet, sentMs) => (lost(packet) ? null : way(packet, sentMs));
}

/** Which packets are lost: the same for every receiver. */
export function burstPattern(share: number, length: number, seed: number): (packet: number) => boolean {
  const lost: boolean[] = [];
  const random = randomOf(seed);
  const chance = share / length / (1 - share);
  return (packet) => {
    while (lost.length <= packet) {
      const starts = lost.length > 25 && random() < chance;
      for (let i = 0; i < (starts ? length : 1); i++) lost.push(starts);
      if (starts) lost.push(false);
    }
    return lost[packet] ?? false;
  };
}

/** Nothing gets through for `spikeMs` from `atMs` on; then all of it comes at once. */
export function spike(atMs: number, spikeMs: number): Network {
  const way = clean();
  return (packet, sentMs) => {
    const delay = way(packet, sentMs) ?? 0;
    const isHeld = sentMs >= atMs && sentMs < atMs + spikeMs;
    return isHeld ? atMs + spikeMs - sentMs + delay : delay;
  };
}
