import type { Counters } from '../runtime/index.ts';
import type { IceTotals } from './worker/protocol.ts';

const help =
  'What ICE and DTLS packets of browser legs met. Rising unauthorized, strangers or otherProtocols: somebody else sends to our ports; timeouts: browsers do not reach them.';

/** What the browser legs of all engines met, as one family of counters by the names of `IceTotals`. */
export class IceFigures {
  /** Of engines that died: totals never go down. */
  readonly #before = new Map<string, number>();

  constructor(counters: Counters, engines: () => readonly (IceTotals | undefined)[]) {
    counters.family('callbus_media_ice_total', help, 'counter', () => {
      const sums = new Map(this.#before);
      for (const totals of engines()) add(sums, totals);
      return [...sums].map(([event, value]) => ({ labels: { event }, value }));
    });
  }

  /** The last report of an engine that died. */
  keep(totals: IceTotals | undefined): void {
    add(this.#before, totals);
  }
}

function add(sums: Map<string, number>, totals: IceTotals | undefined): void {
  for (const [name, count] of Object.entries(totals ?? {})) sums.set(name, (sums.get(name) ?? 0) + count);
}
