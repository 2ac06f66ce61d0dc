/** Requests inside the dialog from one leg to the other, end to end, and their answers back (reference/dsm 7.1). */
import {
  type CallSession,
  crossingOfReply,
  crossingOfRequest,
  type SipBody,
  type SipRequest,
  type SipResponse,
} from '../../../core/index.ts';
import type { RelayableRequest } from './face-request.ts';

/** One side of the relay. */
export interface RelayEnd {
  readonly session: CallSession;
  /** A session description as this end's peer is to see it. */
  dress(body: SipBody): SipBody;
  /** The body of the next ACK of this end's peer. */
  whenAcknowledged(): Promise<SipBody | null>;
}

/** Passes `request` of `from`'s peer on to `to`'s and the answer back. Never rejects. */
export async function relayRequest(from: RelayEnd, to: RelayEnd, request: RelayableRequest): Promise<void> {
  const { message } = request;
  const { method } = message;
  const body = bodyOf(message);
  const answer = (response: SipResponse): void => {
    const answered = bodyOf(response);
    request.respondWith(response.status, response.reason, {
      headers: crossingOfReply(response, response.status),
      ...(answered === null ? {} : { body: from.dress(answered) }),
    });
  };
  const response = await to.session.request(method, {
    headers: crossingOfRequest(message, { ownCredentials: false }),
    ...(body === null ? {} : { body: to.dress(body) }),
    ...(method !== 'INVITE'
      ? {}
      : {
          // An offer in the 2xx is answered by the ACK of whoever asked for it.
          acknowledge: async (final: SipResponse): Promise<SipBody | null> => {
            const acknowledged = from.whenAcknowledged();
            answer(final);
            return body === null ? acknowledged : null;
          },
        }),
  });
  if (!request.answerable) return;
  answer(response);
}

export function bodyOf(message: SipRequest | SipResponse): SipBody | null {
  if (message.body.length === 0) return null;
  return { contentType: message.header('Content-Type') ?? 'application/sdp', content: message.body };
}

/** The body, if it is a session description. */
export function sdpOf(message: SipRequest | SipResponse): SipBody | null {
  const body = bodyOf(message);
  return body !== null && /^\s*application\/sdp\b/i.test(body.contentType) ? body : null;
}
