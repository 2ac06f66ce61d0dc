/** Who a TLS peer is, by its certificate (RFC 5922 7). */
import type { TlsPeer } from '../runtime/index.ts';
import { isIpAddress } from './host.ts';
import { parseUri } from './uri.ts';

/**
 * The SIP domains that a verified certificate stands for (RFC 5922 7.1), lower-case. `sip:` URIs without user
 * part come first; a DNS name counts "if and only if no other identity is found that matches the "sip" URI type
 * form", the common name only when there is no subjectAltName at all.
 */
export function sipIdentities({ names, commonName, fault }: TlsPeer): readonly string[] {
  if (fault !== null) return [];
  const domains = names.flatMap(({ kind, value }) => (kind === 'uri' ? domainOf(value) : []));
  if (domains.length > 0) return unique(domains);
  const hosts = names.flatMap(({ kind, value }) => (kind === 'dns' ? [value.toLowerCase()] : []));
  if (hosts.length > 0 || names.length > 0) return unique(hosts);
  return commonName === null || !/^[\w-]+(\.[\w-]+)+$/.test(commonName) ? [] : [commonName.toLowerCase()];
}

/** "If the scheme of the URI is not "sip" …", "if … the URI contains a userpart …, MUST NOT accept". */
function domainOf(value: string): readonly string[] {
  const uri = parseUri(value);
  return uri === null || uri.scheme !== 'sip' || uri.user !== null ? [] : [uri.host.toLowerCase()];
}

/**
 * Null when the certificate is good for `serverName`, the domain or address that was called; else what is wrong.
 * "Implementations MUST match the values in their entirety … MUST NOT match any form of wildcard" (7.2).
 */
export function serverFault(peer: TlsPeer, serverName: string): string | null {
  if (peer.fault === 'none') return 'the server gave no certificate';
  if (peer.fault !== null) return `its certificate is not believed: ${peer.fault}`;
  const wanted = serverName.toLowerCase().replace(/\.$/, '');
  const identities = sipIdentities(peer);
  if (identities.includes(wanted)) return null;
  // The RFC knows domains only; who dials an address can be met by a certificate for that address.
  const addresses = peer.names.flatMap(({ kind, value }) => (kind === 'ip' ? [value.toLowerCase()] : []));
  if (isIpAddress(wanted) && addresses.includes(wanted)) return null;
  const named = [...identities, ...addresses].join(', ');
  return `its certificate is for ${named === '' ? 'no SIP domain' : named}, not for ${wanted}`;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
