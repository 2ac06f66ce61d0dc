/**
 * Requests outside dialogs, and those of a dialog that is no INVITE's (a To tag and Route headers
 * given): targets, failover, credentials, and one outcome in the end (RFC 3261 8.1, RFC 3263 4.3).
 */
import { Attempt, type AttemptOwner } from './attempt.ts';
import { Authorizer } from './auth-retry.ts';
import { type Addressing, addressing, withTag } from './dialog-data.ts';
import { type FirstTargets, firstTargets } from './first-targets.ts';
import { type Channel, viaLine } from './flow.ts';
import { localResponse } from './local-response.ts';
import type { ParsedResponse } from './message.ts';
import { parseNameAddress } from './name-address.ts';
import type { RequestParts } from './print.ts';
import { withoutRoutes } from './route-set.ts';
import type { SipCore } from './sip-core.ts';
import { productLine, withDefaults } from './stack-headers.ts';
import type { NoTarget, TargetList } from './target-list.ts';
import type { HeaderLine, OutgoingRequest, RequestAuthorizer, RequestOutcome, SipResponse } from './types.ts';

type Cause = RequestOutcome['cause'];

/** All that wait for their outcome. */
export class OutgoingRequests {
  readonly #core: SipCore;
  readonly #open = new Set<Exchange>();

  constructor(core: SipCore) {
    this.#core = core;
  }

  /** Sends one. Never rejects. */
  send(options: OutgoingRequest): Promise<RequestOutcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(this.#core, options, (outcome) => {
        this.#open.delete(exchange);
        resolve(outcome);
      });
      this.#open.add(exchange);
      exchange.start();
    });
  }

  /** The stack ends: each that waits has failed. */
  close(): void {
    for (const exchange of [...this.#open]) exchange.fail(503, 'transport');
  }
}

class Exchange {
  readonly #core: SipCore;
  readonly #options: OutgoingRequest;
  readonly #onOutcome: (outcome: RequestOutcome) => void;
  readonly #auth: RequestAuthorizer;
  readonly #callId: string;
  readonly #fromTag: string;
  /** Header lines but for Route. */
  readonly #headers: readonly HeaderLine[];
  #addressing: Addressing;
  #channel: Channel | null = null;
  #attempt: Attempt | null = null;
  #cseq: number;
  #challenges = 0;
  #settled = false;

  constructor(core: SipCore, options: OutgoingRequest, onOutcome: (outcome: RequestOutcome) => void) {
    this.#core = core;
    this.#options = options;
    this.#onOutcome = onOutcome;
    const { credentials, authorizer } = options;
    this.#auth = authorizer ?? new Authorizer(credentials === undefined ? [] : [credentials].flat(), core.seams.random);
    this.#callId = options.callId ?? core.newTag();
    this.#fromTag = options.fromTag ?? core.newTag();
    this.#headers = withoutRoutes(options.headers ?? []);
    this.#addressing = addressing(options.requestUri, []);
    this.#cseq = options.cseq ?? 1;
  }

  start(): void {
    const { method, to } = this.#options;
    if (method === 'INVITE' || method === 'ACK' || method === 'CANCEL') {
      this.fail(500, 'transport', `${method} is not sent outside an INVITE's dialog`);
      return;
    }
    const inDialog = parseNameAddress(to)?.parameters.has('tag') ?? false;
    const found = firstTargets(this.#core, this.#options, inDialog);
    if (found instanceof Promise) void found.then((later) => this.#found(later));
    else this.#found(found);
  }

  fail(status: number, cause: Cause, reason?: string): void {
    this.#settle(localResponse(status, reason), cause);
  }

  #found(found: FirstTargets | NoTarget): void {
    if ('status' in found) {
      this.fail(found.status, 'transport', found.reason);
      return;
    }
    this.#addressing = found.addressing;
    void this.#tryNext(found.targets);
  }

  async #tryNext(targets: TargetList): Promise<void> {
    const channel = await targets.connectNext();
    if (this.#settled) return;
    if (channel === null) this.fail(503, 'transport');
    else this.#send(targets, channel);
  }

  #send(targets: TargetList, channel: Channel): void {
    this.#channel = channel;
    const branch = this.#core.newBranch();
    const attempt = new Attempt(this.#core, targets, this.#ownerOf(targets));
    this.#attempt = attempt;
    attempt.send(this.#build(channel, branch), branch, channel);
  }

  #ownerOf(targets: TargetList): AttemptOwner {
    const next = (): void => {
      this.#core.counters.failovers.add();
      void this.#tryNext(targets);
    };
    return {
      isWanted: () => !this.#settled,
      onResponse: (response) => {
        if (response.status >= 200) this.#final(response, targets, next);
        else if (!this.#settled) this.#tell(response);
      },
      onSilence: () => {
        this.#attempt?.abandon();
        next();
      },
      onTimeout: () => this.fail(408, 'timeout'),
      onTransportError: () => {
        if (this.#settled) return;
        if (targets.hasMore) next();
        else this.fail(503, 'transport');
      },
      onLate: () => {},
    };
  }

  #tell(response: SipResponse): void {
    try {
      this.#options.onProvisional?.(response);
    } catch (fault) {
      this.#core.counters.ownerFaults.add();
      this.#core.log.error('the owner of a request threw', { fault: String(fault) });
    }
  }

  #final(response: ParsedResponse, targets: TargetList, next: () => void): void {
    if (this.#settled) return;
    const channel = this.#channel;
    if (this.#auth.accept(response, this.#challenges) && channel !== null) {
      this.#challenges++;
      this.#core.counters.authRetries.add();
      // 22.2: "the UAC MUST increment the CSeq header field value as it would normally when sending an updated request".
      this.#cseq++;
      this.#send(targets, channel);
    } else if (response.status === 503 && targets.hasMore) next();
    else this.#settle(response, 'response');
  }

  #settle(response: SipResponse, cause: Cause): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#attempt?.close();
    const flow = this.#attempt?.transaction?.channel.flow ?? null;
    this.#onOutcome({ response, cause, cseq: this.#cseq, flow });
  }

  #build(channel: Channel, branch: string): RequestParts {
    const { method, from, to, body = null, contact, maxForwards = 70 } = this.#options;
    const { requestUri, routes } = this.#addressing;
    const headers: HeaderLine[] = [
      ['Via', viaLine(channel, branch)],
      ['Max-Forwards', String(maxForwards)],
      ...routes,
      ['From', withTag(from, this.#fromTag)],
      ['To', to],
      ['Call-ID', this.#callId],
      ['CSeq', `${this.#cseq} ${method}`],
    ];
    const { sentBy, flow } = channel;
    if (contact !== undefined) headers.push(['Contact', contact({ sentBy, transport: flow.transport })]);
    headers.push(...this.#auth.lines(method, requestUri, body?.content ?? new Uint8Array(0)));
    headers.push(...withDefaults(this.#headers, productLine('User-Agent', this.#core.config)));
    return { method, uri: requestUri, headers, body };
  }
}
