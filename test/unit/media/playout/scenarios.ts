/** The networks that playout is judged on, and what came of them: for the tests and for the table in the docs. */
import { burstPattern, bursts, clean, evenJitter, type Network, normalJitter, queuedJitter, spike } from './network.ts';
import { type CallResult, largestStep, meanOf, quantile, simulate } from './simulate.ts';
import { spectralDistance } from './spectrum.ts';
import { speech } from './speech.ts';

export const burstSeed = 5;
export const burstSeconds = 60;

export interface Figures {
  readonly p1Ms: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly concealedPercent: number;
  readonly stretchedMs: number;
  readonly droppedMs: number;
}

export function figuresOf(result: CallResult): Figures {
  return {
    p1Ms: quantile(result.delaysMs, 0.01),
    meanMs: meanOf(result.delaysMs),
    p99Ms: quantile(result.delaysMs, 0.99),
    concealedPercent: result.concealedMs / (result.seconds * 10),
    stretchedMs: result.stretchedMs,
    droppedMs: result.droppedMs,
  };
}

export interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly network: () => Network;
  readonly ppm?: number;
  readonly phaseMs?: number;
}

export const scenarios = {
  clean: { name: 'clean (0.5 ms of jitter)', seconds: 600, network: clean },
  cleanAtTheEdge: { name: 'clean, packets come as the tick does', seconds: 600, network: clean, phaseMs: 9.8 },
  evenJitter: { name: 'jitter, even over 30 ms', seconds: 600, network: () => evenJitter(30) },
  normalJitter: { name: 'jitter, normal, 30 ms by RFC 3550', seconds: 600, network: () => normalJitter(30) },
  queuedJitter: { name: 'the same in a queue (no overtaking)', seconds: 600, network: () => queuedJitter(30) },
  bursts: { name: '5 % lost, 60 ms at a time', seconds: 600, network: () => bursts(0.05, 3, burstSeed) },
  fastClock: { name: 'sender 300 ppm fast', seconds: 3600, network: clean, ppm: 300 },
  slowClock: { name: 'sender 300 ppm slow', seconds: 3600, network: clean, ppm: -300 },
  spike: { name: 'one spike of 500 ms in a minute', seconds: 60, network: () => spike(30_000, 500) },
} as const satisfies Record<string, Scenario>;

export function run(scenario: Scenario): CallResult {
  const { seconds, network, ppm = 0, phaseMs = 7 } = scenario;
  return simulate({ source: speech(40), network: network(), seconds, ppm, phaseMs, figuresOnly: true });
}

export interface BurstQuality {
  readonly meanDb: number;
  readonly worst5Db: number;
  /** Largest step between two samples, in standard deviations of the source's steps: heard, and in the source. */
  readonly step: number;
  readonly sourceStep: number;
}

/** A minute of speech of which 5 % is lost, 60 ms at a time: how far what is heard lies from what was said. */
export function burstQuality(): BurstQuality {
  const source = speech(burstSeconds);
  const network = bursts(0.05, 3, burstSeed);
  const { output, places } = simulate({ source, network });
  const starts = [...places.entries()].filter(([, place]) => !Number.isNaN(place));
  let at = 0;
  const distance = spectralDistance(source, output, (sample) => {
    while (at + 1 < starts.length && (starts[at + 1]?.[1] ?? 0) <= sample) at++;
    const [tick, place] = starts[at] ?? [0, 0];
    return tick * 160 - place;
  });
  return { ...distance, step: largestStep(output, source), sourceStep: largestStep(source, source) };
}

/** Packets of 20 ms that every receiver loses in the minute of `burstQuality`. */
export function lostInBursts(): readonly number[] {
  const isLost = burstPattern(0.05, 3, burstSeed);
  return Array.from({ length: burstSeconds * 50 }, (_, packet) => packet).filter(isLost);
}

/** Ms after the end of the spike until the delay is within 20 ms of what it was before. */
export function msToRecover(result: CallResult): number {
  const before = result.delaysMs[1490] ?? 0;
  let lastHigh = 30_500;
  result.delaysMs.forEach((delayMs, tick) => {
    if (tick * 20 > 30_500 && delayMs > before + 20) lastHigh = tick * 20;
  });
  return lastHigh - 30_500;
}
