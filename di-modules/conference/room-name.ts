const rfc4240Prefix = 'conf=';

/**
 * The room that a user part names; null: there is none, 404. With `use_rfc4240_rooms` the user must
 * begin with `conf=`, and `conf=` alone names no room (SEMS's configuration promises 404 for it).
 */
export function roomOf(user: string, useRfc4240Rooms: boolean): string | null {
  if (!useRfc4240Rooms) return user === '' ? null : user;
  if (!user.startsWith(rfc4240Prefix) || user.length === rfc4240Prefix.length) return null;
  return user.slice(rfc4240Prefix.length);
}
