/**
 * REFER within a call (RFC 3515, RFC 5589): the peer asks us to call somebody else in its place. With
 * `calls.refer.inDialog: follow` we do, under the dial rules; the referrer hears how it goes by NOTIFY.
 */
import { CodedError } from '../runtime/index.ts';
import {
  type HeaderLine,
  printDialogReference,
  type Referral,
  referralOf,
  type ServerRequest,
  type ServerSubscription,
  sipFragment,
} from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import type { Engine } from './engine.ts';
import { placeHeir } from './originate.ts';
import { inheritedIdentity, legacyOf, takeOver } from './takeover.ts';
import type { Call } from './types.ts';

/** A referrer that does not hang up by itself after a transfer that succeeded. */
const REFERRER_LEAVES_MS = 32_000;

/** Answers a REFER of the peer of `call`. */
export function takeRefer(engine: Engine, call: LayeredCall, request: ServerRequest): void {
  const { inDialog } = engine.parts.config.calls.refer;
  // RFC 3515 2.4.2: an agent that is not willing "MAY … 603 (Declined)".
  if (inDialog === 'refuse') {
    request.respond(603, 'Transfers are off (calls.refer.inDialog)');
    return;
  }
  const referral = referralOf(request.request);
  if (typeof referral === 'string') request.respond(400, referral);
  else if (referral.method !== 'INVITE') request.respond(603, 'Only INVITE can be referred');
  else if (call.state !== 'connected' || call.session.referred) request.respond(491);
  else follow(engine, call, request, referral);
}

function follow(engine: Engine, call: LayeredCall, request: ServerRequest, referral: Referral): void {
  const { dialog } = call.session;
  const legacy = legacyOf(engine, call);
  const own = dialog.role === 'callee' ? dialog.to : dialog.from;
  let heir: LayeredCall;
  try {
    const [from, to] = [`<${own.uriText}>`, `<${referral.target}>`];
    heir = placeHeir(
      engine,
      {
        application: call.application,
        user: call.user,
        from,
        to,
        requestUri: referral.target,
        headers: referredHeaders(referral),
        origin: { name: `call:${call.tag}` },
        traceId: call.traceId,
        onCall: () => {},
      },
      inheritedIdentity(legacy, { from, to, ruri: referral.target }),
    );
  } catch (fault) {
    legacy.release();
    if (!(fault instanceof CodedError)) throw fault;
    request.respond(fault.row.sip, fault.detail);
    return;
  }
  call.session.referred = true;
  const progress = tellReferrer(engine, call, request, referral);
  watchProgress(heir, progress);
  heir.connected.then(
    () => {
      try {
        takeOver(engine, legacy, heir);
        progress?.terminate('noresource', { body: sipFragment(200) });
        // The referrer hangs up (RFC 5589 6.1); one that forgets to is not kept for ever.
        const leave = engine.parts.seams.clock.after(REFERRER_LEAVES_MS, () => call.hangup(transferred));
        void call.ended.then(() => leave.cancel());
      } catch (fault) {
        heir.session.fail(fault);
      }
    },
    () => {
      call.session.referred = false;
      legacy.release();
    },
  );
}

const transferred = { code: 'call.transferred', sentence: 'The call was transferred.' };

/** Replaces or Join as the REFER had it, Referred-By copied (RFC 3892 4.2). */
export function referredHeaders(referral: Referral): readonly HeaderLine[] {
  const { replaces, join, referredBy } = referral;
  return [
    ...(replaces === null
      ? []
      : ([
          ['Replaces', printDialogReference(replaces)],
          ['Require', 'replaces'],
        ] as const)),
    ...(join === null
      ? []
      : ([
          ['Join', printDialogReference(join)],
          ['Require', 'join'],
        ] as const)),
    ...(referredBy === null ? [] : ([['Referred-By', referredBy]] as const)),
  ];
}

/** 202 and a subscription that begins with `100 Trying`; or 200 with `Refer-Sub: false` when none is wanted (RFC 4488). */
export function tellReferrer(
  engine: Engine,
  call: LayeredCall | null,
  request: ServerRequest,
  referral: Referral,
): ServerSubscription | null {
  if (!referral.wantsSubscription) {
    request.respond(200, undefined, { headers: [['Refer-Sub', 'false']] });
    return null;
  }
  // "the id … MAY be" left out for the first REFER of a dialog and must not be for those that follow (2.4.6).
  const number = /^\s*(\d+)/.exec(request.request.header('CSeq') ?? '')?.[1] ?? null;
  const id = call === null || call.session.referrals++ === 0 ? null : number;
  const subscription = engine.parts.sip.referSubscription(call?.session.dialog ?? null, request, id);
  subscription.accept({ status: 202, body: sipFragment(100) });
  return subscription;
}

/** 18x and the refusal of the new call, as they come. */
export function watchProgress(heir: Call, progress: ServerSubscription | null): void {
  if (progress === null) return;
  heir.session.watch((event) => {
    if (event.kind !== 'sip') return;
    if (event.event.kind === 'provisional' && event.event.response.status > 100) {
      const { status, reason } = event.event.response;
      progress.notify(sipFragment(status, reason));
    }
  });
  void heir.ended.then(({ status, reason }) => {
    if (progress.state !== 'terminated') progress.terminate('noresource', { body: sipFragment(status, reason) });
  });
}
