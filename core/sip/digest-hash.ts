/** The arithmetic of digest authentication, the same on both sides (RFC 7616 3.4, RFC 8760). */
import { createHash } from 'node:crypto';

/** Algorithm names of the `algorithm` parameter (compared without case) and of node:crypto. */
export const digestAlgorithms: { readonly [name: string]: string } = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** What the `algorithm` parameter names. */
export interface DigestAlgorithm {
  /** Hash of node:crypto. */
  readonly hash: string;
  /** Upper-case, without `-SESS`: a key of `digestAlgorithms`. */
  readonly name: string;
  /** The `-sess` form (RFC 7616 3.4.2). */
  readonly session: boolean;
}

/** Reads the `algorithm` parameter; null: unknown. Absent means MD5 (RFC 7616 3.3). */
export function digestAlgorithm(parameter: string | null): DigestAlgorithm | null {
  const text = (parameter ?? 'MD5').toUpperCase();
  const name = text.replace(/-SESS$/, '');
  const hash = Object.hasOwn(digestAlgorithms, name) ? digestAlgorithms[name] : undefined;
  return hash === undefined ? null : { hash, name, session: name !== text };
}

/** Lower-case hex. Text is hashed as UTF-8 (RFC 7616 4). */
export function digestHex(hash: string, data: string | Uint8Array): string {
  return createHash(hash).update(data).digest('hex');
}

/** H(user:realm:password), the form in which a server may keep a password. */
export function digestSecret(hash: string, user: string, realm: string, password: string): string {
  return digestHex(hash, `${user}:${realm}:${password}`);
}

/** What a response value is computed over. */
export interface DigestParts {
  readonly hash: string;
  readonly session: boolean;
  readonly nonce: string;
  readonly method: string;
  /** The `uri` parameter. */
  readonly uri: string;
  /** Hashed for `auth-int` only. */
  readonly body: Uint8Array;
  readonly cnonce: string;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  /** Null: RFC 2069, no qop. */
  readonly qop: 'auth' | 'auth-int' | null;
}

/** RFC 7616 3.4.1: KD(H(A1), nonce:nc:cnonce:qop:H(A2)); without qop KD(H(A1), nonce:H(A2)). */
export function digestResponse(secret: string, parts: DigestParts): string {
  const { hash, session, nonce, method, uri, body, cnonce, nc, qop } = parts;
  const a1 = session ? digestHex(hash, `${secret}:${nonce}:${cnonce}`) : secret;
  const integrity = qop === 'auth-int' ? `:${digestHex(hash, body)}` : '';
  const a2 = digestHex(hash, `${method}:${uri}${integrity}`);
  return digestHex(hash, qop === null ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
}
