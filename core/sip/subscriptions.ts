/** The SUBSCRIBE/NOTIFY framework put together (RFC 6665): who gets which request, and the two faces of it. */
import type { ParsedRequest } from './message.ts';
import { Notifiers, usageRequest } from './notifier.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCore } from './sip-core.ts';
import { Subscriber } from './subscription.ts';
import type { SubscribeOptions, Subscription } from './subscription-types.ts';
import type { Dialog, Flow, OutgoingRequest, RequestOutcome, ServerRequest } from './types.ts';

export class Subscriptions {
  readonly notifiers: Notifiers;
  readonly #core: SipCore;
  readonly #send: (request: OutgoingRequest) => Promise<RequestOutcome>;

  constructor(core: SipCore, send: (request: OutgoingRequest) => Promise<RequestOutcome>) {
    this.#core = core;
    this.#send = send;
    this.notifiers = new Notifiers(core);
  }

  subscribe(options: SubscribeOptions): Subscription {
    return new Subscriber(this.#core, options, this.#send);
  }

  /** A request with a To tag that is no INVITE dialog's; false: no subscription's either. */
  receive(request: ParsedRequest, flow: Flow): boolean {
    const { subscriptions, transactions } = this.#core;
    const ids = { callId: request.callId, localTag: request.toTag };
    if (!subscriptions.has(ids)) return false;
    const pending = usageRequest(this.#core, transactions.serve(request, flow, request.toTag));
    // 4.1.3, 4.2.1.1: what fits no subscription of the dialog is 481.
    if (!subscriptions.receive(ids, { pending, dialog: null, remoteTag: request.fromTag })) pending.respond(481);
    return true;
  }

  /** A SUBSCRIBE or NOTIFY in an INVITE dialog: of a subscription that shares it, or a new one. */
  takeWithin(dialog: Dialog, pending: ServerRequest): boolean {
    const { ids } = dialog;
    const { method } = pending.request;
    if (this.#core.subscriptions.receive(ids, { pending, dialog, remoteTag: ids.remoteTag })) return true;
    return method === 'SUBSCRIBE' && this.notifiers.openWithin(dialog, pending);
  }

  /** A SUBSCRIBE outside a dialog to a package that has a notifier. */
  serves(request: ParsedRequest): boolean {
    return request.method === 'SUBSCRIBE' && this.notifiers.serves(request);
  }

  open(transaction: ServerTransaction): void {
    this.notifiers.open(transaction);
  }
}
