/** What modules do with SIP beside calls: requests outside dialogs, and event packages that peers subscribe to (RFC 6665). */
import { CodedError, type Disposable, type Endpoint } from '../runtime/index.ts';
import type { Flow, NotifierHandlers, OutgoingRequest, RequestOutcome, ServerSubscription } from '../sip/index.ts';
import { admitDuringShutdown } from './admission.ts';
import type { Engine } from './engine.ts';
import { mayDial } from './may-dial.ts';
import { destinationsOf, mustBeOneLine, routesOf } from './originate.ts';

/** Who subscribes: what `sip.trusted` and `calls.authenticate` say of the SUBSCRIBE. */
export interface Subscriber {
  /** The peer is in `sip.trusted`. */
  readonly trusted: boolean;
  /** Whose password it showed; null: it was not asked. */
  readonly user: string | null;
}

/** An event package that a module serves; durations in seconds. */
export interface EventPackage extends Omit<NotifierHandlers, 'onSubscribe' | 'admitTarget'> {
  /** A new subscription, past `calls.authenticate`: `accept` or `reject` it. */
  onSubscribe(subscription: ServerSubscription, subscriber: Subscriber): void;
}

/** For `CallEngine.request`. @throws CodedError `dial.forbidden`, `dial.failed`. */
export function sendOutside(engine: Engine, options: OutgoingRequest): Promise<RequestOutcome> {
  const { requestUri, from, to, nextHop, outboundProxy, headers = [] } = options;
  for (const text of [requestUri, from, to, nextHop ?? '', outboundProxy ?? '']) mustBeOneLine(options.method, text);
  for (const [name, value] of headers) mustBeOneLine(name, value);
  const hops = {
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
  const permits = [...destinationsOf(requestUri, hops), ...routesOf(headers)].map((uri) =>
    mayDial(engine.dialRules, uri),
  );
  return engine.parts.sip.request({
    ...options,
    admitTarget: (target) =>
      permits.every((permit) => permit.admits(target.address)) && (options.admitTarget?.(target) ?? true),
  });
}

/** For `CallEngine.serveEvents`. @throws CodedError `module.failed` when the package is served already. */
export function serveEventPackage(engine: Engine, eventPackage: string, options: EventPackage): Disposable {
  const { sip, config } = engine.parts;
  return sip.notifier(eventPackage, {
    ...options,
    admitTarget: (target, uri, flow) => admitsSubscriber(engine, target, uri, flow),
    onSubscribe(subscription) {
      const refusal = admitDuringShutdown(config.calls, engine.shutdownMode);
      if (refusal !== null) {
        subscription.reject(refusal.status, refusal.reason);
        return;
      }
      const { request, flow } = subscription;
      options.onSubscribe(subscription, { trusted: flow.trusted, user: engine.callerAuth.userOf(request) });
    },
  });
}

/** A Contact is what the subscriber says: it leads back to them, or where we may dial anyway. */
function admitsSubscriber(engine: Engine, { address }: Endpoint, uri: string, { remote }: Flow): boolean {
  if (address === remote.address) return !engine.dialRules.deniesAddress(address);
  try {
    return mayDial(engine.dialRules, uri).admits(address);
  } catch (fault) {
    if (fault instanceof CodedError) return false;
    throw fault;
  }
}
