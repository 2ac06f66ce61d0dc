/** Requests outside a dialog: OPTIONS, MESSAGE, REFER, and the methods that nobody serves (reference/applications 1.4). */
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
  /** Answers a MESSAGE; the status. */
  onMessage(request: ServerRequest): number;
  /** Answers a REFER; the status. */
  onRefer(request: ServerRequest, application: string | null): number;
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
    const status = answer(rules, request);
    counter.add(1, { status: String(status) });
    if (status < 300 || request.request.method === 'OPTIONS') return;
    const leftOut = budget.take();
    if (leftOut === null) return;
    const source = formatEndpoint(request.flow.remote);
    const method = request.request.method.slice(0, 20);
    rules.log.info('refused a request outside a dialog', { method, status, source, ...leftOut });
  };
}

function answer(rules: RequestRules, request: ServerRequest): number {
  const { method } = request.request;
  const respond = (status: number, reason?: string): number => {
    request.respond(status, reason);
    return status;
  };
  if (method === 'OPTIONS') return onOptions(rules, request);
  // RFC 6665 4.1.3: a NOTIFY that "does not match" a subscription is 481, whomever it is for.
  if (method === 'NOTIFY') return respond(481);
  const refusal = admitDuringShutdown(rules.calls, rules.shutdownMode());
  if (refusal !== null && (method === 'MESSAGE' || method === 'REFER')) return respond(refusal.status, refusal.reason);
  const application = rules.route(request);
  if (method === 'REFER') return rules.onRefer(request, application);
  // RFC 6665 4.2.1.1: a package that nobody serves is 489; the stack adds Allow-Events.
  if (method === 'SUBSCRIBE') return respond(489);
  // 1.4: "Other method outside a dialog, app known … default 501; app unknown 404".
  if (application === null) return respond(404, 'Not Found');
  return method === 'MESSAGE' ? rules.onMessage(request) : respond(501);
}

function onOptions(rules: RequestRules, request: ServerRequest): number {
  const refusal = admitDuringShutdown(rules.calls, rules.shutdownMode());
  // The stack adds what an answer to OPTIONS must tell (RFC 3261 11.2).
  request.respond(refusal?.status ?? 200, refusal?.reason ?? 'OK');
  return refusal?.status ?? 200;
}
