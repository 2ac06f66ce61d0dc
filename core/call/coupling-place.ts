import { CodedError } from '../runtime/index.ts';
import type { HeaderLine, ReliableProvisional, SipBody } from '../sip/index.ts';
import { parseUri } from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import type { CoupledCall } from './coupling.ts';
import { carryBody } from './coupling-body.ts';
import { mapHeaderIds, type OtherIds } from './coupling-dialog-ids.ts';
import { withoutAbilities } from './coupling-engine.ts';
import { crossingOfRequest } from './coupling-headers.ts';
import { maxForwardsOf } from './coupling-requests.ts';
import { isRefusal, type RouteTarget } from './leg-hooks.ts';
import { placeLeg } from './originate.ts';

/**
 * Places the B leg of a coupled call: the caller's INVITE, seen by the hooks, to `target`.
 * @throws CodedError `dial.forbidden`, `dial.failed`, `call.limit`, `call.shutdown`.
 */
export function placeTarget(coupled: CoupledCall, target: RouteTarget): LayeredCall {
  const { engine, legA, hooks, decision, options } = coupled;
  const { sessionTimer } = decision;
  const { invite } = legA.session.dialog;
  const copied = mapHeaderIds(
    crossingOfRequest(invite, { ownCredentials: target.credentials !== undefined }),
    ourOwn(coupled),
  );
  const withOurs: readonly HeaderLine[] = [
    ...(coupled.engineBridge === null ? copied : withoutAbilities(copied)),
    // With PRACKs end to end the stack leaves it to us to speak of 100rel (RFC 3262 4).
    ...(coupled.relaysPrack ? [['Supported', '100rel'] as const] : []),
    ...(target.headers ?? []),
  ];
  const plain = {
    to: 'b' as const,
    initial: true,
    method: 'INVITE',
    uri: target.requestUri,
    headers: withOurs,
    body: null,
  };
  // Headers and URI are wanted now; the body once our address towards the target is known.
  const sent = hooks.onRequest?.({ ...plain, body: coupled.engineBridge === null ? bodyOf(coupled) : null }) ?? plain;
  if (isRefusal(sent))
    throw new CodedError('dial.failed', `a hook refused the call: ${sent.status} ${sent.reason ?? ''}`);
  const reliable = reliability(coupled);
  return placeLeg(engine, {
    application: legA.call.application,
    user: parseUri(sent.uri)?.user ?? '',
    from: target.from ?? partyText(invite.header('From')),
    to: target.to ?? partyText(invite.header('To')),
    requestUri: sent.uri,
    headers: sent.headers,
    ...(target.credentials === undefined ? {} : { credentials: target.credentials }),
    origin: options.origin,
    traceId: legA.session.traceId,
    labels: legA.call.labels,
    invite: {
      maxForwards: maxForwardsOf(invite.header('Max-Forwards')) - 1,
      ...(target.callId === undefined ? {} : { callId: target.callId }),
      ...(target.nextHop === undefined ? {} : { nextHop: target.nextHop }),
      ...(target.outboundProxy === undefined ? {} : { outboundProxy: target.outboundProxy }),
      ...(target.listener === undefined ? {} : { listener: target.listener }),
      ...(reliable === undefined ? {} : { reliableProvisional: reliable }),
      ...(sessionTimer === undefined ? {} : { sessionTimer }),
    },
    mayGoTo: ({ address, port }) => {
      // Where the caller reached us: the call would come back again and again, until Max-Forwards ends it.
      const { local } = legA.session.dialog.flow;
      coupled.loops ||= address === local.address && port === local.port;
      return !coupled.loops;
    },
    offer: async (localAddress) => {
      coupled.localAddressB = localAddress;
      if (coupled.engineBridge !== null) return ownOffer(coupled, localAddress);
      const changed = sent.body !== null && sent.body.content !== invite.body ? sent.body : null;
      const carrier =
        changed === null
          ? invite
          : { body: changed.content, header: (name: string) => (name === 'Content-Type' ? changed.contentType : null) };
      const body = await carryBody(carrier, 'a', 'offer', coupled);
      if (body === null) return null;
      if (isRefusal(body)) {
        legA.session.reply(body.status, body.reason, body.headers === undefined ? {} : { headers: body.headers });
        throw new CodedError('dial.failed', 'a hook refused the offer');
      }
      if (coupled.legB !== null) coupled.legB.sentSdp = body;
      return body;
    },
  });
}

/**
 * The ids of a Replaces are mapped when it names us as the one who is to be replaced. What names one of our dialogs as
 * our peer sees it is meant for that peer (an attended transfer whose third party calls through us): left alone.
 */
function ourOwn({ otherIds }: CoupledCall): OtherIds {
  return (callId, tags) => {
    const found = otherIds(callId, tags);
    return found?.own.localTag === tags[0] ? found : null;
  };
}

/** The leg ends here: the offer is that of any call that we place. */
async function ownOffer({ engine, b }: CoupledCall, localAddress: string): Promise<SipBody | null> {
  const { address } = engine.parts.config.media;
  return (await b?.session.negotiation.offer(address === 'auto' ? localAddress : address)) ?? null;
}

/** An offer in a reliable 1xx needs an answer in the PRACK: not towards a caller who sends none. */
function reliability({ decision, relaysPrack, legA, engineBridge }: CoupledCall): ReliableProvisional | undefined {
  if (engineBridge !== null) return decision.reliableProvisional === 'relay' ? undefined : decision.reliableProvisional;
  const { dialog } = legA.session;
  const able = dialog.peerSupports('100rel');
  if (!able && (dialog.invite.body.length === 0 || decision.reliableProvisional === 'relay')) return 'off';
  return relaysPrack ? 'relay' : decision.reliableProvisional;
}

function bodyOf({ legA }: CoupledCall): SipBody | null {
  const { invite } = legA.session.dialog;
  if (invite.body.length === 0) return null;
  return { contentType: invite.header('Content-Type') ?? 'application/sdp', content: invite.body };
}

/** A From or To value without its tag, else as it was written. */
function partyText(value: string | null): string {
  const text = value ?? '';
  const end = text.lastIndexOf('>') + 1;
  return text.slice(0, end) + text.slice(end).replace(/\s*;\s*tag\s*=\s*[^;\s]*/i, '');
}
