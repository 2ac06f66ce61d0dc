/** The server side of digest authentication (RFC 3261 22, RFC 7616, RFC 8760). */
import {
  asCodedError,
  type Clock,
  CodedError,
  equalSecrets,
  type Random,
  SecretAttempts,
  secureToken,
} from '../runtime/index.ts';
import { type DigestCredentials, findCredentials } from './digest-credentials.ts';
import { digestAlgorithm, digestResponse, digestSecret } from './digest-hash.ts';
import { NonceBook } from './digest-nonces.ts';
import { quote } from './grammar.ts';
import type { HeaderLine, SipRequest } from './types.ts';
import { parseUri } from './uri.ts';
import { uriEquals } from './uri-equals.ts';

export interface DigestServerOptions {
  /** Asked for when `check` names no realm. */
  readonly realm: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `MD5`, `SHA-256`, `SHA-512-256`, each with or without `-sess`, strongest first; default all three. */
  readonly algorithms?: readonly string[];
  /** Offered in this order; default `auth, auth-int`. */
  readonly qop?: readonly ('auth' | 'auth-int')[];
  /** Age at which a nonce is stale. Default 300. */
  readonly nonceSeconds?: number;
  /** Nonces in use whose counts are remembered. Default 10 000. */
  readonly maxNonces?: number;
  /** Refuse a `uri` that is not the Request-URI. Default true; false behind a proxy that rewrites it. */
  readonly checkUri?: boolean;
}

/** What a server knows of a user: the password, or H(user:realm:password) in hex by algorithm. */
export type DigestSecret = { readonly password: string } | { readonly ha1: { readonly [algorithm: string]: string } };

export type CredentialsOf = (user: string, realm: string) => DigestSecret | null | Promise<DigestSecret | null>;

export interface CheckContext {
  /** Who tries, for the lock-out: the address of the peer. Default: no lock-out. */
  readonly source?: string;
  readonly realm?: string;
  /** Challenge with 407 and Proxy-Authenticate. */
  readonly proxy?: boolean;
}

/** Answer with that status and those headers. `refused`: there were credentials, and they were wrong. */
export interface DigestChallengeVerdict {
  readonly kind: 'challenge';
  readonly status: 401 | 407;
  readonly headers: readonly HeaderLine[];
  readonly refused: boolean;
}

export type DigestVerdict =
  | { readonly kind: 'ok'; readonly user: string; readonly realm: string }
  | DigestChallengeVerdict
  /** 400: credentials that cannot be read; 403: too many wrong ones, right or wrong now. */
  | { readonly kind: 'bad'; readonly status: 400 | 403; readonly reason: string };

export interface DigestServer {
  /**
   * Judges a request. ACK and CANCEL pass as user '': they cannot be challenged (22.1). The body
   * of the request counts for `auth-int` only. Rejects only with what `credentialsOf` throws.
   */
  check(request: SipRequest, credentialsOf: CredentialsOf, context?: CheckContext): Promise<DigestVerdict>;
  /** The challenge of a request that shows no credentials for the realm, at once; null: `check` has to judge. */
  challenge(request: SipRequest, context?: CheckContext): DigestChallengeVerdict | null;
}

/** Wrong tries in a row before a source is locked out: for one user, and for all users together. */
const MAX_FAILURES_PER_USER = 5;
const MAX_FAILURES_PER_SOURCE = 50;
const LOCK_MS = 60_000;

/** @throws CodedError `config.invalid` for an unknown algorithm or an empty realm. */
export function createDigestServer(options: DigestServerOptions): DigestServer {
  return new Server(options);
}

class Server implements DigestServer {
  readonly #options: Required<DigestServerOptions>;
  readonly #nonces: NonceBook;
  readonly #perUser: SecretAttempts;
  readonly #perSource: SecretAttempts;
  /** Stands in for the password of users that do not exist: their refusal takes the same time. */
  readonly #nobody: DigestSecret;

  constructor(options: DigestServerOptions) {
    this.#options = {
      algorithms: ['SHA-512-256', 'SHA-256', 'MD5'],
      qop: ['auth', 'auth-int'],
      nonceSeconds: 300,
      maxNonces: 10_000,
      checkUri: true,
      ...options,
    };
    const { clock, random, nonceSeconds, maxNonces, algorithms, realm } = this.#options;
    const unknown = algorithms.find((name) => digestAlgorithm(name) === null);
    if (unknown !== undefined) throw new CodedError('config.invalid', `digest algorithm ${unknown}`);
    if (realm === '') throw new CodedError('config.invalid', 'an empty digest realm');
    this.#nonces = new NonceBook({ clock, random, nonceSeconds, maxNonces });
    this.#perUser = new SecretAttempts(clock, { maxFailures: MAX_FAILURES_PER_USER, lockMs: LOCK_MS });
    this.#perSource = new SecretAttempts(clock, { maxFailures: MAX_FAILURES_PER_SOURCE, lockMs: LOCK_MS });
    this.#nobody = { password: secureToken(random, 16) };
  }

  async check(
    request: SipRequest,
    credentialsOf: CredentialsOf,
    { source = '', realm = this.#options.realm, proxy = false }: CheckContext = {},
  ): Promise<DigestVerdict> {
    if (request.method === 'ACK' || request.method === 'CANCEL') return { kind: 'ok', user: '', realm };
    const found = findCredentials(request, proxy ? 'Proxy-Authorization' : 'Authorization', realm);
    if (found.kind === 'bad') return { kind: 'bad', status: 400, reason: found.reason };
    if (found.kind === 'other' || !this.#offered(found.credentials)) return this.#challenge(realm, proxy, {});
    const { credentials } = found;
    // RFC 7616 3.4.6: "the server MUST assure that the resource designated by the request-line is the
    // same as the resource specified in the uri parameter; if … not, the server SHOULD return a 400".
    if (this.#options.checkUri && !fitsRequest(credentials.uri, request.uri)) {
      return { kind: 'bad', status: 400, reason: 'The digest uri is not the Request-URI' };
    }
    const secret = await credentialsOf(credentials.user, realm);
    const right = this.#attempt(source, credentials.user, () => this.#fits(request, credentials, secret));
    if (right === 'locked') return { kind: 'bad', status: 403, reason: 'Too many wrong credentials' };
    if (right === 'wrong') return this.#challenge(realm, proxy, { refused: true });
    // Only who knows the password is told that its nonce was the fault (RFC 7616 3.3: "stale").
    const nonce = this.#nonces.use(credentials.nonce, realm, credentials.count);
    return nonce === 'fresh'
      ? { kind: 'ok', user: credentials.user, realm }
      : this.#challenge(realm, proxy, { stale: true });
  }

  challenge(
    request: SipRequest,
    { realm = this.#options.realm, proxy = false }: CheckContext = {},
  ): DigestChallengeVerdict | null {
    if (request.method === 'ACK' || request.method === 'CANCEL') return null;
    const found = findCredentials(request, proxy ? 'Proxy-Authorization' : 'Authorization', realm);
    return found.kind === 'other' ? this.#challenge(realm, proxy, {}) : null;
  }

  /** An algorithm or qop that we did not offer is no answer to our challenge. */
  #offered({ algorithm, qop }: DigestCredentials): boolean {
    const written = algorithm.session ? `${algorithm.name}-SESS` : algorithm.name;
    const known = this.#options.algorithms.some((name) => name.toUpperCase() === written);
    return known && (qop === null || this.#options.qop.includes(qop));
  }

  #attempt(source: string, user: string, compare: () => boolean): 'right' | 'wrong' | 'locked' {
    const judge = (): true | null => (compare() ? true : null);
    if (source === '') return judge() === true ? 'right' : 'wrong';
    try {
      const perUser = (): true | null => this.#perUser.attempt(`${source} ${user}`, judge);
      return this.#perSource.attempt(source, perUser) === true ? 'right' : 'wrong';
    } catch (fault) {
      if (asCodedError(fault).code === 'rpc.tooManyRequests') return 'locked';
      throw fault;
    }
  }

  #fits(request: SipRequest, credentials: DigestCredentials, secret: DigestSecret | null): boolean {
    const { algorithm, user, realm, response, nonce, uri, cnonce, nc, qop } = credentials;
    const { hash, session } = algorithm;
    const known = secretOf(secret ?? this.#nobody, credentials);
    const expected = digestResponse(known ?? digestSecret(hash, user, realm, ''), {
      hash,
      session,
      nonce,
      method: request.method,
      uri,
      body: request.body,
      cnonce,
      nc,
      qop,
    });
    return equalSecrets(response, expected) && secret !== null && known !== null;
  }

  /** One header for each algorithm, "in order of preference … topmost first" (RFC 8760 2.3). */
  #challenge(
    realm: string,
    proxy: boolean,
    { stale = false, refused = false }: { readonly stale?: boolean; readonly refused?: boolean },
  ): DigestChallengeVerdict {
    const { algorithms, qop } = this.#options;
    const nonce = this.#nonces.issue(realm);
    const headers = algorithms.map((algorithm): HeaderLine => {
      const fields = [
        `realm=${quote(realm)}`,
        `nonce="${nonce}"`,
        `algorithm=${algorithm}`,
        ...(qop.length === 0 ? [] : [`qop="${qop.join(',')}"`]),
        ...(stale ? ['stale=true'] : []),
      ];
      return [proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate', `Digest ${fields.join(', ')}`];
    });
    return { kind: 'challenge', status: proxy ? 407 : 401, headers, refused };
  }
}

/** H(user:realm:password) of a secret, or null when it is not known for that algorithm. */
function secretOf(secret: DigestSecret, { algorithm, user, realm }: DigestCredentials): string | null {
  if ('password' in secret) return digestSecret(algorithm.hash, user, realm, secret.password);
  const { ha1 } = secret;
  return Object.hasOwn(ha1, algorithm.name) ? (ha1[algorithm.name]?.toLowerCase() ?? null) : null;
}

/**
 * Is the `uri` parameter the Request-URI: the same text, equal by RFC 3261 19.1.4, or only its host and
 * port? Phones and test tools write the latter. A replay to another user there fails at its count.
 */
function fitsRequest(given: string, requestUri: string): boolean {
  if (given === requestUri || uriEquals(given, requestUri)) return true;
  const [bare, full] = [parseUri(given), parseUri(requestUri)];
  if (bare === null || full === null || bare.user !== null || bare.scheme !== full.scheme) return false;
  const port = full.scheme === 'sips' ? 5061 : 5060;
  return bare.host.toLowerCase() === full.host.toLowerCase() && (bare.port ?? port) === (full.port ?? port);
}
