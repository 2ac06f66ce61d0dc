/**
 * Digest towards challenges (RFC 3261 22): every realm that asks gets its credentials, each nonce one
 * answer, and a nonce is used again with a higher count in what follows.
 */
import { type Random, secureToken } from '../runtime/index.ts';
import { answerChallenge, chooseChallenges, type DigestChallenge } from './digest.ts';
import { parseAuthParameters } from './header-authenticate.ts';
import type { Credentials, HeaderLine, SipHeaders, SipResponse } from './types.ts';

type AuthHeader = 'Authorization' | 'Proxy-Authorization';

interface Held {
  readonly name: AuthHeader;
  readonly challenge: DigestChallenge;
  readonly credentials: Credentials;
  /** Requests that carried it. */
  uses: number;
  /** How often the present request answered it; 0: only ahead of any challenge, from an earlier request. */
  attempts: number;
}

const noLines: readonly HeaderLine[] = [];
const noneHeld = new Map<string, Held>();
/** How often one request is repeated for challenges: a server and proxies, and a stale nonce of each. */
const MAX_CHALLENGES = 6;
/** Realms whose nonce is kept. */
const MAX_REALMS = 16;

export class Authorizer {
  readonly #credentials: readonly Credentials[];
  readonly #random: Random;
  /** By header and realm. */
  readonly #held: Map<string, Held>;
  /** Of the newest INVITE, for its ACK. */
  #ofInvite: readonly HeaderLine[] = noLines;

  constructor(credentials: readonly Credentials[], random: Random) {
    this.#credentials = credentials;
    this.#random = random;
    // Without credentials nothing is ever held.
    this.#held = credentials.length === 0 ? noneHeld : new Map();
  }

  /**
   * Takes the challenges of a 401 or 407, and what any other response says (`learn`). True: repeat the
   * request, `lines` has new credentials. False: we have none, or those that were refused were right
   * ("if the request already had credentials … the UAC SHOULD NOT retry with the same", 22.2),
   * unless the nonce was only stale.
   *
   * @param attempts how often this request was repeated for challenges
   */
  accept(response: SipResponse, attempts: number): boolean {
    const name: AuthHeader | null =
      response.status === 401 ? 'Authorization' : response.status === 407 ? 'Proxy-Authorization' : null;
    if (name === null) {
      this.learn(response);
      return false;
    }
    if (this.#credentials.length === 0 || attempts >= MAX_CHALLENGES) return false;
    if (attempts === 0) for (const held of this.#held.values()) held.attempts = 0;
    const headers = response.headers(name === 'Authorization' ? 'WWW-Authenticate' : 'Proxy-Authenticate');
    const challenges = chooseChallenges(headers, (realm) => this.#for(realm) !== null);
    const fresh = challenges.filter((challenge) => this.#take(name, challenge));
    return fresh.length > 0;
  }

  /**
   * Credentials for a request, for every challenge seen so far. An ACK duplicates those of its INVITE
   * (RFC 3261 22.1); a CANCEL has none, as it cannot be challenged.
   *
   * @param uri the Request-URI as it is sent
   */
  lines(method: string, uri: string, body: Uint8Array): readonly HeaderLine[] {
    if (method === 'ACK') return this.#ofInvite;
    if (method === 'CANCEL' || this.#held.size === 0) return noLines;
    const lines = [...this.#held.values()].map((held): HeaderLine => {
      const nonceCount = ++held.uses;
      const cnonce = secureToken(this.#random, 8);
      return [held.name, answerChallenge(held.challenge, held.credentials, { method, uri, body, nonceCount, cnonce })];
    });
    if (method === 'INVITE') this.#ofInvite = lines;
    return lines;
  }

  /** True: the challenge is new, or its nonce alone was too old. */
  #take(name: AuthHeader, challenge: DigestChallenge): boolean {
    const credentials = this.#for(challenge.realm);
    if (credentials === null) return false;
    const key = `${name} ${challenge.realm}`;
    const before = this.#held.get(key);
    const attempts = before?.attempts ?? 0;
    const sameNonce = before?.challenge.nonce === challenge.nonce;
    // Stale: "the client may wish to simply retry the request with a new … response" (RFC 7616 3.3):
    // once. What was refused is not shown again.
    if (attempts > 0 && (sameNonce || !challenge.stale || attempts > 1)) {
      this.#held.delete(key);
      return false;
    }
    if (before === undefined && this.#held.size >= MAX_REALMS) return false;
    const uses = sameNonce && before !== undefined ? before.uses : 0;
    this.#held.set(key, { name, challenge, credentials, uses, attempts: attempts + 1 });
    return true;
  }

  /** RFC 7616 3.5: "nextnonce … the nonce the server wishes the client to use for a future authentication". */
  learn(response: SipHeaders): void {
    if (this.#held.size === 0) return;
    this.#renew('Authorization', response.header('Authentication-Info'));
    this.#renew('Proxy-Authorization', response.header('Proxy-Authentication-Info'));
  }

  #renew(name: AuthHeader, value: string | null): void {
    if (value === null) return;
    const nonce = parseAuthParameters(value)?.get('nextnonce');
    const ours = [...this.#held].filter(([, held]) => held.name === name);
    const [only] = ours;
    // The header names no realm: with several of them nobody knows whose nonce it is.
    if (nonce === undefined || nonce === '' || only === undefined || ours.length > 1) return;
    const [key, held] = only;
    if (held.challenge.nonce === nonce) return;
    this.#held.set(key, { ...held, challenge: { ...held.challenge, nonce }, uses: 0 });
  }

  /** Those of that realm, else those that fit any. */
  #for(realm: string): Credentials | null {
    const all = this.#credentials;
    return all.find((one) => one.realm === realm) ?? all.find((one) => one.realm === '') ?? null;
  }
}
