/**
 * Which lines of an offer are encrypted and with what (SDES, RFC 4568), and the opportunistic way:
 * `a=crypto` in a plain RTP/AVP line (RFC 8643).
 */
import { CodedError } from '../runtime/index.ts';
import type { RemoteWebRtc } from './browser.ts';
import { type CryptoLine, cryptoAttribute, cryptoLinesOf, isUsable, masterBytes } from './crypto.ts';
import type { SdpAttribute, SdpMedia, SrtpParameters, SrtpSuite } from './types.ts';

/** `off`: plain RTP only; `optional`: both, encrypted where the peer can; `required`: RTP/SAVP(F) only. */
export type SrtpPolicy = 'off' | 'optional' | 'required';

/** How our side of a stream encrypts. */
export interface SrtpLocal {
  readonly policy: SrtpPolicy;
  /** Suites that are taken; the first two are offered. */
  readonly suites: readonly SrtpSuite[];
  /** False: `optional` takes keys, but offers none. Default true. */
  readonly offersKeys?: boolean;
  /** Unguessable bytes for a key. */
  newKey(bytes: number): Uint8Array;
}

/** Suites by default: what all can first; the short tag and the slow ones last. */
export const srtpSuites: readonly SrtpSuite[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AEAD_AES_256_GCM',
  'AES_CM_128_HMAC_SHA1_32',
  'AES_256_CM_HMAC_SHA1_32',
];

/** So that an INVITE with them still fits into a datagram. */
const offeredSuites = 2;

const plainProfiles = ['RTP/AVP', 'RTP/AVPF'];
const secureProfiles = ['RTP/SAVP', 'RTP/SAVPF'];

/** How an offered line would be answered. */
export type LineSecurity =
  | { readonly kind: 'plain' }
  | { readonly kind: 'srtp'; readonly line: CryptoLine }
  | { readonly kind: 'browser'; readonly remote: RemoteWebRtc };

export function isSecure({ protocol }: SdpMedia): boolean {
  return secureProfiles.includes(protocol.toUpperCase());
}

/** A profile that can be spoken here, under some policy. AVPF's feedback is optional for its receiver (RFC 4585 4.2). */
export function isRtp(media: SdpMedia): boolean {
  return plainProfiles.includes(media.protocol.toUpperCase()) || isSecure(media);
}

/** How a line of the peer can be taken; a text says why it cannot. */
export function securityOf(media: SdpMedia, local: SrtpLocal | undefined): LineSecurity | string {
  const policy = local?.policy ?? 'off';
  if (!isSecure(media)) {
    if (policy === 'required') return `SRTP is required here: offer RTP/SAVP with a=crypto, not ${media.protocol}`;
    const line = policy === 'off' ? null : chooseLine(media, local);
    return line === null || typeof line === 'string' ? { kind: 'plain' } : { kind: 'srtp', line };
  }
  if (policy === 'off') return 'SRTP is off here: offer RTP/AVP';
  const line = chooseLine(media, local);
  return typeof line === 'string' ? line : { kind: 'srtp', line };
}

/** The first line of the offer that we can do ("most preferred … that it supports", 7.1.2). */
function chooseLine(media: SdpMedia, local: SrtpLocal | undefined): CryptoLine | string {
  const lines = cryptoLinesOf(media.attributes);
  const taken = lines.find((line) => isUsable(line) && (local?.suites.includes(line.suite) ?? false));
  if (taken !== undefined && isUsable(taken)) return taken;
  const reasons = lines.map((line) => (isUsable(line) ? `${line.suite} is not enabled` : line.reason));
  return `no usable a=crypto in the ${media.protocol} line${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`;
}

/** What the answer says, and the keys then: ours stays the same as long as the suite does. */
export function answerSecurity(
  { line }: Extract<LineSecurity, { kind: 'srtp' }>,
  local: SrtpLocal,
  current: SrtpParameters | null,
): { readonly attribute: SdpAttribute; readonly parameters: SrtpParameters } {
  const sendKey = current?.suite === line.suite ? current.sendKey : newKey(local, line.suite);
  return {
    // Who names its key expects ours to be named alike: many have one setting for both directions.
    attribute: cryptoAttribute({ tag: line.tag, name: line.name, key: sendKey, mki: line.mki }),
    parameters: { suite: line.suite, sendKey, receiveKey: line.key, ...mkisOf(line.mki, line.mki) },
  };
}

/**
 * Profile and crypto lines of an offer of ours. `optional` offers one RTP/AVP line with `a=crypto`: who
 * does not know it reads over it, while a second line in RTP/SAVP is taken for a second stream by some
 * phones and refused as a whole by others.
 */
export function offerSecurity(local: SrtpLocal | undefined): {
  readonly protocol: string;
  readonly attributes: readonly SdpAttribute[];
} {
  const offersNone = local?.policy === 'optional' && local.offersKeys === false;
  if (local === undefined || local.policy === 'off' || offersNone) return { protocol: 'RTP/AVP', attributes: [] };
  const attributes = local.suites
    .slice(0, offeredSuites)
    .map((suite, index) => cryptoAttribute({ tag: index + 1, name: suite, key: newKey(local, suite), mki: '' }));
  return { protocol: local.policy === 'required' ? 'RTP/SAVP' : 'RTP/AVP', attributes };
}

/**
 * The keys that an answer agrees to; null: plain RTP.
 * @throws CodedError `sdp.srtp` when our offer needs encryption and the answer has none that fits.
 */
export function answeredSecurity(ours: SdpMedia, theirs: SdpMedia): SrtpParameters | null {
  const offered = cryptoLinesOf(ours.attributes).filter(isUsable);
  const answered = cryptoLinesOf(theirs.attributes);
  for (const line of answered) {
    // "the crypto-suite … MUST be the same … and the tag", 7.1.3; some count tags anew.
    const match =
      offered.find(({ tag, suite }) => isUsable(line) && tag === line.tag && suite === line.suite) ??
      offered.find(({ suite }) => isUsable(line) && suite === line.suite);
    // A peer that gives our own line back has only copied what it does not know.
    if (isUsable(line) && match !== undefined && match.key !== line.key) {
      const { suite, key: sendKey } = match;
      return { suite, sendKey, receiveKey: line.key, ...mkisOf(match.mki, line.mki) };
    }
  }
  if (!isSecure(ours) && !isSecure(theirs)) return null;
  const why = answered.map((line) => (isUsable(line) ? `${line.suite} was not offered` : line.reason)).join('; ');
  throw new CodedError('sdp.srtp', `the answer has no a=crypto that fits${why === '' ? '' : `: ${why}`}`);
}

const mkisOf = (sendMki: string, receiveMki: string): Pick<SrtpParameters, 'sendMki' | 'receiveMki'> =>
  sendMki === '' && receiveMki === '' ? {} : { sendMki, receiveMki };

function newKey(local: SrtpLocal, suite: SrtpSuite): string {
  return Buffer.from(local.newKey(masterBytes[suite])).toString('base64');
}
