/** Result codes of SEMS's `msg_storage` (di-interfaces 5.11). */
export const codes = {
  ok: 0,
  userNotFound: 2,
  messageNotFound: 3,
  readError: 5,
  noSpace: 6,
  storage: 7,
} as const;
export type Code = (typeof codes)[keyof typeof codes];
