/** Certificates that nobody but their own key vouches for (RFC 5280): ECDSA on P-256. */
import { generateKeyPair, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { der, derBits, derInteger, derOctets, derOid, derSequence, derSet, derTime, derTrue, derUtf8 } from './der.ts';
import { parseIp } from './ip-range.ts';
import type { Random } from './random.ts';

export interface SelfSignedOptions {
  readonly commonName: string;
  /** Host names and literal addresses that it is for; none: no such extension. */
  readonly hosts: readonly string[];
  /** Wall-clock time, both ends included. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface SelfSignedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** SHA-256 of its DER, upper-case hex with colons (RFC 8122 5). */
  readonly fingerprint: string;
}

const newKeyPair = promisify(generateKeyPair);
const ecdsaWithSha256 = derSequence(derOid('1.2.840.10045.4.3.2'));
const serialBytes = 16;

/** Makes a key and its certificate. The key pair comes from the system; only the serial number from `random`. */
export async function createSelfSigned(options: SelfSignedOptions, random: Random): Promise<SelfSignedCertificate> {
  const { publicKey, privateKey } = await newKeyPair('ec', { namedCurve: 'prime256v1' });
  const name = derSequence(derSet(derSequence(derOid('2.5.4.3'), derUtf8(options.commonName))));
  // "The serial number MUST be a positive integer": the first bit is cleared, the second set.
  const serial = Uint8Array.from(random.secure(serialBytes), (byte, at) => (at === 0 ? (byte & 0x3f) | 0x40 : byte));
  const content = derSequence(
    der(0xa0, derInteger(Uint8Array.of(2))), // version 3
    derInteger(serial),
    ecdsaWithSha256,
    name,
    derSequence(derTime(options.fromMs), derTime(options.untilMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, derSequence(...extensions(options.hosts))),
  );
  const signature = sign('sha256', content, privateKey);
  const certificate = new X509Certificate(derSequence(content, ecdsaWithSha256, derBits(signature)));
  return {
    certificate: certificate.toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: certificate.fingerprint256,
  };
}

function extensions(hosts: readonly string[]): Uint8Array[] {
  const basicConstraints = derSequence(); // no authority
  const digitalSignature = derBits(Uint8Array.of(0x80), 7);
  const serverAndClient = derSequence(derOid('1.3.6.1.5.5.7.3.1'), derOid('1.3.6.1.5.5.7.3.2'));
  return [
    derSequence(derOid('2.5.29.19'), derTrue, derOctets(basicConstraints)),
    derSequence(derOid('2.5.29.15'), derTrue, derOctets(digitalSignature)),
    derSequence(derOid('2.5.29.37'), derOctets(serverAndClient)),
    ...(hosts.length === 0 ? [] : [derSequence(derOid('2.5.29.17'), derOctets(derSequence(...hosts.map(hostName))))]),
  ];
}

/** `GeneralName`: iPAddress for a literal, else dNSName. */
function hostName(host: string): Uint8Array {
  const address = parseIp(host);
  if (address === null) return der(0x82, Buffer.from(host, 'latin1'));
  const digits = address.bits.toString(16).padStart(address.family === 4 ? 8 : 32, '0');
  return der(0x87, Buffer.from(digits, 'hex'));
}
