/** Our own re-INVITE and UPDATE: the offer, its repetition after a collision, the answer put in force. */
import { asCodedError } from '../runtime/index.ts';
import type { SipBody, SipResponse } from '../sip/index.ts';
import { findSdp } from './sdp-body.ts';
import type { Session } from './session.ts';
import type { ReofferOptions } from './types.ts';

/**
 * `body` goes out as it is; an UPDATE without `direction` has none; everything else carries a fresh
 * offer. Offers of ours go one after the other. Resolves with the final response.
 */
export function reoffer(
  session: Session,
  method: 'INVITE' | 'UPDATE',
  { direction, body, headers = [], restartIce = false }: ReofferOptions,
): Promise<SipResponse> {
  if (body !== undefined) return session.request(method, { body, headers });
  if (method === 'UPDATE' && direction === undefined && !restartIce) return session.request('UPDATE', { headers });
  return session.negotiation.inTurn(() =>
    exchange(session, method, direction ?? session.negotiation.direction, headers, restartIce),
  );
}

async function exchange(
  session: Session,
  method: 'INVITE' | 'UPDATE',
  direction: NonNullable<ReofferOptions['direction']>,
  headers: NonNullable<ReofferOptions['headers']>,
  restartIce: boolean,
): Promise<SipResponse> {
  const { negotiation } = session;
  const offer = (): Promise<SipBody> => negotiation.offerAgain(direction, restartIce);
  const response = await session.request(method, {
    headers,
    body: await offer(),
    // RFC 3261 14.1: after 491 the session may have changed by the peer's offer: ours is made anew.
    glare: { withdrawn: () => negotiation.rollBack(), body: offer },
  });
  // "If a UA receives a non-2xx final response to a re-INVITE, the session parameters MUST remain
  // unchanged, as if no re-INVITE had been issued" (14.1): before its body is looked at.
  const sdp = response.status < 300 ? findSdp(response) : null;
  if (sdp?.kind !== 'sdp') {
    negotiation.rollBack();
    return response;
  }
  try {
    const parameters = negotiation.acceptAnswer(sdp.text);
    session.sessionChanged(parameters);
  } catch (fault) {
    negotiation.rollBack();
    session.fail(asCodedError(fault, 'sdp.malformed'));
  }
  return response;
}

/** The answer to a re-INVITE that only refreshed the session: a peer may have moved its media all the same. */
export function refreshAnswered(session: Session, response: SipResponse): void {
  const { negotiation } = session;
  const sdp = findSdp(response);
  if (sdp.kind !== 'sdp' || negotiation.offerPending) return;
  try {
    const before = negotiation.parameters;
    const parameters = negotiation.acceptAnswer(sdp.text);
    if (parameters !== before) session.sessionChanged(parameters);
  } catch (fault) {
    session.fail(asCodedError(fault, 'sdp.malformed'));
  }
}
