/** The client side of digest authentication (RFC 2617, 7616, 8760). Pure: nonces and time come in. */
import { createHash } from 'node:crypto';
import { quote } from './grammar.ts';
import { parseAuth } from './header-authenticate.ts';
import type { Credentials } from './types.ts';

/** Algorithm names of the `algorithm` parameter (compared without case) and of node:crypto. */
export const digestAlgorithms: { readonly [name: string]: string } = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

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
}

/** A challenge that we can answer, or null: another scheme, algorithm or qop, no realm or nonce. */
export function parseChallenge(value: string): DigestChallenge | null {
  const auth = parseAuth(value);
  const realm = auth?.parameters.get('realm');
  const nonce = auth?.parameters.get('nonce');
  if (auth === null || auth.scheme !== 'digest' || realm === undefined || nonce === undefined) return null;
  const algorithm = auth.parameters.get('algorithm') ?? null;
  const session = /-sess$/i.test(algorithm ?? '');
  const hash = digestAlgorithms[(algorithm ?? 'MD5').toUpperCase().replace(/-SESS$/, '')];
  const qop = chooseQop(auth.parameters.get('qop'));
  if (hash === undefined || qop === false) return null;
  const stale = auth.parameters.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque: auth.parameters.get('opaque') ?? null, stale, algorithm, hash, session, qop };
}

/** `auth` before `auth-int`: the latter fails behind every middle box that rewrites SDP. */
function chooseQop(offered: string | undefined): 'auth' | 'auth-int' | null | false {
  const names = (offered ?? '').split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('auth')) return 'auth';
  if (names.includes('auth-int')) return 'auth-int';
  return names.every((name) => name === '') ? null : false;
}

/**
 * The first challenge that we support and hold credentials for: "the UAC … SHOULD use the topmost
 * header field that it supports" (RFC 8760 2.4).
 */
export function chooseChallenge(
  challengeHeaders: readonly string[],
  holds: (realm: string) => boolean,
): DigestChallenge | null {
  for (const header of challengeHeaders) {
    const challenge = parseChallenge(header);
    if (challenge !== null && holds(challenge.realm)) return challenge;
  }
  return null;
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
  request: DigestRequest,
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const response = digestResponse(challenge, user, password, request, nc);
  const fields = [
    `username=${quote(user)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(request.uri)}`,
  ];
  fields.push(`response="${response}"`);
  if (algorithm !== null) fields.push(`algorithm=${algorithm}`);
  if (opaque !== null) fields.push(`opaque=${quote(opaque)}`);
  if (qop !== null) fields.push(`qop=${qop}`, `nc=${nc}`);
  if (qop !== null || challenge.session) fields.push(`cnonce=${quote(request.cnonce)}`);
  return `Digest ${fields.join(', ')}`;
}

/** RFC 7616 3.4.1: KD(H(A1), nonce:nc:cnonce:qop:H(A2)); without qop KD(H(A1), nonce:H(A2)). */
function digestResponse(
  { hash, realm, nonce, qop, session }: DigestChallenge,
  user: string,
  password: string,
  { method, uri, body, cnonce }: DigestRequest,
  nc: string,
): string {
  const h = (data: string | Uint8Array) => createHash(hash).update(data).digest('hex');
  const secret = h(`${user}:${realm}:${password}`);
  const a1 = session ? h(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = qop === 'auth-int' ? h(`${method}:${uri}:${h(body)}`) : h(`${method}:${uri}`);
  return h(qop === null ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
}
