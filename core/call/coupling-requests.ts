/** Requests inside the dialog, from one leg to the other and their answers back (core-and-sbc 4.9). */
import {
  endsCall,
  type HeaderLine,
  type ServerRequest,
  type SipBody,
  type SipResponse,
  Withdrawal,
} from '../sip/index.ts';
import { ackBody, type Carrier, type CarryOptions, carryBody } from './coupling-body.ts';
import { mapHeaderIds, mapReferEvent, type OtherIds } from './coupling-dialog-ids.ts';
import { crossingOfReply, crossingOfRequest, reasonOf } from './coupling-headers.ts';
import type { CoupledLeg } from './coupling-leg.ts';
import { type HookRefusal, isRefusal, type RouteDecision } from './leg-hooks.ts';

/** What the relaying needs of the coupling. */
export interface RelayContext extends CarryOptions {
  readonly decision: RouteDecision;
  readonly otherIds: OtherIds;
  /** A refused request has ended the dialog of `leg`. */
  dialogGone(leg: CoupledLeg, status: number): void;
  /** A fault while relaying: ends the call. */
  fault(fault: unknown): void;
}

/** Passes a request of `from`'s peer on to `to`'s; answers it in the end. */
export async function relayRequest(
  context: RelayContext,
  from: CoupledLeg,
  to: CoupledLeg | null,
  request: ServerRequest,
): Promise<void> {
  try {
    await relay(context, from, to, request);
  } catch (fault) {
    if (!request.answered) request.respond(500);
    context.fault(fault);
  }
}

async function relay(
  context: RelayContext,
  from: CoupledLeg,
  to: CoupledLeg | null,
  request: ServerRequest,
): Promise<void> {
  const { hooks, decision } = context;
  // Cancelled before we came to it.
  if (request.answered) return;
  const message = request.request;
  const { method } = message;
  const maxForwards = maxForwardsOf(message.header('Max-Forwards'));
  if (maxForwards <= 0) {
    request.respond(483);
    return;
  }
  if (to === null || !to.reachable) {
    request.respond(500, 'No peer', { headers: [['Retry-After', '5']] });
    return;
  }
  if (method === 'UPDATE' && message.body.length === 0 && !to.session.dialog.peerAllows('UPDATE')) {
    // It refreshes this leg's session timer and target: nothing that the other side must know.
    request.respond(200);
    return;
  }
  if (method === 'INVITE' && to.inviting) {
    // Each would wait for the other's end. RFC 3261 14.2: 491, and its sender tries again.
    request.respond(491, undefined, { headers: [['Retry-After', String(from.session.retryAfterSeconds())]] });
    return;
  }
  if (method === 'REFER' && decision.refer === 'refuse') {
    request.respond(603);
    return;
  }
  // A CANCEL goes on to the other side, whose final answer, 487 or the 2xx that crossed it, is the one for all.
  const withdrawal = method === 'INVITE' ? new Withdrawal() : undefined;
  if (withdrawal !== undefined) request.onCancel = (cancel) => withdrawal.wish(reasonOf(cancel));
  const offers = message.body.length > 0;
  const passed = carryBody(message, from.name, 'offer', context);
  const carried = passed instanceof Promise ? await passed : passed;
  if (carried !== null && isRefusal(carried)) {
    refuse(request, carried);
    return;
  }
  const copied = mapHeaderIds(crossingOfRequest(message, { ownCredentials: false }), context.otherIds);
  const plain = {
    to: to.name,
    initial: false,
    method,
    uri: message.uri,
    headers: method === 'NOTIFY' ? mapReferEvent(copied, from.referCseqs) : copied,
    body: carried,
  };
  const sent = hooks.onRequest?.(plain) ?? plain;
  if (isRefusal(sent)) {
    refuse(request, sent);
    return;
  }
  if (sent.body !== null && method !== 'INFO') to.sentSdp = sent.body;

  const answer = (response: SipResponse): Promise<SipBody | null> =>
    passReply(context, { from: to, to: from, request, response, offers });
  const options = {
    headers: sent.headers,
    ...(sent.body === null ? {} : { body: sent.body }),
    maxForwards: maxForwards - 1,
    ...(withdrawal !== undefined
      ? {
          withdrawal,
          acknowledge: async (response: SipResponse) => {
            try {
              return await answer(response);
            } catch (fault) {
              context.fault(fault);
              return null;
            }
          },
          onProvisional: (response: SipResponse) => void answer(response).catch((fault) => context.fault(fault)),
        }
      : {}),
  };
  if (method === 'INVITE') from.inviting = true;
  const response = await to.session.request(sent.method, options);
  if (method === 'INVITE') from.inviting = false;
  if (method === 'REFER') noteRefer(to, message.header('CSeq'), response);
  if (method !== 'INVITE' || response.status >= 300) await answer(response);
  // 138: an ordinary error leaves both legs as they were; one that tells of a lost dialog ends both.
  if ((method === 'INVITE' || method === 'UPDATE') && endsCall(method, response.status))
    context.dialogGone(to, response.status);
}

/** A response of `from`'s peer for `request` of `to`'s; resolves with the body for the ACK, if one is due. */
async function passReply(
  context: RelayContext,
  passed: {
    readonly from: CoupledLeg;
    readonly to: CoupledLeg;
    readonly request: ServerRequest;
    readonly response: SipResponse;
    readonly offers: boolean;
  },
): Promise<SipBody | null> {
  const { from, to, request, response, offers } = passed;
  const { method } = request.request;
  const going = carryBody(response, from.name, offers ? 'answer' : 'offer', context);
  const carried = going instanceof Promise ? await going : going;
  if (carried !== null && isRefusal(carried)) {
    // The other side has agreed to what may not be: there is no way back but the error.
    refuse(request, carried);
    return null;
  }
  const plain = {
    to: to.name,
    initial: false,
    method,
    status: response.status,
    reason: response.reason,
    headers: mapHeaderIds(crossingOfReply(response, response.status), context.otherIds),
    body: carried,
  };
  const reply = context.hooks.onReply?.(plain) ?? plain;
  // Cancelled, or its leg has ended: the 2xx is acknowledged all the same.
  if (request.answered) return null;
  const acknowledged = method === 'INVITE' && reply.status >= 200 && reply.status < 300 ? to.whenAcknowledged() : null;
  if (reply.body !== null) to.sentSdp = reply.body;
  request.respond(reply.status, reply.reason, {
    headers: reply.headers,
    ...(reply.body === null ? {} : { body: reply.body }),
  });
  return acknowledged === null ? null : acknowledged;
}

/** The ACK of `from`'s peer: its body goes on to the other leg. */
export async function relayAck(
  context: CarryOptions,
  from: CoupledLeg,
  ack: { readonly body: Uint8Array; readonly contentType: string | null },
): Promise<void> {
  const carrier: Carrier = ackBody(ack);
  const body = await carryBody(carrier, from.name, 'answer', context);
  from.acknowledged(body !== null && isRefusal(body) ? null : body);
}

/** NOTIFYs of this REFER will name our CSeq in `id` (RFC 3515 2.4.6). */
function noteRefer(to: CoupledLeg, cseq: string | null, response: SipResponse): void {
  const number = (text: string | null): string | null => /^\s*([0-9]+)/.exec(text ?? '')?.[1] ?? null;
  const theirs = number(cseq);
  const ours = number(response.header('CSeq'));
  if (theirs !== null && ours !== null && to.referCseqs.size < 32) to.referCseqs.set(ours, theirs);
}

function refuse(request: ServerRequest, { status, reason, headers }: HookRefusal): void {
  request.respond(status, reason, headers === undefined ? {} : { headers: headers as readonly HeaderLine[] });
}

/** "144: copy the received value and not a default"; RFC 3261 20.22: 70 where there is none. */
export function maxForwardsOf(value: string | null): number {
  const number = /^\s*([0-9]{1,3})\s*$/.exec(value ?? '')?.[1];
  return number === undefined ? 70 : Number(number);
}
