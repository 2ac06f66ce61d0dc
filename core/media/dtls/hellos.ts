/** What is asked of the peer's ClientHello and ServerHello before they are acted upon (RFC 5246 7.4.1). */
export interface Hello {
  readonly version: number;
  /** Those that are offered, or the one that was chosen. */
  readonly cipherSuites: readonly number[];
  readonly extensions: ReadonlyMap<number, Buffer>;
}

const extensionTypes = { supportedGroups: 10, signatureAlgorithms: 13, useSrtp: 14 } as const;
const version12 = 0xfefd;
/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: what fits our certificate; the other one is for theirs. */
const ecdheEcdsaAes128Gcm = 0xc02b;
const ecdheRsaAes128Gcm = 0xc02f;
const groups = [29, 23]; // x25519, secp256r1
const ecdsaWithSha256 = 0x0403;

/** use_srtp profiles (RFC 5764 4.1.2, RFC 7714 14.2), best first. */
export const srtpProfiles = [7, 1] as const;
export const srtpSuites = { 7: 'AEAD_AES_128_GCM', 1: 'AES_CM_128_HMAC_SHA1_80' } as const;

/** Null when it is not well-formed. */
export function readClientHello(body: Buffer): Hello | null {
  const reader = new BodyReader(body);
  const version = reader.number(2);
  reader.bytes(32); // random
  reader.vector(1); // session id
  reader.vector(1); // cookie
  const cipherSuites = numbers(reader.vector(2));
  reader.vector(1); // compression methods
  const extensions = readExtensions(reader);
  return reader.failed || extensions === null || cipherSuites === null ? null : { version, cipherSuites, extensions };
}

/** Null when it is not well-formed. */
export function readServerHello(body: Buffer): Hello | null {
  const reader = new BodyReader(body);
  const version = reader.number(2);
  reader.bytes(32);
  reader.vector(1);
  const cipherSuite = reader.number(2);
  reader.number(1);
  const extensions = readExtensions(reader);
  return reader.failed || extensions === null ? null : { version, cipherSuites: [cipherSuite], extensions };
}

/** Why we cannot go on with it, null when we can. */
export function clientHelloFault({ version, cipherSuites, extensions }: Hello): string | null {
  // Lower is newer: "254.253" is 1.2, and a client that knows 1.3 says so elsewhere (RFC 9147 5.3).
  if (version > version12) return 'the peer has no DTLS 1.2';
  if (!cipherSuites.includes(ecdheEcdsaAes128Gcm)) return 'the peer has no cipher suite ECDHE-ECDSA-AES128-GCM-SHA256';
  if (!groups.some((group) => listOf(extensions, extensionTypes.supportedGroups).includes(group))) {
    return 'the peer has neither x25519 nor P-256';
  }
  if (!listOf(extensions, extensionTypes.signatureAlgorithms).includes(ecdsaWithSha256)) {
    return 'the peer does not take signatures with ECDSA and SHA-256';
  }
  return srtpFault(extensions);
}

/** As `clientHelloFault`. */
export function serverHelloFault({ version, cipherSuites: [suite = 0], extensions }: Hello): string | null {
  if (version !== version12) return 'the peer did not choose DTLS 1.2';
  if (suite !== ecdheEcdsaAes128Gcm && suite !== ecdheRsaAes128Gcm) {
    return 'the peer chose a cipher suite that was not offered';
  }
  return srtpFault(extensions);
}

function srtpFault(extensions: Hello['extensions']): string | null {
  const profiles = listOf(extensions, extensionTypes.useSrtp);
  if (srtpProfiles.some((profile) => profiles.includes(profile))) return null;
  return 'the peer has none of our SRTP profiles (AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80)';
}

/** The list of 16-bit numbers that an extension begins with; empty when it is broken. */
function listOf(extensions: Hello['extensions'], type: number): readonly number[] {
  return numbers(new BodyReader(extensions.get(type) ?? Buffer.alloc(0)).vector(2)) ?? [];
}

function numbers(bytes: Buffer): readonly number[] | null {
  if (bytes.length % 2 !== 0) return null;
  return Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(at * 2));
}

function readExtensions(reader: BodyReader): Map<number, Buffer> | null {
  const extensions = new Map<number, Buffer>();
  if (reader.isAtEnd) return extensions;
  const list = new BodyReader(reader.vector(2));
  while (!list.isAtEnd && !list.failed) {
    const type = list.number(2);
    // "There MUST NOT be more than one extension of the same type."
    if (extensions.has(type)) return null;
    extensions.set(type, list.vector(2));
  }
  return list.failed || !reader.isAtEnd ? null : extensions;
}

/** Reads on behind the last byte only in that `failed` becomes true. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;
  failed = false;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#body.length;
  }

  /** How much was read, bytes. */
  get position(): number {
    return this.#at;
  }

  number(bytes: 1 | 2 | 3): number {
    const taken = this.bytes(bytes);
    return taken.length === bytes ? taken.readUIntBE(0, bytes) : 0;
  }

  /** Empty when there are fewer. */
  bytes(length: number): Buffer {
    if (this.#at + length > this.#body.length) {
      this.failed = true;
      return Buffer.alloc(0);
    }
    this.#at += length;
    return this.#body.subarray(this.#at - length, this.#at);
  }

  /** A length, and so many bytes. */
  vector(lengthBytes: 1 | 2 | 3): Buffer {
    return this.bytes(this.number(lengthBytes));
  }
}
