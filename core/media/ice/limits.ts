/** How much a browser leg takes of its peer, and for how long it waits. */
export const iceLimits = {
  /** Candidates of one browser: hosts of two families and several networks, reflexive ones, TCP. */
  pairs: 16,
  /** Checks a second from addresses that passed none yet, all together; a pair has its own. */
  newChecksPerSecond: 100,
  /** Answers of 400, 401 and the like a second: whoever guesses is not helped, nor is anybody flooded. */
  errorsPerSecond: 20,
  /** RFC 7675 5.1: "consent to send expires … 30 seconds" after the last check. */
  consentMs: 30_000,
  /** Pairs that were not checked for so long are forgotten; browsers check those they keep every 25 s. */
  pairIdleMs: 90_000,
  /** Sets of credentials at a time: the one in use, the one that is being agreed on, one more. */
  rounds: 3,
  /** The credentials before a restart are answered so long after a pair of the new ones was nominated. */
  oldRoundMs: 5000,
  /**
   * Aggressive nomination (RFC 5245 8.1.1.2) nominates all pairs, and the one of highest priority is meant. One of
   * lower priority is taken only when the present one was not nominated for so long: the browser changed its mind.
   */
  settledMs: 500,
} as const;
