/** Requests outside a dialog: OPTIONS, and the methods that nobody serves (reference/applications 1.4). */
import { type Clock, type Counters, formatEndpoint, type Log } from '../runtime/index.ts';
import type { ServerRequest } from '../sip/index.ts';
import { admitDuringShutdown } from './admission.ts';
import type { CallsConfig } from './config.ts';
import { LogBudget } from './log-budget.ts';

export interface RequestRules {
  readonly calls: CallsConfig;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  shutdownMode(): boolean;
  /** The application that would serve a call to the same Request-URI, or null. */
  route(request: ServerRequest): string | null;
}

/** A scanner's requests are told in the log this often a minute. */
const linesPerMinute = 10;

export function outOfDialogRequests(rules: RequestRules): (request: ServerRequest) => void {
  const budget = new LogBudget(rules.clock, linesPerMinute, 60_000);
  const counter = rules.counters.counter(
    'callbus_call_requests_outside_total',
    'Requests outside a dialog, by what they were answered',
  );
  return (request) => {
    if (request.request.method === 'OPTIONS') {
      const refusal = admitDuringShutdown(rules.calls, rules.shutdownMode());
      // The stack adds what an answer to OPTIONS must tell (RFC 3261 11.2).
      request.respond(refusal?.status ?? 200, refusal?.reason ?? 'OK');
      counter.add(1, { status: String(refusal?.status ?? 200) });
      return;
    }
    // 1.4: "Other method outside a dialog, app known … default 501; app unknown 404".
    const [status, reason] =
      rules.route(request) === null ? ([404, 'Not Found'] as const) : ([501, undefined] as const);
    request.respond(status, reason);
    counter.add(1, { status: String(status) });
    const leftOut = budget.take();
    if (leftOut === null) return;
    const source = formatEndpoint(request.flow.remote);
    const method = request.request.method.slice(0, 20);
    rules.log.info('refused a request outside a dialog', { method, status, source, ...leftOut });
  };
}
