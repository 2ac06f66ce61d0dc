/** The dialog of a subscription outside an INVITE: routes, CSeq both ways, target refresh (RFC 3261 12.2, RFC 6665 4.5.1). */
import type { Endpoint } from '../runtime/index.ts';
import { contactOf, type DialogData } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import { localResponse } from './local-response.ts';
import type { ParsedRequest } from './message.ts';
import type { SipCore } from './sip-core.ts';
import type { UsageDialog } from './subscription-types.ts';
import type { Credentials, DialogIds, Flow, HeaderLine, ResponseOptions, SipResponse } from './types.ts';

export class SubscriptionDialog implements UsageDialog {
  readonly #leg: DialogLeg;

  constructor(options: {
    readonly core: SipCore;
    readonly data: DialogData;
    readonly flow: Flow;
    readonly credentials: readonly Credentials[];
    /** Judges each address before anything is sent to it. */
    readonly admitTarget?: ((target: Endpoint, uri: string) => boolean) | null;
  }) {
    this.#leg = new DialogLeg(options);
    this.#leg.route.admitTarget = options.admitTarget ?? null;
  }

  get ids(): DialogIds {
    const { callId, localTag, remoteTag } = this.#leg.data;
    return { callId, localTag, remoteTag };
  }

  get flow(): Flow {
    return this.#leg.flow;
  }

  /** Resolves with the final response, 408 and 503 made by us included. */
  request(method: string, options: ResponseOptions = {}): Promise<SipResponse> {
    const leg = this.#leg;
    return new Promise((resolve) => {
      const attempt = (challenges: number): void => {
        leg.send(method, options, {
          onResponse: (response) => {
            if (response.status < 200) return;
            if (leg.auth.accept(response, challenges)) {
              attempt(challenges + 1);
              return;
            }
            // SUBSCRIBE and NOTIFY are target refresh requests (RFC 6665 4.1.2.1, 4.2.2); so are their 2xx.
            const remoteTarget = response.status < 300 ? contactOf(response) : null;
            if (remoteTarget !== null) leg.data = { ...leg.data, remoteTarget };
            resolve(response);
          },
          onTimeout: () => resolve(localResponse(408)),
          onTransportError: () => resolve(localResponse(503)),
        });
      };
      attempt(0);
    });
  }

  /**
   * Takes the number and the target of a request of the peer, or says how it is refused: "if … the sequence
   * number of the request is lower than the remote sequence number … MUST be rejected with a 500" (12.2.2).
   */
  take(request: ParsedRequest): { readonly status: number; readonly headers: readonly HeaderLine[] } | null {
    const { data } = this.#leg;
    if (data.remoteCseq !== null && request.cseq.number < data.remoteCseq)
      return { status: 500, headers: request.method === 'NOTIFY' ? [['Retry-After', '0']] : [] };
    this.#leg.data = {
      ...data,
      remoteCseq: request.cseq.number,
      remoteTarget: contactOf(request) ?? data.remoteTarget,
    };
    return null;
  }
}
