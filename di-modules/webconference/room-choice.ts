import type { Call, PosixExpression } from '../../core/index.ts';
import type { WebconferenceConfig } from './config.ts';

/**
 * How an incoming call comes to its room (di-interfaces 7.1): asked by keys, named, or named after `room_prefix` (our
 * own rule: then the whole name counts, and who cannot enter is told so by SIP); null: that names no room.
 */
export type RoomChoice =
  | { readonly kind: 'ask' }
  | { readonly kind: 'direct'; readonly room: string }
  | { readonly kind: 'prefix'; readonly room: string | null };

/** What may follow the prefix: what needs no escape in a URI, and letters and digits of all scripts. */
const roomName = /^[\p{L}\p{M}\p{N}._~-]{1,64}$/u;

/** The first rule that applies: `enter_room=true`, `room=`, `room_prefix`, `direct_room_re`, else ask. */
export function chooseRoom(
  call: Pick<Call, 'user' | 'parameter'>,
  directRoom: PosixExpression | null,
  { direct_room_strip, room_prefix }: Pick<WebconferenceConfig, 'direct_room_strip' | 'room_prefix'>,
): RoomChoice {
  if (call.parameter('enter_room') === 'true') return { kind: 'ask' };
  const named = call.parameter('room');
  if (named !== null && named !== '') return { kind: 'direct', room: named };
  if (room_prefix !== '' && call.user.startsWith(room_prefix)) {
    const name = call.user.slice(room_prefix.length);
    return { kind: 'prefix', room: roomName.test(name) ? name : null };
  }
  if (directRoom !== null && directRoom(call.user) !== null)
    return { kind: 'direct', room: strip(call.user, direct_room_strip) };
  return { kind: 'ask' };
}

/** Not stripped if the user is not longer than that. */
const strip = (user: string, count: number): string => (user.length > count ? user.slice(count) : user);

/** From the parameter, else from the header, else from the split of the room number, else empty. */
export function participantIdOf(
  call: Pick<Call, 'parameter' | 'header'>,
  config: Pick<WebconferenceConfig, 'participant_id_param' | 'participant_id_header'>,
  fromSplit: string,
): string {
  const { participant_id_param: param, participant_id_header: header } = config;
  const given = (param === '' ? null : call.parameter(param)) ?? (header === '' ? null : call.header(header));
  return (given ?? fromSplit).slice(0, 128);
}

/** The `u=` line of the answer (7.1); parts that are not known are left out. Null: none is configured. */
export function sessionUri(urlBase: string, room: string | null, adminPin: string | null): string | null {
  if (urlBase === '') return null;
  const part = (name: string, value: string | null): string =>
    value === null || value === '' ? '' : `&${name}=${encodeURIComponent(value)}`;
  return `${urlBase}${part('newRoomNumber', room)}${part('roomAdminPassword', adminPin)}`;
}
