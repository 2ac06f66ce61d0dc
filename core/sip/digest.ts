/** The client side of digest authentication (RFC 2617, 7616, 8760). Pure: nonces and time come in. */
import { digestAlgorithm, digestHex, digestResponse, digestSecret } from './digest-hash.ts';
import { quote } from './grammar.ts';
import { parseAuth } from './header-authenticate.ts';
import type { Credentials } from './types.ts';

export interface DigestRequest {
  readonly method: string;
  /** The Request-URI as it is sent. */
  readonly uri: string;
  readonly body: Uint8Array;
  /** 1 for the first request with this nonce. */
  readonly nonceCount: number;
  /** Unguessable, from the random seam. */
  readonly cnonce: string;
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** True: the nonce was too old, the credentials may be right. */
  readonly stale: boolean;
  /** As the server wrote it; null when it did not. */
  readonly algorithm: string | null;
  /** Hash of node:crypto. */
  readonly hash: string;
  /** The `-sess` form (RFC 7616 3.4.2). */
  readonly session: boolean;
  /** Null: RFC 2069, no qop. */
  readonly qop: 'auth' | 'auth-int' | null;
  /** The server wants the hash of the user name instead of the name (RFC 7616 3.4.4). */
  readonly userhash: boolean;
}

/** A challenge that we can answer, or null: another scheme, algorithm or qop, no realm or nonce. */
export function parseChallenge(value: string): DigestChallenge | null {
  const auth = parseAuth(value);
  if (auth === null || auth.scheme !== 'digest') return null;
  const { parameters } = auth;
  const flag = (name: string): boolean => parameters.get(name)?.toLowerCase() === 'true';
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  const algorithm = parameters.get('algorithm') ?? null;
  const known = digestAlgorithm(algorithm);
  const qop = chooseQop(parameters.get('qop'));
  if (realm === undefined || nonce === undefined || known === null || qop === false) return null;
  return {
    realm,
    nonce,
    opaque: parameters.get('opaque') ?? null,
    stale: flag('stale'),
    algorithm,
    hash: known.hash,
    session: known.session,
    qop,
    userhash: flag('userhash'),
  };
}

/** `auth` before `auth-int`: the latter fails behind every middle box that rewrites SDP. */
function chooseQop(offered: string | undefined): 'auth' | 'auth-int' | null | false {
  const names = (offered ?? '').split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('auth')) return 'auth';
  if (names.includes('auth-int')) return 'auth-int';
  return names.every((name) => name === '') ? null : false;
}

/**
 * The topmost challenge of each realm that we support and hold credentials for: "the UAC … SHOULD
 * use the topmost header field that it supports" (RFC 8760 2.4), and credentials for every realm
 * that asks (RFC 3261 22.3).
 */
export function chooseChallenges(
  challengeHeaders: readonly string[],
  holds: (realm: string) => boolean,
): readonly DigestChallenge[] {
  const chosen = new Map<string, DigestChallenge>();
  for (const header of challengeHeaders) {
    const challenge = parseChallenge(header);
    if (challenge === null || chosen.has(challenge.realm) || !holds(challenge.realm)) continue;
    chosen.set(challenge.realm, challenge);
  }
  return [...chosen.values()];
}

/** The first of `chooseChallenges`, or null. */
export function chooseChallenge(
  challengeHeaders: readonly string[],
  holds: (realm: string) => boolean,
): DigestChallenge | null {
  return chooseChallenges(challengeHeaders, holds)[0] ?? null;
}

/**
 * The value of Authorization (after 401) or Proxy-Authorization (after 407) that answers the
 * topmost supported challenge, or null when none fits.
 */
export function authorize(
  challengeHeaders: readonly string[],
  credentials: Credentials,
  request: DigestRequest,
): string | null {
  const { realm: own } = credentials;
  const challenge = chooseChallenge(challengeHeaders, (realm) => own === '' || own === realm);
  return challenge === null ? null : answerChallenge(challenge, credentials, request);
}

/** As `authorize`, for a challenge that is kept: later requests raise `nonceCount`. */
export function answerChallenge(
  challenge: DigestChallenge,
  { user, password }: Credentials,
  { method, uri, body, nonceCount, cnonce }: DigestRequest,
): string {
  const { hash, session, realm, nonce, opaque, algorithm, qop, userhash } = challenge;
  const nc = nonceCount.toString(16).padStart(8, '0');
  const secret = digestSecret(hash, user, realm, password);
  const response = digestResponse(secret, { hash, session, nonce, method, uri, body, cnonce, nc, qop });
  const fields = [
    `username=${quote(userhash ? digestHex(hash, `${user}:${realm}`) : user)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
  ];
  if (algorithm !== null) fields.push(`algorithm=${algorithm}`);
  if (opaque !== null) fields.push(`opaque=${quote(opaque)}`);
  // RFC 3261 22.4 (8), 25.1: in credentials qop and nc go without quotes.
  if (qop !== null) fields.push(`qop=${qop}`, `nc=${nc}`);
  if (qop !== null || session) fields.push(`cnonce=${quote(cnonce)}`);
  if (userhash) fields.push('userhash=true');
  return `Digest ${fields.join(', ')}`;
}
