/**
 * Takes the secrets out of a message before anybody reads it: what digest credentials prove, and the
 * keys of SRTP. Every character becomes a `*`, so that Content-Length stays right.
 */

/** A header with its folded lines. */
const credentials = /^(?:proxy-)?authorization[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gim;
const proofs = /\b(response|rspauth)(\s*=\s*)("[^"]*"?|[^,\s]+)/gi;
const isDigest = /^[^:]*:\s*digest\s/i;
/** Header name; scheme; all the rest. */
const otherScheme = /^([^:]*:\s*)(\S+\s+)?([\s\S]+)$/;
/** SDES (RFC 4568), MIKEY (RFC 4567) and the old k= line. */
const keys = /^((?:a=[ \t]*(?:crypto|key-mgmt)[ \t]*:|k=)[^\r\n]*)/gim;
const inlineKey = /(inline:[ \t]*|mikey[ \t]+|^k=\w+:)([^\s|;]+)/gi;

const stars = (text: string): string => '*'.repeat(text.length);

/** `text` is Latin-1: one character a byte. */
export function maskMessage(text: string): string {
  let masked = text;
  if (/authorization/i.test(masked)) {
    masked = masked.replace(credentials, maskCredentials);
  }
  if (/^(?:a=[ \t]*(?:crypto|key-mgmt)|k=)/im.test(masked)) {
    masked = masked.replace(keys, (line) =>
      line.replace(inlineKey, (_, name: string, key: string) => name + stars(key)),
    );
  }
  return masked;
}

function maskCredentials(line: string): string {
  if (!isDigest.test(line)) {
    return line.replace(otherScheme, (_, name: string, scheme = '', rest: string) => name + scheme + stars(rest));
  }
  return line.replace(proofs, (_, name: string, equals: string, value: string) => name + equals + maskValue(value));
}

function maskValue(value: string): string {
  return value.startsWith('"') && value.endsWith('"') && value.length > 1 ? `"${stars(value.slice(2))}"` : stars(value);
}
