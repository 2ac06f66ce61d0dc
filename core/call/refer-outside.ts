/**
 * REFER outside a dialog: inviting somebody into a room, and click-to-dial (core-and-sbc 2.6, design section 4). Off
 * by default; only for peers that we believe, and under the dial rules in the name of the referrer.
 *
 *   REFER sip:510@us, Refer-To: <sip:bob@…>                        room 510 calls bob
 *   REFER sip:any@us, To: <sip:ann@…>, Refer-To: <sip:bob@…>        ann is called, then bob, and both are connected
 */
import { CodedError } from '../runtime/index.ts';
import {
  callerIdentity,
  type NameAddress,
  parseNameAddress,
  parseUri,
  type Referral,
  referralOf,
  type ServerRequest,
  type ServerSubscription,
  type SipRequest,
  sipFragment,
} from '../sip/index.ts';
import { incomingParameters } from './app-params.ts';
import type { Engine } from './engine.ts';
import { referredHeaders, tellReferrer, watchProgress } from './refer-in-dialog.ts';
import type { Call, DialOrigin, OriginateOptions } from './types.ts';

/** Answers it. `application`: who serves calls to the Request-URI, or null. */
export function takeReferOutside(engine: Engine, request: ServerRequest, application: string | null): number {
  const refuse = (status: number, reason?: string): number => {
    request.respond(status, reason);
    return status;
  };
  const { refer, authenticate } = engine.parts.config.calls;
  if (!refer.outOfDialog) return refuse(403, 'REFER outside a call is off (calls.refer.outOfDialog)');
  const asked = authenticate.realm !== '' && authenticate.methods.includes('REFER');
  if (!request.flow.trusted && !asked) return refuse(403, 'Not in sip.trusted and not authenticated');
  if (application === null) return refuse(404);
  const referral = referralOf(request.request);
  if (typeof referral === 'string') return refuse(400, referral);
  if (referral.method !== 'INVITE') return refuse(603, 'Only INVITE can be referred');
  try {
    const order = orderOf(request.request, referral, application);
    const first = firstParty(request.request);
    const progress: { told: ServerSubscription | null } = { told: null };
    const call = first === null ? invite(engine, order) : clickToDial(engine, order, first, progress);
    try {
      progress.told = tellReferrer(engine, null, request, referral);
    } catch (fault) {
      // A REFER without a usable Contact opens no dialog: nothing was ordered.
      call.hangup();
      throw fault;
    }
    if (first === null) {
      watchProgress(call, progress.told);
      call.connected.then(
        () => progress.told?.terminate('noresource', { body: sipFragment(200) }),
        () => {},
      );
    }
    return 202;
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    return refuse(fault.row.sip, fault.detail);
  }
}

type Order = Omit<OriginateOptions, 'onCall'>;

function orderOf(request: SipRequest, referral: Referral, application: string): Order {
  const identity = callerIdentity(request);
  const origin: DialOrigin = { name: `refer:${identity.address?.uriText ?? 'unknown'}`.slice(0, 200) };
  const parameter = incomingParameters((name) => request.header(name));
  const text = request.header('P-App-Param');
  return {
    application,
    user: parseUri(request.uri)?.user ?? '',
    // The room calls, not the referrer: whom it is for is in Referred-By (RFC 3892).
    from: `<${request.uri}>`,
    to: `<${referral.target}>`,
    requestUri: referral.target,
    headers: [...referredHeaders(referral), ...(referral.referredBy === null ? referrerLine(identity.address) : [])],
    parameters: text ?? parameter('refer-to'),
    origin,
  };
}

function referrerLine(address: NameAddress | null): readonly (readonly [string, string])[] {
  return address === null ? [] : [['Referred-By', `<${address.uriText}>`]];
}

/** The application dials: `originate` of whoever serves the Request-URI. */
function invite(engine: Engine, order: Order): Call {
  return engine.originate(order);
}

/** A To that names somebody else than the Request-URI: the party that is called first. */
function firstParty(request: SipRequest): string | null {
  const to = parseNameAddress(request.header('To') ?? '');
  const ruri = parseUri(request.uri);
  if (to === null || ruri === null) return null;
  const same = to.uri.user === ruri.user && to.uri.host.toLowerCase() === ruri.host.toLowerCase();
  return same ? null : to.uriText;
}

/** The first party is called; when it has answered, the Refer-To is; when that has, both are one call. */
function clickToDial(engine: Engine, order: Order, first: string, progress: { told: ServerSubscription | null }): Call {
  const caller = engine.originate({ ...order, to: `<${first}>`, requestUri: first, headers: [], onCall: () => {} });
  const failed = (status: number, reason: string): void => {
    if (progress.told !== null && progress.told.state !== 'terminated')
      progress.told.terminate('noresource', { body: sipFragment(status, reason) });
  };
  void caller.ended.then(({ status, reason }) => failed(status === 200 ? 487 : status, status === 200 ? '' : reason));
  caller.connected.then(
    () => {
      try {
        const callee = engine.originate({ ...order, from: `<${first}>`, traceId: caller.traceId, onCall: () => {} });
        watchProgress(callee, progress.told);
        const stop = (): void => callee.hangup();
        caller.signal.addEventListener('abort', stop, { once: true });
        callee.connected.then(
          () => {
            caller.bridge(callee);
            progress.told?.terminate('noresource', { body: sipFragment(200) });
          },
          () =>
            caller.hangup({ code: 'call.otherLeg', sentence: 'The other leg of the call ended.', cause: callee.tag }),
        );
      } catch (fault) {
        failed(fault instanceof CodedError ? fault.row.sip : 500, '');
        caller.hangup();
      }
    },
    () => {},
  );
  return caller;
}
