import type { CounterSample, Counters } from '../runtime/index.ts';
import type { IceTotals, OnePortTotals } from './worker/protocol.ts';

/**
 * What the browser legs of all engines met, as one family of counters by the names of `IceTotals`. Rising
 * `unauthorized`, `strangers` or `otherProtocols`: somebody else sends to our ports; `timeouts`: browsers do not reach them.
 */
export function iceFigures(counters: Counters, engines: () => readonly (IceTotals | undefined)[]): EngineFigures {
  return new EngineFigures(engines, (read) =>
    counters.family('callbus_media_ice_total', 'Checks and packets of browser legs, by what was met', 'counter', read),
  );
}

/**
 * What came to the port that they share, by the names of `OnePortTotals`. Paths are addresses of browsers; rising
 * `strangers` or `connectionsRefused`: somebody else sends to it.
 */
export function browserPortFigures(
  counters: Counters,
  engines: () => readonly (OnePortTotals | undefined)[],
): EngineFigures {
  return new EngineFigures(engines, (read) =>
    counters.family(
      'callbus_media_browser_port_total',
      'What came to media.browserPort, by what was met',
      'counter',
      read,
    ),
  );
}

/** Totals of all engines, as one family of counters by their names. */
export class EngineFigures {
  /** Of engines that died: totals never go down. */
  readonly #before = new Map<string, number>();

  constructor(engines: () => readonly (object | undefined)[], register: (read: () => CounterSample['values']) => void) {
    register(() => {
      const sums = new Map(this.#before);
      for (const totals of engines()) add(sums, totals);
      return [...sums].map(([event, value]) => ({ labels: { event }, value }));
    });
  }

  /** The last report of an engine that died. */
  keep(totals: object | undefined): void {
    add(this.#before, totals);
  }
}

function add(sums: Map<string, number>, totals: object | undefined): void {
  for (const [name, count] of Object.entries(totals ?? {})) sums.set(name, (sums.get(name) ?? 0) + count);
}
