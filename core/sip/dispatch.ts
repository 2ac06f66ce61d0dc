/**
 * Every message that comes in finds its place here, in the order of RFC 3261 8.2 and 17: the
 * transaction it repeats or answers, the dialog it belongs to, or a new call or request.
 */
import { formatEndpoint } from '../runtime/index.ts';
import { Admission } from './admission.ts';
import { checkInviteBody } from './body-check.ts';
import type { SipDialog } from './dialog.ts';
import { CalleeDialog } from './dialog-callee.ts';
import { type PeerEnd, peerEndOf } from './dialog-data.ts';
import { splitHeaderList } from './grammar.ts';
import { parseVia } from './header-via.ts';
import { inviteContext } from './invite-context.ts';
import { LogThrottle } from './log-throttle.ts';
import type { ParsedMessage, ParsedRequest, ParsedResponse, Refusal, RefusalStatus } from './message.ts';
import { parseMessage } from './parse-message.ts';
import { namesOption } from './peer-abilities.ts';
import { checkRequest } from './request-check.ts';
import { PendingRequest } from './server-request.ts';
import { sessionTimerFault } from './session-timer.ts';
import type { SipCore } from './sip-core.ts';
import { knownMethods, productLine } from './stack-headers.ts';
import { StatelessAnswers, type StatelessResponse } from './stateless.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { AdmissionRefusal, AdmissionRule, Flow, ServerRequest, SipHandlers } from './types.ts';
import { withoutUntrusted } from './untrusted.ts';

export interface DispatcherOptions {
  readonly core: SipCore;
  readonly usages: Subscriptions;
  readonly admission: AdmissionRule | null;
  handlers(): SipHandlers;
}

/** Methods that only a dialog takes. */
const dialogOnly: ReadonlySet<string> = new Set(['BYE', 'PRACK', 'INFO', 'UPDATE']);
/** Seconds in the Retry-After of a 503. */
const RETRY_AFTER = '2';

export class Dispatcher {
  readonly #core: SipCore;
  readonly #usages: Subscriptions;
  readonly #rule: AdmissionRule | null;
  readonly #handlers: () => SipHandlers;
  readonly #limits: Admission;
  readonly #stateless: StatelessAnswers;
  readonly #log: LogThrottle;

  constructor({ core, usages, admission, handlers }: DispatcherOptions) {
    this.#core = core;
    this.#usages = usages;
    this.#rule = admission;
    this.#handlers = handlers;
    this.#limits = new Admission(core.config, core.seams.clock, core.transactions, core.overload);
    this.#stateless = new StatelessAnswers(core.seams.random, core.config);
    this.#log = new LogThrottle(core.log, core.seams.clock);
  }

  /** One message; never throws. */
  receive(bytes: Uint8Array, flow: Flow): void {
    this.#core.counters.received.add();
    try {
      const message: ParsedMessage | Refusal = parseMessage(bytes);
      if (message.kind === 'refused') this.#malformed(message, flow);
      else if (message.kind === 'response') this.#response(message);
      else if (message.method === 'ACK') this.#ack(message);
      else this.#request(message, flow);
    } catch (fault) {
      // Our own mistake: this message is lost, nothing else is.
      this.#core.counters.dropped.add(1, { why: 'fault' });
      this.#core.log.error('a message could not be handled', { peer: formatEndpoint(flow.remote), fault });
    }
  }

  /** The front of a message that is over a limit of its transport: answered with `status` if it is a request. */
  refuse(bytes: Uint8Array, flow: Flow, status: RefusalStatus, why: string): void {
    this.#core.counters.received.add();
    const message = parseMessage(bytes);
    if (message.kind === 'refused') this.#malformed({ ...message, status, why }, flow);
    else if (message.kind === 'request' && message.method !== 'ACK')
      this.#refuse(message, flow, { status, reason: why });
  }

  #malformed({ status, why, partial }: Refusal, flow: Flow): void {
    this.#core.counters.malformed.add(1, { kind: partial === null ? 'dropped' : String(status) });
    this.#log.info('malformed SIP message', { peer: formatEndpoint(flow.remote), why });
    // A response without Via would find nobody.
    if (partial === null || partial.section.header('via') === null) return;
    this.#send(partial.section, flow, { status, reason: why });
  }

  #response(response: ParsedResponse): void {
    const transaction = this.#core.transactions.clientOf(response);
    // 18.1.2: a response that matches nothing is a stray; a UAC core has no use for it.
    if (transaction === null) this.#core.counters.stray.add(1, { kind: 'response' });
    else transaction.receive(response);
  }

  #ack(request: ParsedRequest): void {
    const { transactions, dialogs, counters } = this.#core;
    if (transactions.serverOf(request)?.ack() === true) return;
    const dialog = dialogs.find(request);
    if (dialog !== null) dialog.receiveAck(request);
    else if (transactions.inviteOf(request)?.ack() !== true) counters.stray.add(1, { kind: 'ack' });
  }

  #request(received: ParsedRequest, flow: Flow): void {
    const { transactions, counters } = this.#core;
    const repeated = transactions.serverOf(received);
    if (repeated !== null) {
      repeated.retransmission();
      return;
    }
    if (received.method === 'CANCEL') {
      this.#cancel(received, flow);
      return;
    }
    if (flow.peerIdentities !== undefined && received.via.parameters.has('alias')) {
      this.#core.transports.offerAlias(flow, received.via);
    }
    // What belongs to a dialog is served before anything new: a call that ends makes room.
    const dialog = received.toTag === '' ? null : this.#core.dialogs.find(received);
    const limit = dialog === null ? this.#limits.exceeded(received, flow) : this.#limits.exceededWithin(received, flow);
    if (limit !== null) {
      counters.limited.add(1, { limit });
      this.#log.info('requests past a limit are answered 503', { peer: formatEndpoint(flow.remote), limit });
      const seconds = limit === 'overload' ? this.#core.overload.retryAfter() : RETRY_AFTER;
      this.#send(received.section, flow, { status: 503, headers: [['Retry-After', seconds]] });
      return;
    }
    const refusal = this.#refusal(received);
    if (refusal !== null) {
      this.#refuse(received, flow, refusal);
      return;
    }
    const request = withoutUntrusted(received, flow, counters);
    if (request.toTag !== '') this.#inDialog(request, flow, dialog);
    else this.#outside(request, flow);
  }

  /** What is refused whoever it is for (8.2.1 to 8.2.3). */
  #refusal(request: ParsedRequest): StatelessResponse | null {
    if (!knownMethods.has(request.method)) {
      return { status: 501, headers: [['Allow', this.#core.capabilities.allow]] };
    }
    // 8.2.2.1: "If the Request-URI uses a scheme not supported by the UAS, it SHOULD reject the request with a 416".
    if (!isServed(request)) return { status: 416 };
    return checkRequest(request, this.#core.capabilities.understood);
  }

  /** 9.2: 200 to the CANCEL with the INVITE's To tag, 487 to an INVITE that waits; 481 without one. */
  #cancel(request: ParsedRequest, flow: Flow): void {
    const { transactions, config } = this.#core;
    const invite = transactions.inviteOf(request);
    if (invite === null) {
      this.#refuse(request, flow, { status: 481 });
      return;
    }
    const cancel = transactions.serve(request, flow, invite.toTag);
    cancel.respond({ status: 200, headers: productLine('Server', config) });
    invite.cancel(request);
  }

  #inDialog(request: ParsedRequest, flow: Flow, dialog: SipDialog | null): void {
    // 12.2.2: a To tag that fits no dialog: 481.
    if (dialog === null) {
      if (!this.#usages.receive(request, flow)) this.#refuse(request, flow, { status: 481 });
    } else dialog.receive(this.#core.transactions.serve(request, flow, dialog.ids.localTag));
  }

  #outside(request: ParsedRequest, flow: Flow): void {
    const { transactions, counters } = this.#core;
    if (transactions.isMerged(request)) {
      counters.merged.add();
      this.#refuse(request, flow, { status: 482 });
      return;
    }
    const peerEnd = request.method === 'INVITE' ? peerEndOf(request) : null;
    const refusal = this.#outsideRefusal(request, flow, peerEnd);
    if (refusal !== null) this.#refuse(request, flow, refusal);
    else if (peerEnd === null || typeof peerEnd === 'string') this.#single(request, flow);
    else this.#invite(request, flow, peerEnd);
  }

  #outsideRefusal(request: ParsedRequest, flow: Flow, peerEnd: PeerEnd | string | null): StatelessResponse | null {
    const { method } = request;
    // RFC 6086 4.2.2 for INFO; the others, too, mean nothing outside a dialog.
    if (dialogOnly.has(method)) return { status: 481 };
    if (isSipsInTheClear(request, flow)) {
      return {
        status: 480,
        headers: [['Warning', `380 ${formatEndpoint(flow.local)} "SIPS Not Allowed without TLS"`]],
      };
    }
    if (method === 'INVITE') {
      if (typeof peerEnd === 'string') return { status: 400, reason: peerEnd };
      const body = checkInviteBody(request);
      if (body !== null) return body;
      const timer = sessionTimerFault(this.#core.config.sessionTimer, request);
      if (timer !== null) return timer;
      if (this.#core.config.reliableProvisional === 'required' && !knowsReliable(request)) {
        return { status: 421, headers: [['Require', '100rel']] };
      }
    }
    return this.#rule?.(request, flow) ?? this.#handlers().admit?.(request, flow) ?? null;
  }

  #invite(request: ParsedRequest, flow: Flow, peerEnd: PeerEnd): void {
    const core = this.#core;
    const handlers = this.#handlers();
    const named = inviteContext(core, request, () => handlers.passesReplaces?.(request, flow) ?? false);
    if ('status' in named) {
      this.#refuse(request, flow, named);
      return;
    }
    const transaction = core.transactions.serve(request, flow, handlers.newTag?.() ?? core.newTag());
    // At once, also where the answer follows on its heels: callers and test scripts wait for it.
    transaction.respond({ status: 100 });
    const dialog = new CalleeDialog(core, transaction, peerEnd);
    core.dialogs.add(dialog);
    this.#judged(request, flow, dialog, () => {
      if (dialog.state !== 'terminated') handlers.onInvite(dialog, named);
    });
  }

  /** Any other request: a SUBSCRIBE to a package that is served, or the owner's. */
  #single(request: ParsedRequest, flow: Flow): void {
    const core = this.#core;
    const transaction = core.transactions.serve(request, flow, core.newTag());
    const pending = new PendingRequest({ core, transaction });
    this.#judged(request, flow, pending, () => {
      if (!this.#usages.serves(request)) {
        this.#handlers().onRequest(pending);
        return;
      }
      pending.abandon();
      this.#usages.open(transaction);
    });
  }

  /** The one door for all that comes from outside: `enter` runs when the owner lets this request in. */
  #judged(request: ParsedRequest, flow: Flow, asked: Pick<ServerRequest, 'respond'>, enter: () => void): void {
    const failed = (): void => asked.respond(500);
    const judgement = this.#handlers().judge?.(request, flow) ?? null;
    if (judgement === null) {
      this.#guarded(enter, failed);
      return;
    }
    const judged = (refusal: AdmissionRefusal | null): void => {
      // The stack has closed, or the peer's connection: nobody waits any more.
      if (this.#core.transactions.serverOf(request) === null) return;
      if (refusal === null) this.#guarded(enter, failed);
      else asked.respond(refusal.status, refusal.reason, { headers: refusal.headers ?? [] });
    };
    judgement.then(judged, (fault: unknown) => {
      const rethrow = (): never => {
        throw fault;
      };
      this.#guarded(rethrow, failed);
    });
  }

  /** An owner's throw ends its own request only. */
  #guarded(run: () => void, answer: () => void): void {
    try {
      run();
    } catch (fault) {
      this.#core.counters.ownerFaults.add();
      this.#core.log.error('a request handler threw', { fault });
      answer();
    }
  }

  #refuse(request: ParsedRequest, flow: Flow, response: StatelessResponse): void {
    this.#core.counters.refused.add(1, { status: String(response.status) });
    this.#log.info('SIP request refused', {
      peer: formatEndpoint(flow.remote),
      method: request.method,
      status: response.status,
    });
    this.#send(request.section, flow, response);
  }

  #send(section: ParsedRequest['section'], flow: Flow, response: StatelessResponse): void {
    const bytes = this.#stateless.build({ section }, flow, response);
    const { transports, config } = this.#core;
    const via = config.replyToVia ? parseVia(splitHeaderList(section.header('via') ?? '')[0] ?? '') : null;
    if (transports.replyChannel(flow, via)?.send(bytes) !== true) this.#core.counters.sendFailed.add();
  }
}

/**
 * A sips Request-URI asks for TLS on every hop (RFC 3261 26.2.2): what came without has broken that promise
 * already, unless a proxy of ours that we trust has ended the TLS. RFC 5630 5.1.1 has the 480 and its Warning.
 */
function isSipsInTheClear({ uri }: ParsedRequest, { transport, trusted }: Flow): boolean {
  return !trusted && transport !== 'tls' && transport !== 'wss' && /^sips:/i.test(uri);
}

/** Schemes that somebody may answer for. A service URN names whom an emergency call is for (RFC 5031). */
function isServed({ requestUri: { scheme, user } }: ParsedRequest): boolean {
  if (scheme === 'sip' || scheme === 'sips' || scheme === 'tel') return true;
  return scheme === 'urn' && /^service:/i.test(user ?? '');
}

/** RFC 3262 3: the peer supports reliable provisional responses, or requires them. */
function knowsReliable(request: ParsedRequest): boolean {
  return namesOption(request, 'supported', '100rel') || namesOption(request, 'require', '100rel');
}
