/**
 * The default handling of what happens in a dialog (reference/applications 3.1, 3.2): two tables,
 * events and methods. It runs when the application's `onEvent` did not say `handled`.
 */
import { asCodedError, CodedError } from '../runtime/index.ts';
import type { DialogEvent, ServerRequest } from '../sip/index.ts';
import { placesOf } from './browser-leg.ts';
import {
  endedByFault,
  endedByLostPeer,
  endedByMissingAck,
  endedByRtpTimeout,
  endedBySessionTimer,
  endedByWebRtc,
} from './ends.ts';
import { keyTypes, parseKeyInfo } from './key-info.ts';
import { offerWarning } from './offer-refusal.ts';
import { findSdp, findSdpIn, sdpType } from './sdp-body.ts';
import type { Session } from './session.ts';
import type { CallEvent } from './types.ts';

export function defaultHandling(session: Session, event: CallEvent): void | Promise<void> {
  if (event.kind === 'sip') return dialogEvents[event.event.kind](session, event.event as never);
  if (event.kind === 'media') onMedia(session, event.event);
  else if (event.kind === 'shutdown')
    session.end({ status: 503, why: { code: 'call.shutdown', sentence: 'The server is shutting down.' } });
  return undefined;
}

type DialogTable = {
  readonly [K in DialogEvent['kind']]: (
    session: Session,
    event: Extract<DialogEvent, { readonly kind: K }>,
  ) => void | Promise<void>;
};

const dialogEvents: DialogTable = {
  provisional: async (session, { response, tag = '', reliable = false }) => {
    const { negotiation, dialog } = session;
    const sdp = findSdp(response);
    if (sdp.kind !== 'sdp') return;
    if (negotiation.hasOffered) {
      acceptEarly(session, sdp.text, tag, reliable);
      return;
    }
    // RFC 6337 3.1: the offer that our INVITE lacked; only a reliable response may carry it.
    if (!reliable || negotiation.isAnswered(tag)) return;
    const body = await negotiation.answerOffer(sdp.text, null);
    if (session.state === 'ended' || dialog.state !== 'early') return;
    const parameters = negotiation.commit(body);
    negotiation.answeredEarly(tag);
    void dialog.acknowledgeProvisional(body);
    if (parameters !== null) session.post({ kind: 'earlyMedia', parameters });
  },

  answered: async (session, { response }) => {
    const { negotiation, dialog } = session;
    const sdp = findSdp(response);
    const text = sdp.kind === 'sdp' ? sdp.text : null;
    const tag = dialog.ids.remoteTag;
    try {
      if (negotiation.hasOffered) {
        negotiation.acceptFinalAnswer(tag, text);
        dialog.acknowledge();
      } else if (text !== null && !negotiation.isAnswered(tag))
        dialog.acknowledge(await negotiation.answerOffer(text, null));
      else dialog.acknowledge();
      if (negotiation.commitNow() === null) throw new CodedError('sdp.malformed', 'the 2xx has no session description');
    } catch (fault) {
      // RFC 3261 13.2.2.4: acknowledge, then end the session that cannot be.
      dialog.acknowledge();
      session.markAnswered();
      throw fault;
    }
    if (session.state === 'ended') return;
    const { parameters } = negotiation;
    session.markAnswered();
    if (parameters !== null) session.startSession(parameters);
  },

  failed: (session) => session.end(),

  acknowledged: (session, { body, contentType }) => {
    const { negotiation } = session;
    // Only the ACK of a late offer carries an answer.
    if (!negotiation.awaitsAck) return;
    const sdp = findSdpIn(contentType, body);
    if (sdp.kind !== 'sdp') throw new CodedError('sdp.malformed', 'the ACK has no answer to the offer in our 200');
    const before = negotiation.parameters;
    const parameters = negotiation.acceptAnswer(sdp.text);
    if (before === null) session.startSession(parameters);
    else session.sessionChanged(parameters);
  },

  noAck: (session) => session.endBecause(endedByMissingAck()),
  noPrack: (session) => session.end(),
  sessionExpired: (session) => session.endBecause(endedBySessionTimer()),
  provisionalAcknowledged: async (session, { request }) => {
    const { negotiation } = session;
    negotiation.answerDelivered();
    // Without a body there is nothing to agree on: the stack has answered 200.
    if (request.answered) return;
    const sdp = findSdp(request.request);
    if (!negotiation.awaitsAck || sdp.kind !== 'sdp') {
      await onOffer(session, request);
      return;
    }
    try {
      const parameters = negotiation.acceptAnswer(sdp.text);
      request.respond(200);
      session.post({ kind: 'earlyMedia', parameters });
    } catch (fault) {
      request.respond(asCodedError(fault, 'sdp.malformed').row.sip);
      throw fault;
    }
  },

  cancelled: (session) => session.end(),
  bye: (session) => session.end(),
  remoteGone: (session, { status }) => session.endBecause(endedByLostPeer(status)),

  request: async (session, { request }) => {
    const handle = requests.get(request.request.method) ?? refuseMethod;
    try {
      await handle(session, request);
    } finally {
      // A failed re-INVITE leaves the call as it was: the error is sent, nothing else changes.
      if (!request.answered) request.respond(500);
    }
  },
};

/** An answer to the offer in our INVITE. One that came unreliably and makes no sense is not the last word. */
function acceptEarly(session: Session, text: string, tag: string, reliable: boolean): void {
  try {
    const parameters = session.negotiation.acceptEarlyAnswer(tag, text, reliable);
    if (parameters !== null) session.post({ kind: 'earlyMedia', parameters });
  } catch (fault) {
    if (reliable || !(fault instanceof CodedError)) throw fault;
    session.log.debug('an early answer was passed over', { code: fault.code, detail: fault.detail });
  }
}

function onMedia(session: Session, event: Extract<CallEvent, { readonly kind: 'media' }>['event']): void {
  if (event.kind === 'rtpTimeout') onSilence(session);
  else if (event.kind === 'webRtcFailed') {
    const places = placesOf(session.negotiation.candidates);
    session.endBecause(endedByWebRtc(event, places, session.answeredAtMs !== null));
  } else if (event.kind === 'failed')
    session.endBecause(endedByFault(new CodedError('media.failed', event.detail), session.answeredAtMs !== null));
}

/**
 * A peer that need not send is asked instead (`Session.checkPeer`). Who rings need not speak either:
 * how long that may last is the INVITE's matter.
 */
function onSilence(session: Session): void {
  if (session.answeredAtMs === null) return;
  if (!session.mayBeSilent) session.endBecause(endedByRtpTimeout(session.negotiation.rtpTimeoutMs));
}

type RequestHandler = (session: Session, request: ServerRequest) => void | Promise<void>;

const requests: ReadonlyMap<string, RequestHandler> = new Map<string, RequestHandler>([
  ['INVITE', onOffer],
  ['UPDATE', onOffer],
  ['INFO', onInfo],
  // The stack adds what an answer to OPTIONS must tell (RFC 3261 11.2).
  ['OPTIONS', (_session, request) => request.respond(200)],
  ['PRACK', (_session, request) => request.respond(200)],
  [
    'NOTIFY',
    (session, request) =>
      isOfTransfer(session, request) ? session.transfer?.notified(request) : refuseMethod(session, request),
  ],
]);

function refuseMethod(session: Session, request: ServerRequest): void {
  if (!session.offerToEngine(request)) request.respond(501);
}

/** The NOTIFY of a REFER of ours; some phones leave out the Event. */
function isOfTransfer(session: Session, { request }: ServerRequest): boolean {
  return session.transfer !== null && /^\s*refer\b|^$/i.test(request.header('Event') ?? '');
}

/** re-INVITE and UPDATE: an offer is answered, none in a re-INVITE asks for ours (RFC 3261 14.2, RFC 3311 5.2). */
async function onOffer(session: Session, request: ServerRequest): Promise<void> {
  const { negotiation } = session;
  const sdp = findSdp(request.request);
  if (sdp.kind === 'unsupported') {
    request.respond(415, 'Unsupported Media Type', { headers: [['Accept', sdpType]] });
    return;
  }
  if (sdp.kind === 'none' && request.request.method !== 'INVITE') {
    request.respond(200);
    return;
  }
  if (negotiation.offerPending) {
    // RFC 3261 14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that
    // dialog is in progress MUST return a 491 (Request Pending) response".
    request.respond(491, 'Request Pending', { headers: [['Retry-After', String(session.retryAfterSeconds())]] });
    return;
  }
  // Whoever offers anew has the answer of our 183, though it went unreliably: RFC 3261 13.2.1 "the UAC
  // MUST treat the first session description it receives as the answer".
  negotiation.answerDelivered();
  if (negotiation.answerPending) {
    // RFC 3311 5.2: an offer while the INVITE's has no answer "MUST" get "a 500 … with a randomly chosen
    // value of between 0 and 10 seconds".
    request.respond(500, undefined, { headers: [['Retry-After', String(session.retryAfterSeconds())]] });
    return;
  }
  try {
    if (sdp.kind === 'none') {
      request.respond(200, 'OK', { body: await negotiation.offerInResponse() });
      return;
    }
    const body = await negotiation.answerOffer(sdp.text, null);
    if (session.state === 'ended') return;
    const parameters = negotiation.commit(body);
    request.respond(200, 'OK', { body });
    if (parameters !== null) session.sessionChanged(parameters);
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    // At debug: a peer could fill the log with bad offers.
    session.log.debug('an offer in the dialog was refused', { code: fault.code, detail: fault.detail });
    request.respond(fault.row.sip, undefined, { headers: offerWarning(fault) });
  }
}

/** The body of `Info-Package: trickle-ice` (RFC 8840 9). */
const trickleType = 'application/trickle-ice-sdpfrag';

function onInfo(session: Session, request: ServerRequest): void {
  const { body } = request.request;
  const contentType = request.request.header('Content-Type');
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  // Candidates that trickle in (RFC 8840) change nothing for a lite agent: the browser finds us.
  if (type === trickleType && session.negotiation.candidates.length > 0) {
    request.respond(200);
    return;
  }
  // RFC 6086 4.2.2: an INFO "associated with an Info Package that the UA has not indicated willingness to
  // receive … MUST" get 469; the stack adds Recv-Info.
  if (request.request.header('Info-Package') !== null) {
    request.respond(469, 'Bad Info Package');
    return;
  }
  // RFC 2976 2.4: an INFO without a body is answered 200.
  if (body.length === 0 && contentType === null) {
    request.respond(200);
    return;
  }
  // Telephony events that nobody here acts on: no reason to fail the peer (SEMS likewise).
  if (type === 'application/csta+xml') {
    request.respond(200);
    return;
  }
  if (!keyTypes.some((known) => known === type)) {
    request.respond(415, 'Unsupported Media Type', { headers: [['Accept', keyTypes.join(', ')]] });
    return;
  }
  const press = parseKeyInfo(type, body);
  if (press === null) {
    request.respond(400, 'Unusable key in INFO');
    return;
  }
  request.respond(200);
  session.reportKey(press.key, press.durationMs, 'info');
}
