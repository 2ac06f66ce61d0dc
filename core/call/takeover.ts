/**
 * One call takes the place of another (RFC 3891, RFC 5589): the application, its parameters, the seats in rooms and
 * the partner of a bridge go from the old leg to the new one. What was there is noted first, since the old leg may
 * be gone by the time the new one stands.
 */
import { CodedError } from '../runtime/index.ts';
import type { CallBridge } from './bridge.ts';
import type { CallIdentity, LayeredCall } from './call.ts';
import { endedByUs } from './ends.ts';
import type { Engine } from './engine.ts';
import type { SeatState } from './rooms.ts';
import type { RoomSeat } from './types.ts';

/** What a call leaves to its successor. */
export interface Legacy {
  readonly call: LayeredCall;
  readonly seats: readonly SeatState[];
  readonly bridge: CallBridge | null;
  /** Nobody succeeds: the partner of a bridge need not wait any more. */
  release(): void;
}

export function legacyOf(engine: Engine, call: LayeredCall): Legacy {
  const bridge = call.currentBridge;
  const partner = bridge?.partnerOf(call) ?? null;
  const held = partner === null ? null : bridge;
  return { call, seats: engine.rooms.seatsOf(call.session), bridge: held, release: held?.spare(call) ?? (() => {}) };
}

/** Who the successor is: itself in From and To, the old call in everything that the application was told. */
export function inheritedIdentity({ call }: Legacy, own: Pick<CallIdentity, 'from' | 'to' | 'ruri'>): CallIdentity {
  const { user, domain, parameters, labels, header, parameter } = call;
  return { ...own, user, domain, parameters, labels, header, parameter };
}

/**
 * The successor stands (its media is open): it gets seats and bridge, the old call loses them, and the application
 * goes on with it: `inherit` of a seat or `resume` if it has that, nothing more when audio is all there was, else its `onInvite` anew.
 */
export function takeOver(engine: Engine, legacy: Legacy, heir: LayeredCall): void {
  const { call: old, seats, bridge } = legacy;
  const { media } = heir.session;
  if (media === null) throw new CodedError('call.wrongState', 'the call that takes over has no media');
  let seat: RoomSeat | null = null;
  // What it is to the others of the room (gains, whisper, deaf) is the seat's, not the person's.
  if (seats.length > 0 && old.session.media !== null) media.setSeat(old.session.media.seat);
  for (const { name, listenOnly, muted } of seats) {
    const taken = engine.rooms.join(heir.session, media, name, { listenOnly, evenLocked: true, inPlaceOf: old.tag });
    if (muted) taken.setMuted(true);
    seat ??= taken;
    const oldMedia = old.session.media;
    if (old.state === 'connected' && oldMedia !== null) engine.rooms.join(old.session, oldMedia, name, {}).leave();
  }
  bridge?.replace(old, heir);
  heir.log.info('a call took the place of another', { of: old.tag });
  const application = engine.application(old.application);
  if (seat !== null && application?.inherit !== undefined) {
    const taken = seat;
    engine.run(heir, () => application.inherit?.(heir, taken, old.tag));
  } else if (application?.resume !== undefined) engine.run(heir, () => application.resume?.(heir, seat));
  else if (restarts(engine, legacy) && application !== undefined)
    engine.run(heir, (call) => application.onInvite(call));
}

/** Nothing but the application itself could go on: it begins anew with the successor. */
export function restarts(engine: Engine, { call, seats, bridge }: Legacy): boolean {
  return engine.application(call.application)?.resume === undefined && seats.length === 0 && bridge === null;
}

/** The old leg ends because another took its place; the peer is told so in the BYE (RFC 3326). */
export function endReplaced(old: LayeredCall, heir: LayeredCall): void {
  const why = { code: 'call.replaced', sentence: 'Another call took the place of this one.', cause: heir.tag };
  const cause = endedByUs(200, 'OK', why);
  old.session.endBecause(cause, [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]);
}
