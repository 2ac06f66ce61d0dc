/** The event packages that we notify of (RFC 6665 4.2), and who may subscribe how long. */
import { CodedError, type Disposable, type Endpoint } from '../runtime/index.ts';
import { dataOpenedBy, peerEndOf } from './dialog-data.ts';
import { ownContact } from './dialog-server.ts';
import { mediaType } from './multipart.ts';
import { NotifierSubscription } from './notifier-subscription.ts';
import { PendingRequest } from './server-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCore } from './sip-core.ts';
import { SubscriptionDialog } from './subscription-dialog.ts';
import { parseEvent, parseSeconds } from './subscription-headers.ts';
import type { NotifierHandlers, ServerSubscription, UsageDialog } from './subscription-types.ts';
import type { Dialog, HeaderLine, ServerRequest, SipRequest } from './types.ts';

/** Subscriptions of one address that is not in `sip.trusted`, and of all. */
const MAX_PER_SOURCE = 200;
const MAX_SUBSCRIPTIONS = 20_000;

export interface ImplicitOptions {
  readonly event: string;
  readonly id: string | null;
  readonly expiresSeconds: number;
}

export class Notifiers {
  readonly #core: SipCore;
  readonly #bySource = new Map<string, number>();

  constructor(core: SipCore) {
    this.#core = core;
  }

  /** @throws CodedError `module.failed` when the package has a notifier already. */
  register(eventPackage: string, handlers: NotifierHandlers): Disposable {
    const name = eventPackage.toLowerCase();
    if (this.#core.subscriptions.packages.has(name))
      throw new CodedError('module.failed', `the event package ${name} is served already`);
    this.#core.subscriptions.packages.set(name, handlers);
    return {
      dispose: () => {
        if (this.#core.subscriptions.packages.get(name) === handlers) this.#core.subscriptions.packages.delete(name);
      },
    };
  }

  get packages(): readonly string[] {
    return [...this.#core.subscriptions.packages.keys()];
  }

  /** A SUBSCRIBE whose package has a notifier. */
  serves(request: SipRequest): boolean {
    return this.#handlersOf(request) !== null;
  }

  #handlersOf(request: SipRequest): NotifierHandlers | null {
    const event = parseEvent(request.header('event') ?? '');
    return event === null ? null : (this.#core.subscriptions.packages.get(event.package) ?? null);
  }

  /** A SUBSCRIBE outside a dialog, for a package that `serves` knows. */
  open(transaction: ServerTransaction): void {
    const pending = usageRequest(this.#core, transaction);
    const dialog = this.#dialogOf(transaction, this.#handlersOf(transaction.request));
    if (dialog === null) pending.respond(400, 'Missing or malformed Contact or Record-Route');
    else this.#subscribe(pending, dialog, null);
  }

  /** A SUBSCRIBE in an INVITE dialog that is no refresh; false: no notifier serves its package. */
  openWithin(dialog: Dialog, pending: ServerRequest): boolean {
    if (!this.serves(pending.request)) return false;
    this.#subscribe(pending, dialog, dialog);
    return true;
  }

  /**
   * The subscription that a REFER makes (RFC 3515 2.4.4), in the INVITE dialog or outside (null).
   * @throws CodedError `sip.malformed` for a request without a usable Contact.
   */
  implicit(dialog: Dialog | null, request: ServerRequest, options: ImplicitOptions): ServerSubscription {
    const own = dialog ?? (request instanceof PendingRequest ? this.#dialogOf(request.transaction, null) : null);
    if (own === null) throw new CodedError('sip.malformed', 'Missing or malformed Contact or Record-Route');
    const first =
      dialog === null && request instanceof PendingRequest ? usageRequest(this.#core, request.transaction) : request;
    if (first !== request && request instanceof PendingRequest) request.abandon();
    return this.#make(first, own, dialog, { ...options, implicit: true, handlers: implicitHandlers });
  }

  #subscribe(pending: ServerRequest, dialog: UsageDialog, shared: Dialog | null): void {
    const { request } = pending;
    const event = parseEvent(request.header('event') ?? '');
    const handlers = event === null ? undefined : this.#core.subscriptions.packages.get(event.package);
    if (event === null || handlers === undefined) {
      pending.respond(489);
      return;
    }
    if (!accepts(request, handlers.types ?? [])) {
      pending.respond(406, undefined, { headers: [['Accept', (handlers.types ?? []).join(', ')]] });
      return;
    }
    const granted = grant(request, handlers);
    if (typeof granted !== 'number') {
      pending.respond(granted.status, undefined, { headers: granted.headers });
      return;
    }
    if (this.#isFull(pending)) {
      this.#core.counters.limited.add(1, { limit: 'subscriptions' });
      pending.respond(503, undefined, { headers: [['Retry-After', '60']] });
      return;
    }
    const { package: name, id } = event;
    const options = { event: name, id, expiresSeconds: granted, implicit: false, handlers };
    const subscription = this.#make(pending, dialog, shared, options);
    try {
      handlers.onSubscribe(subscription);
    } catch (fault) {
      this.#core.counters.ownerFaults.add();
      this.#core.log.error('a notifier threw', { event: name, fault });
      subscription.reject(500);
    }
  }

  #make(
    first: ServerRequest,
    dialog: UsageDialog,
    shared: Dialog | null,
    options: ImplicitOptions & { readonly implicit: boolean; readonly handlers: NotifierHandlers },
  ): NotifierSubscription {
    const source = first.flow.remote.address;
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    let counted = true;
    return new NotifierSubscription({
      core: this.#core,
      first,
      dialog,
      shared,
      event: options.event,
      id: options.id,
      expiresSeconds: options.expiresSeconds,
      implicit: options.implicit,
      grant: (request) => grant(request, options.handlers),
      onOver: () => {
        if (!counted) return;
        counted = false;
        const left = (this.#bySource.get(source) ?? 1) - 1;
        if (left === 0) this.#bySource.delete(source);
        else this.#bySource.set(source, left);
      },
    });
  }

  #isFull({ flow }: ServerRequest): boolean {
    if (this.#core.subscriptions.size >= MAX_SUBSCRIPTIONS) return true;
    return !flow.trusted && (this.#bySource.get(flow.remote.address) ?? 0) >= MAX_PER_SOURCE;
  }

  #dialogOf({ request, flow, toTag }: ServerTransaction, handlers: NotifierHandlers | null): SubscriptionDialog | null {
    const peerEnd = peerEndOf(request);
    if (typeof peerEnd === 'string') return null;
    const data = dataOpenedBy(request, toTag, 0, peerEnd);
    const admitTarget =
      handlers?.admitTarget === undefined
        ? null
        : (target: Endpoint, uri: string) => handlers.admitTarget?.(target, uri, flow) ?? true;
    return new SubscriptionDialog({ core: this.#core, flow, credentials: [], data, admitTarget });
  }
}

/**
 * A request of a subscription's own dialog, with what its 2xx owes: our Contact, and "the UAS MUST copy all
 * Record-Route header field values from the request" (12.1.1).
 */
export function usageRequest(core: SipCore, transaction: ServerTransaction): PendingRequest {
  const { request, flow, toTag } = transaction;
  return new PendingRequest({
    core,
    transaction,
    copy: ['record-route'],
    headersFor: (status) =>
      status >= 200 && status < 300 && request.method !== 'NOTIFY' ? [['Contact', ownContact(core, toTag, flow)]] : [],
  });
}

/** A REFER's subscription lasts a call's ringing; a SUBSCRIBE in it may ask for less. */
const implicitHandlers: NotifierHandlers = {
  minExpiresSeconds: 1,
  maxExpiresSeconds: 300,
  defaultExpiresSeconds: 180,
  onSubscribe: () => {},
};

/** Seconds, or the refusal: shorter than the minimum "and less than one hour" is 423 (4.2.1.1). */
function grant(
  request: SipRequest,
  handlers: NotifierHandlers,
): number | { readonly status: number; readonly headers: readonly HeaderLine[] } {
  const { minExpiresSeconds = 60, maxExpiresSeconds = 3600, defaultExpiresSeconds = 3600 } = handlers;
  const asked = parseSeconds(request.header('expires')) ?? defaultExpiresSeconds;
  if (asked > 0 && asked < minExpiresSeconds)
    return { status: 423, headers: [['Min-Expires', String(minExpiresSeconds)]] };
  return Math.min(asked, maxExpiresSeconds);
}

/** No Accept means the package's default type. */
function accepts(request: SipRequest, types: readonly string[]): boolean {
  const wanted = request.headers('accept').flatMap((line) => line.split(',').map((each) => mediaType(each)));
  if (types.length === 0 || wanted.length === 0) return true;
  return wanted.some(
    (each) =>
      each === '*/*' ||
      types.some(
        (type) =>
          type.toLowerCase() === each || (each.endsWith('/*') && type.toLowerCase().startsWith(each.slice(0, -1))),
      ),
  );
}
