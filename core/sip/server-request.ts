/** A request that waits for its owner's answer, with the headers that the stack owes to it. */
import type { Timer } from '../runtime/index.ts';
import type { Capabilities } from './capabilities.ts';
import { namesOption } from './peer-abilities.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCore } from './sip-core.ts';
import { productLine, withDefaults } from './stack-headers.ts';
import { REINVITE_ANSWER_MS, REQUEST_ANSWER_MS, TRYING_DELAY_MS } from './stack-limits.ts';
import type { Flow, HeaderLine, ResponseOptions, ServerRequest, SipRequest } from './types.ts';

export interface ServerRequestOptions {
  readonly core: SipCore;
  readonly transaction: ServerTransaction;
  /** Headers of the request that its 101–299 copy. */
  readonly copy?: readonly string[];
  /** Further headers for a response of that status. */
  headersFor?(status: number): readonly HeaderLine[];
  /** Runs right after a response was sent. */
  onResponse?(status: number): void;
}

export class PendingRequest implements ServerRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly transaction: ServerTransaction;
  onCancel = (_cancel: SipRequest): void => this.respond(487);
  readonly #options: ServerRequestOptions;
  readonly #limit: Timer;
  readonly #trying: Timer | null;

  constructor(options: ServerRequestOptions) {
    const { core, transaction } = options;
    this.#options = options;
    this.transaction = transaction;
    this.request = transaction.request;
    this.flow = transaction.flow;
    const isInvite = transaction.request.method === 'INVITE';
    const limitMs = isInvite ? REINVITE_ANSWER_MS : REQUEST_ANSWER_MS;
    this.#limit = core.seams.clock.after(limitMs, () => {
      core.counters.unanswered.add();
      // RFC 3311 5.2: 504 when nobody could be asked in time.
      this.respond(transaction.request.method === 'UPDATE' ? 504 : 500);
    });
    // 17.2.1: a 100 "MUST be generated unless the transaction user … will generate a provisional or
    // final response within 200 ms", which is the rule for an answer to a re-INVITE.
    this.#trying = isInvite ? core.seams.clock.after(TRYING_DELAY_MS, () => this.#try()) : null;
    transaction.onEnd = () => this.abandon();
  }

  get answered(): boolean {
    return this.transaction.answered;
  }

  respond(wished: number, reason?: string, options: ResponseOptions = {}): void {
    const { core, transaction, copy, headersFor, onResponse } = this.#options;
    // RFC 4320 4.2: an element "MUST NOT send a response with Status-Code of 408 to a non-INVITE request".
    const status = wished === 408 && this.request.method !== 'INVITE' ? 504 : wished;
    if (this.#mayNotSend(status)) return;
    if (status >= 200) this.abandon();
    const packages = [...core.subscriptions.packages.keys()];
    const extra = [
      ...(headersFor?.(status) ?? []),
      ...owedHeaders(core.capabilities, this.request.method, status, packages),
    ];
    const sent = transaction.respond({
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(copy !== undefined && status > 100 && status < 300 ? { copy } : {}),
      headers: withDefaults(options.headers ?? [], [...extra, ...productLine('Server', core.config)]),
      body: options.body ?? null,
    });
    if (sent) onResponse?.(status);
  }

  /** No answer will come any more; none is owed. */
  abandon(): void {
    this.#limit.cancel();
    this.#trying?.cancel();
  }

  /**
   * RFC 3262 3: what `Require: 100rel` asks for "MUST" go reliably or not at all. Nothing has to be said of a
   * re-INVITE before its final answer, so it is not; with `relay` its owner speaks of 100rel.
   */
  #mayNotSend(status: number): boolean {
    if (status <= 100 || status >= 200) return false;
    // RFC 4320 4.1: "An SIP element MUST NOT send any provisional response with a Status-Code other than 100 to
    // a non-INVITE request."
    if (this.request.method !== 'INVITE') return true;
    return this.#options.core.config.reliableProvisional !== 'relay' && namesOption(this.request, 'require', '100rel');
  }

  #try(): void {
    if (this.transaction.status === 0) this.transaction.respond({ status: 100 });
  }
}

/** Headers that a status must carry: Allow in 405 (21.4.6), Accept in 415 (21.4.13), all of them for OPTIONS (11.2). */
function owedHeaders(
  capabilities: Capabilities,
  method: string,
  status: number,
  packages: readonly string[],
): readonly HeaderLine[] {
  const events: readonly HeaderLine[] = packages.length === 0 ? [] : [['Allow-Events', packages.join(', ')]];
  // An empty Recv-Info: "the UA … supports the Info Package mechanism" but takes none (RFC 6086 7.2).
  if (method === 'OPTIONS' && status >= 200 && status < 300)
    return [...capabilities.optionsLines(), ...events, ['Recv-Info', '']];
  // RFC 6665 8.3.2: "the notifier MUST include an Allow-Events header field in a 489".
  if (status === 489) return events.length === 0 ? [['Allow-Events', '']] : events;
  if (status === 469) return [['Recv-Info', '']];
  if (status === 405 || status === 501) return [['Allow', capabilities.allow]];
  if (status === 415) return [['Accept', 'application/sdp']];
  return [];
}
