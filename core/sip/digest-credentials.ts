/** The Authorization or Proxy-Authorization value of a request, as a digest server reads it (RFC 7616 3.4). */
import { type DigestAlgorithm, digestAlgorithm } from './digest-hash.ts';
import { parseAuth } from './header-authenticate.ts';
import type { SipHeaders } from './types.ts';

export interface DigestCredentials {
  readonly user: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Lower-case hex. */
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  readonly qop: 'auth' | 'auth-int' | null;
  readonly cnonce: string;
  /** As it was written; '' without qop. */
  readonly nc: string;
  /** `nc` as a number; 1 without qop. */
  readonly count: number;
}

/** What one value says: of another realm or scheme (`other`), not usable (why), or credentials. */
export type CredentialsResult =
  | { readonly kind: 'credentials'; readonly credentials: DigestCredentials }
  | { readonly kind: 'other' }
  | { readonly kind: 'bad'; readonly reason: string };

/** Credentials for `realm` among the values of `header`; `other`: there are none. */
export function findCredentials(request: SipHeaders, header: string, realm: string): CredentialsResult {
  for (const value of request.headers(header)) {
    const result = readCredentials(value, realm);
    if (result.kind !== 'other') return result;
  }
  return { kind: 'other' };
}

function readCredentials(value: string, realm: string): CredentialsResult {
  const auth = parseAuth(value);
  if (auth === null) return bad('Malformed credentials');
  if (auth.scheme !== 'digest' || auth.parameters.get('realm') !== realm) return { kind: 'other' };
  const get = (name: string): string | null => auth.parameters.get(name) ?? null;
  const user = get('username') ?? extendedValue(get('username*'));
  const [nonce, uri, response] = [get('nonce'), get('uri'), get('response')];
  if (user === null || nonce === null || uri === null || response === null) {
    return bad('Incomplete credentials');
  }
  const algorithm = digestAlgorithm(get('algorithm'));
  if (algorithm === null) return { kind: 'other' };
  const qop = get('qop')?.toLowerCase() ?? null;
  if (qop !== null && qop !== 'auth' && qop !== 'auth-int') return bad('Unknown qop');
  const [nc, cnonce] = [get('nc') ?? '', get('cnonce') ?? ''];
  // "nc … MUST NOT be specified if the server did not send a qop", and MUST be otherwise (RFC 7616 3.4).
  if (qop !== null && (!/^[0-9a-f]{8}$/i.test(nc) || cnonce === '')) return bad('Bad nc or cnonce');
  const count = qop === null ? 1 : Number.parseInt(nc, 16);
  if (count === 0) return bad('Bad nc or cnonce');
  return {
    kind: 'credentials',
    credentials: { user, realm, nonce, uri, response: response.toLowerCase(), algorithm, qop, cnonce, nc, count },
  };
}

/** `UTF-8''J%C3%A4s` (RFC 8187), or null. */
function extendedValue(text: string | null): string | null {
  const encoded = /^utf-8'[A-Za-z0-9-]*'(.*)$/i.exec(text ?? '')?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function bad(reason: string): CredentialsResult {
  return { kind: 'bad', reason };
}
