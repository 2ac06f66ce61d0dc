/**
 * The randomness seam. `fraction` and `integer` are for behaviour (port choice, jitter, SSRC) and
 * are seeded in tests; `secure` is for everything an attacker must not guess: tags, branches,
 * tokens, nonces, keys (design, section 3).
 */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** An integer in [0, limit). */
  integer(limit: number): number;
  /** `length` unguessable bytes (deterministic in simulation only). */
  secure(length: number): Uint8Array;
  /** As `secureToken`, where that is cheaper than bytes. */
  token?(bytes: number): string;
}

/** `bytes` unguessable bytes as lower-case hex: 12 bytes give the 96 bits that a call tag needs. */
export function secureToken(random: Random, bytes: number): string {
  if (random.token !== undefined) return random.token(bytes);
  const taken = random.secure(bytes);
  return Buffer.from(taken.buffer, taken.byteOffset, taken.byteLength).toString('hex');
}
