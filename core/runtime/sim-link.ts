import type { Random } from './random.ts';

/** What a simulated link does to packets. Probabilities are 0..1. */
export interface Impairments {
  /** One way. */
  readonly latencyMs: number;
  /** Added to the latency: uniform between 0 and this. */
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplicate: number;
  /** Share of packets that are held back by `reorderMs`, so that later ones overtake them. */
  readonly reorder: number;
  readonly reorderMs: number;
}

export const perfectLink: Impairments = {
  latencyMs: 5,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 30,
};

/** The delays of the copies of one packet that arrive: none when it is lost, two when duplicated. */
export function arrivalDelaysMs(link: Impairments, random: Random): readonly number[] {
  if (link.loss > 0 && random.fraction() < link.loss) return [];
  const first = delayMs(link, random);
  if (link.duplicate > 0 && random.fraction() < link.duplicate) return [first, delayMs(link, random)];
  return [first];
}

function delayMs(link: Impairments, random: Random): number {
  let delay = link.latencyMs;
  if (link.jitterMs > 0) delay += random.fraction() * link.jitterMs;
  if (link.reorder > 0 && random.fraction() < link.reorder) delay += link.reorderMs;
  return delay;
}

/** True when nothing is left to chance: one copy, after the latency. */
export function isPlain(link: Impairments): boolean {
  return link.jitterMs === 0 && link.loss === 0 && link.duplicate === 0 && link.reorder === 0;
}
