/**
 * How calls sounded: the figures of `call.quality`, which is pushed and not kept, of the last calls, for who looks
 * later. Bounded in calls and in samples: a long call is thinned, each time by every second sample.
 */
import type { PublishedEvent } from '../di/index.ts';
import { isRecord } from '../runtime/index.ts';

export type QualitySample = { readonly atMs: number } & { readonly [Name in (typeof figures)[number]]: number | null };

const figures = ['mos', 'remoteMos', 'lossFraction', 'jitterMs', 'roundTripMs', 'rxLevelDb', 'txLevelDb'] as const;

export interface QualityBounds {
  readonly calls: number;
  readonly samples: number;
}

interface Curve {
  samples: QualitySample[];
  /** One of so many events is kept. */
  step: number;
  events: number;
}

export class QualityHistory {
  readonly #bounds: QualityBounds;
  /** By tag, the call that began first to be heard first. */
  readonly #curves = new Map<string, Curve>();

  constructor(bounds: QualityBounds) {
    this.#bounds = bounds;
  }

  /** A `call.quality`. */
  add({ atUnixMs, payload }: Pick<PublishedEvent, 'atUnixMs' | 'payload'>): void {
    const { call } = payload;
    if (typeof call !== 'string') return;
    const curve = this.#curveOf(call);
    if (curve.events++ % curve.step !== 0) return;
    curve.samples.push(sampleOf(atUnixMs, payload));
    if (curve.samples.length <= this.#bounds.samples) return;
    curve.samples = curve.samples.filter((_, i) => i % 2 === 0);
    curve.step *= 2;
  }

  /** Oldest first; empty: nothing is kept of that tag. */
  of(call: string): readonly QualitySample[] {
    return this.#curves.get(call)?.samples ?? [];
  }

  #curveOf(call: string): Curve {
    let curve = this.#curves.get(call);
    if (curve === undefined) {
      curve = { samples: [], step: 1, events: 0 };
      this.#curves.set(call, curve);
      const [oldest] = this.#curves.size > this.#bounds.calls ? this.#curves.keys() : [];
      if (oldest !== undefined) this.#curves.delete(oldest);
    }
    return curve;
  }
}

function sampleOf(atMs: number, payload: unknown): QualitySample {
  const number = (name: (typeof figures)[number]): number | null => {
    const value = isRecord(payload) ? payload[name] : null;
    return typeof value === 'number' ? value : null;
  };
  return {
    atMs,
    mos: number('mos'),
    remoteMos: number('remoteMos'),
    lossFraction: number('lossFraction'),
    jitterMs: number('jitterMs'),
    roundTripMs: number('roundTripMs'),
    rxLevelDb: number('rxLevelDb'),
    txLevelDb: number('txLevelDb'),
  };
}
