/**
 * One request on its way to one target: its transaction, timer M, and what the peer says once we
 * have turned to the next target.
 */
import type { Timer } from '../runtime/index.ts';
import type { ClientOwner, ClientTransaction } from './client-transaction.ts';
import type { Channel, Hop } from './flow.ts';
import type { ParsedResponse } from './message.ts';
import type { RequestParts } from './print.ts';
import { sendRequest } from './send-request.ts';
import type { SipCore } from './sip-core.ts';
import type { TargetList } from './target-list.ts';

export interface AttemptOwner extends ClientOwner {
  /** Timer M: nothing was heard, and there is another target to try. */
  onSilence(): void;
  /** Asked right before the request leaves, which may be later than now. */
  isWanted(): boolean;
  /** A response after `abandon`. */
  onLate(response: ParsedResponse, transaction: ClientTransaction): void;
}

export class Attempt implements ClientOwner {
  /** Null until the request has left. */
  transaction: ClientTransaction | null = null;
  readonly #core: SipCore;
  readonly #targets: TargetList;
  readonly #hop: Hop | null;
  readonly #owner: AttemptOwner;
  #timerM: Timer | null = null;
  #abandoned = false;

  /** The attempt at the present target of `targets`. */
  constructor(core: SipCore, targets: TargetList, owner: AttemptOwner) {
    this.#core = core;
    this.#targets = targets;
    this.#hop = targets.current;
    this.#owner = owner;
  }

  send(request: RequestParts, branch: string, channel: Channel): void {
    sendRequest(this.#core, request, branch, channel, this, {
      isWanted: () => this.#owner.isWanted(),
      onStarted: (transaction) => {
        this.transaction = transaction;
        // Timer M is B/4 (core-and-sbc 2.3); without a further target B decides.
        if (!this.#targets.hasMore) return;
        this.#timerM = this.#core.seams.clock.after(16 * this.#core.config.t1Ms, () => this.#silent());
      },
    });
  }

  /** The request is sent no more. The peer may answer still: `onLate`. */
  abandon(): void {
    this.#abandoned = true;
    this.close();
    this.transaction?.hush();
  }

  /** No timer M any more. */
  close(): void {
    this.#timerM?.cancel();
  }

  onResponse(response: ParsedResponse): void {
    this.close();
    if (this.#hop !== null) {
      if (response.status === 503) this.#targets.failed(this.#hop, response);
      else this.#core.blacklist.forget(this.#hop);
    }
    if (!this.#abandoned) this.#owner.onResponse(response);
    else if (this.transaction !== null) {
      this.#core.counters.lateAnswers.add();
      this.#owner.onLate(response, this.transaction);
    }
  }

  onTimeout(): void {
    this.close();
    if (this.#abandoned) return;
    if (this.#hop !== null) this.#targets.failed(this.#hop);
    this.#owner.onTimeout();
  }

  onTransportError(): void {
    this.close();
    if (this.#abandoned) return;
    if (this.#hop !== null) this.#targets.failed(this.#hop);
    this.#owner.onTransportError();
  }

  #silent(): void {
    if (this.#hop !== null) this.#targets.failed(this.#hop);
    this.#owner.onSilence();
  }
}
