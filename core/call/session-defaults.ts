/**
 * The default handling of what happens in a dialog (reference/applications 3.1, 3.2): two tables,
 * events and methods. It runs when the application's `onEvent` did not say `handled`.
 */
import { CodedError } from '../runtime/index.ts';
import type { AudioParameters } from '../sdp/index.ts';
import type { DialogEvent, ServerRequest } from '../sip/index.ts';
import {
  endedByFault,
  endedByMissingAck,
  endedByMissingPrack,
  endedByRtpTimeout,
  endedBySessionTimer,
  endedByUs,
} from './ends.ts';
import { keyTypes, parseKeyInfo } from './key-info.ts';
import { offerWarning } from './offer-refusal.ts';
import { findSdp, findSdpIn, sdpType } from './sdp-body.ts';
import type { Session } from './session.ts';
import type { CallEvent } from './types.ts';

export async function defaultHandling(session: Session, event: CallEvent): Promise<void> {
  if (event.kind === 'sip') await dialogEvents[event.event.kind](session, event.event as never);
  else if (event.kind === 'media') onMedia(session, event.event);
  else if (event.kind === 'shutdown')
    session.end({ status: 503, why: { code: 'call.shutdown', sentence: 'The server is shutting down.' } });
}

type DialogTable = {
  readonly [K in DialogEvent['kind']]: (
    session: Session,
    event: Extract<DialogEvent, { readonly kind: K }>,
  ) => void | Promise<void>;
};

const dialogEvents: DialogTable = {
  provisional: (session, { response }) => {
    const sdp = findSdp(response);
    if (sdp.kind !== 'sdp' || !session.negotiation.offerPending) return;
    const parameters = session.negotiation.acceptAnswer(sdp.text);
    session.post({ kind: 'earlyMedia', parameters });
  },

  answered: async (session, { response }) => {
    const { negotiation, dialog } = session;
    const sdp = findSdp(response);
    try {
      if (negotiation.hasOffered) {
        // RFC 3261 13.2.1: the answer to an offer in the INVITE is in a reliable response: the 2xx.
        if (sdp.kind === 'sdp') negotiation.acceptAnswer(sdp.text);
        dialog.acknowledge();
      } else if (sdp.kind === 'sdp') dialog.acknowledge(await negotiation.answerOffer(sdp.text, null));
      else dialog.acknowledge();
      if (negotiation.parameters === null) throw new CodedError('sdp.malformed', 'the 2xx has no session description');
    } catch (fault) {
      // RFC 3261 13.2.2.4: acknowledge, then end the session that cannot be.
      dialog.acknowledge();
      session.markAnswered();
      throw fault;
    }
    if (session.state === 'ended') return;
    const parameters = negotiation.commitNow();
    session.markAnswered();
    if (parameters !== null) session.startSession(parameters);
  },

  failed: (session) => session.end(),

  acknowledged: (session, { body, contentType }) => {
    const { negotiation } = session;
    // Only the ACK of a late offer carries an answer.
    if (!negotiation.offerPending) return;
    const sdp = findSdpIn(contentType, body);
    if (sdp.kind !== 'sdp') throw new CodedError('sdp.malformed', 'the ACK has no answer to the offer in our 200');
    const before = negotiation.parameters;
    const parameters = negotiation.acceptAnswer(sdp.text);
    if (before === null) session.startSession(parameters);
    else sessionChanged(session, parameters);
  },

  noAck: (session) => session.endBecause(endedByMissingAck()),
  noPrack: (session) => session.endBecause(endedByMissingPrack()),
  sessionExpired: (session) => session.endBecause(endedBySessionTimer()),
  // Without a body there is nothing to agree on: the stack answers 200.
  provisionalAcknowledged: () => {},
  cancelled: (session) => session.end(),
  bye: (session) => session.end(),
  remoteGone: (session) => session.end(),

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

function onMedia(session: Session, event: Extract<CallEvent, { readonly kind: 'media' }>['event']): void {
  if (event.kind === 'rtpTimeout') onSilence(session);
  else if (event.kind === 'failed')
    session.endBecause(endedByFault(new CodedError('media.failed', event.detail), session.answeredAtMs !== null));
}

/** A peer that need not send is asked instead (`Session.checkPeer`). */
function onSilence(session: Session): void {
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
    (session, request) => (session.expectsNotify ? onReferNotify(session, request) : refuseMethod(session, request)),
  ],
]);

function refuseMethod(_session: Session, request: ServerRequest): void {
  request.respond(501);
}

/** re-INVITE and UPDATE: an offer is answered, none in a re-INVITE asks for ours (RFC 3261 14.2, RFC 3311 5.2). */
async function onOffer(session: Session, request: ServerRequest): Promise<void> {
  const { negotiation } = session;
  const sdp = findSdp(request.request);
  if (sdp.kind === 'unsupported') {
    request.respond(415, 'Unsupported Media Type', { headers: [['Accept', sdpType]] });
    return;
  }
  if (sdp.kind === 'none' && request.request.method === 'UPDATE') {
    request.respond(200);
    return;
  }
  if (negotiation.offerPending) {
    // RFC 3261 14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that
    // dialog is in progress MUST return a 491 (Request Pending) response".
    request.respond(491, 'Request Pending', { headers: [['Retry-After', String(session.retryAfterSeconds())]] });
    return;
  }
  try {
    if (sdp.kind === 'none') {
      request.respond(200, 'OK', { body: await negotiation.offerAgain() });
      return;
    }
    const body = await negotiation.answerOffer(sdp.text, null);
    if (session.state === 'ended') return;
    const parameters = negotiation.commit(body);
    request.respond(200, 'OK', { body });
    if (parameters !== null) sessionChanged(session, parameters);
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    // At debug: a peer could fill the log with bad offers.
    session.log.debug('an offer in the dialog was refused', { code: fault.code, detail: fault.detail });
    request.respond(fault.row.sip, undefined, { headers: offerWarning(fault) });
  }
}

function sessionChanged(session: Session, parameters: AudioParameters): void {
  session.post({ kind: 'sessionChanged', parameters, held: isHeld(parameters) });
}

/** The peer does not want to hear us: it said sendonly or inactive, or gave 0.0.0.0 (RFC 3264 8.4). */
function isHeld({ direction, remote }: AudioParameters): boolean {
  return direction === 'recvonly' || direction === 'inactive' || remote === null;
}

function onInfo(session: Session, request: ServerRequest): void {
  const { body } = request.request;
  const contentType = request.request.header('Content-Type');
  // RFC 2976 2.4: an INFO without a body is answered 200.
  if (body.length === 0 && contentType === null) {
    request.respond(200);
    return;
  }
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
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

/** RFC 3515 2.4.4: the implicit subscription of our REFER; its body tells how the transfer goes. */
function onReferNotify(session: Session, request: ServerRequest): void {
  request.respond(200);
  const status = /^SIP\/2\.0 (\d{3})/.exec(new TextDecoder().decode(request.request.body.subarray(0, 100)))?.[1];
  if (status === undefined) return;
  session.log.info('transfer progress', { status: Number(status) });
  // The transferee reached its target: our part is over (RFC 5589 6.1).
  if (status.startsWith('2'))
    session.endBecause(endedByUs(200, 'OK', { code: 'call.transferred', sentence: 'The call was transferred.' }));
}
