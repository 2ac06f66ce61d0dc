/** Requests outside a dialog: OPTIONS, and the methods that nobody serves (reference/applications 1.4). */
import type { Counters, Log } from '../runtime/index.ts';
import type { HeaderLine, ServerRequest } from '../sip/index.ts';
import { admitDuringShutdown } from './admission.ts';
import type { CallsConfig } from './config.ts';
import { sdpType } from './sdp-body.ts';

/** What we can do (RFC 3261 11.2); also told with a refusal. */
const capabilityHeaders: readonly HeaderLine[] = [
  ['Allow', 'INVITE,ACK,BYE,CANCEL,OPTIONS,INFO,PRACK,UPDATE'],
  ['Accept', sdpType],
  ['Supported', ''],
];

export interface RequestRules {
  readonly calls: CallsConfig;
  readonly counters: Counters;
  readonly log: Log;
  shutdownMode(): boolean;
  /** The application that would serve a call to the same Request-URI, or null. */
  route(request: ServerRequest): string | null;
}

/** A scanner's requests are told in the log this often, then only counted. */
const loggedOfEachMethod = 20;

export function outOfDialogRequests(rules: RequestRules): (request: ServerRequest) => void {
  const logged = new Map<string, number>();
  const counter = rules.counters.counter(
    'callbus_call_requests_outside_total',
    'Requests outside a dialog, by what they were answered',
  );
  return (request) => {
    if (request.request.method === 'OPTIONS') {
      const refusal = admitDuringShutdown(rules.calls, rules.shutdownMode());
      request.respond(refusal?.status ?? 200, refusal?.reason ?? 'OK', { headers: capabilityHeaders });
      counter.add(1, { status: String(refusal?.status ?? 200) });
      return;
    }
    // 1.4: "Other method outside a dialog, app known … default 501; app unknown 404".
    const [status, reason] =
      rules.route(request) === null ? ([404, 'Not Found'] as const) : ([501, undefined] as const);
    request.respond(status, reason);
    counter.add(1, { status: String(status) });
    const method = request.request.method.slice(0, 20);
    const times = (logged.get(method) ?? 0) + 1;
    if (times > loggedOfEachMethod || logged.size > 50) return;
    logged.set(method, times);
    const { address } = request.flow.remote;
    const last = times === loggedOfEachMethod ? '; more of these are only counted' : '';
    rules.log.info(`refused a request outside a dialog${last}`, { method, status, source: address });
  };
}
