import type { Counters } from '../runtime/index.ts';
import type { IceTotals, OnePortTotals } from './worker/protocol.ts';

/**
 * What the browser legs of all engines met, as one family of counters by the names of `IceTotals`. Rising
 * `unauthorized`, `strangers` or `otherProtocols`: somebody else sends to our ports; `timeouts`: browsers do not reach them.
 */
export function iceFigures(counters: Counters, engines: () => readonly (IceTotals | undefined)[]): EngineFigures {
  return new EngineFigures(counters, 'callbus_media_ice_total', help, engines);
}

/** What came to the port that they share, by the names of `OnePortTotals`. */
export function browserPortFigures(
  counters: Counters,
  engines: () => readonly (OnePortTotals | undefined)[],
): EngineFigures {
  return new EngineFigures(counters, 'callbus_media_browser_port_total', portHelp, engines);
}

/** Totals of all engines, as one family of counters by their names. */
export class EngineFigures {
  /** Of engines that died: totals never go down. */
  readonly #before = new Map<string, number>();

  constructor(counters: Counters, family: string, help: string, engines: () => readonly (object | undefined)[]) {
    counters.family(family, help, 'counter', () => {
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
