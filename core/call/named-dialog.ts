/**
 * An INVITE that names a call of ours: Replaces (RFC 3891) takes its place, Join (RFC 3911) sits down beside it. "The
 * UA … MUST verify that the initiator of the new INVITE is authorized to replace the matched dialog" (RFC 3891 3).
 */
import {
  callerIdentity,
  type Dialog,
  type InviteContext,
  type NameAddress,
  parseNameAddress,
  type SipUri,
} from '../sip/index.ts';
import type { Refusal } from './admission.ts';
import type { LayeredCall } from './call.ts';
import type { CallsConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { endReplaced, type Legacy, legacyOf, restarts, takeOver } from './takeover.ts';

export type NamedCall =
  | { readonly kind: 'none' }
  | { readonly kind: 'replaces' | 'join'; readonly call: LayeredCall }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Which call an INVITE names, and whether its sender may. */
export function namedCall(engine: Engine, dialog: Dialog, context: InviteContext | undefined): NamedCall {
  const named = context?.replaces?.dialog ?? context?.join ?? null;
  if (named === null) return { kind: 'none' };
  const refuse = (status: number, reason: string, sentence: string): NamedCall => ({
    kind: 'refused',
    refusal: { status, reason, why: { code: 'call.notReplaced', sentence, cause: 'calls.replaces' } },
  });
  const call = engine.layered(named.ids.localTag);
  if (call === null) return refuse(481, 'Call/Transaction Does Not Exist', 'The call that was named has ended.');
  const { replaces } = engine.parts.config.calls;
  if (!mayName(replaces, dialog, named))
    return refuse(403, 'Not allowed by calls.replaces', 'The caller may not take over or join that call.');
  const kind = context?.replaces == null ? 'join' : 'replaces';
  if (kind === 'join' && engine.rooms.seatsOf(call.session).length === 0)
    return refuse(488, 'Not Acceptable Here', 'The call that was named sits in no room.');
  return { kind, call };
}

/**
 * `trusted`: a peer in `sip.trusted` (a proxy that authenticates); or one that comes the way of the call itself; or
 * the same person, by the identity that the INVITE shows; or whom the peer of the call sends (Referred-By names it:
 * RFC 3892, what the third phone of an attended transfer does).
 */
function mayName(rule: CallsConfig['replaces'], dialog: Dialog, named: Dialog): boolean {
  if (rule !== 'trusted') return rule === 'any';
  if (dialog.flow.trusted || dialog.flow.remote.address === named.flow.remote.address) return true;
  const peer = named.role === 'callee' ? named.from : named.to;
  const referrer = parseNameAddress(dialog.invite.header('Referred-By') ?? '');
  return [callerIdentity(dialog.invite).address, referrer].some((each) => isSame(each, peer.uri));
}

function isSame(address: NameAddress | null, uri: SipUri): boolean {
  return address !== null && address.uri.user === uri.user && address.uri.host.toLowerCase() === uri.host.toLowerCase();
}

/** The new call is answered, takes the place of `old`, and only then the old one ends. */
export function serveHeir(engine: Engine, old: LayeredCall, adopt: (legacy: Legacy) => LayeredCall): void {
  const legacy = legacyOf(engine, old);
  const heir = adopt(legacy);
  void heir.ended.then(() => legacy.release());
  engine.run(heir, async () => {
    if (!restarts(engine, legacy)) {
      await heir.accept();
      takeOver(engine, legacy, heir);
      endReplaced(old, heir);
      return;
    }
    heir.connected.then(
      () => endReplaced(old, heir),
      () => {},
    );
    const application = engine.application(old.application);
    if (old.direction === 'out' && application?.originate !== undefined) {
      await heir.accept();
      await application.originate(heir);
    } else await application?.onInvite(heir);
  });
}

/** The new call sits down in the room of `other`. */
export function serveJoiner(engine: Engine, other: LayeredCall, adopt: (legacy: Legacy) => LayeredCall): void {
  const legacy: Legacy = { call: other, seats: [], bridge: null, release: () => {} };
  const joiner = adopt(legacy);
  engine.run(joiner, async () => {
    const [seat] = engine.rooms.seatsOf(other.session);
    if (seat === undefined) {
      joiner.reject(488);
      return;
    }
    if (engine.rooms.isLocked(seat.name)) {
      joiner.reject(403, 'Forbidden');
      return;
    }
    await joiner.accept();
    const taken = joiner.join(seat.name);
    const application = engine.application(other.application);
    if (application?.inherit !== undefined) await application.inherit(joiner, taken, null);
    else await application?.resume?.(joiner, taken);
  });
}
