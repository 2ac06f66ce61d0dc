/**
 * Digest towards challenges (RFC 3261 22): one answer to each nonce, the nonce used again with a
 * higher count in what follows.
 */
import { type Random, secureToken } from '../runtime/index.ts';
import { answerChallenge, chooseChallenge, type DigestChallenge } from './digest.ts';
import type { Credentials, HeaderLine, SipResponse } from './types.ts';

type AuthHeader = 'Authorization' | 'Proxy-Authorization';

interface Held {
  readonly challenge: DigestChallenge;
  uses: number;
}

/** How often one request is repeated for challenges: server and proxies, and a stale nonce of each. */
const MAX_CHALLENGES = 4;

export class Authorizer {
  readonly #credentials: readonly Credentials[];
  readonly #random: Random;
  readonly #held = new Map<AuthHeader, Held>();

  constructor(credentials: readonly Credentials[], random: Random) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /**
   * Takes the challenge of a 401 or 407. True: repeat the request, `lines` has new credentials.
   * False: we have none, or those that were refused were right ("if the request already had
   * credentials … the UAC SHOULD NOT retry with the same", 22.2), unless the nonce was only stale.
   */
  accept(response: SipResponse, attempts: number): boolean {
    if (this.#credentials.length === 0 || attempts >= MAX_CHALLENGES) return false;
    const name: AuthHeader | null =
      response.status === 401 ? 'Authorization' : response.status === 407 ? 'Proxy-Authorization' : null;
    if (name === null) return false;
    const challenges = response.headers(name === 'Authorization' ? 'WWW-Authenticate' : 'Proxy-Authenticate');
    const challenge = chooseChallenge(challenges, (realm) => this.#for(realm) !== null);
    if (challenge === null) return false;
    const before = this.#held.get(name)?.challenge;
    if (before !== undefined && attempts > 0 && before.realm === challenge.realm) {
      const answeredAlready = before.nonce === challenge.nonce || !challenge.stale;
      if (answeredAlready) return false;
    }
    this.#held.set(name, { challenge, uses: 0 });
    return true;
  }

  /** Credentials for a request, for every challenge seen so far. */
  lines(method: string, uri: string, body: Uint8Array): readonly HeaderLine[] {
    return [...this.#held].flatMap(([name, held]): HeaderLine[] => {
      const credentials = this.#for(held.challenge.realm);
      if (credentials === null) return [];
      const nonceCount = ++held.uses;
      const cnonce = secureToken(this.#random, 8);
      return [[name, answerChallenge(held.challenge, credentials, { method, uri, body, nonceCount, cnonce })]];
    });
  }

  /** Those of that realm, else those that fit any. */
  #for(realm: string): Credentials | null {
    const all = this.#credentials;
    return all.find((one) => one.realm === realm) ?? all.find((one) => one.realm === '') ?? null;
  }
}
