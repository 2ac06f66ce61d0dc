/** Who a client certificate names. */
import { type Caller, expandScopes } from '../core/di/index.ts';
import type { TlsPeer } from '../core/runtime/index.ts';
import type { CertificateConfig } from './access-config.ts';

export type CertificateCallers = (peer: TlsPeer | null | undefined) => Caller | null;

/** Null for a certificate that is not verified, or names nobody of `rpc.certificates`; the first that fits counts. */
export function createCertificateCallers(certificates: readonly CertificateConfig[]): CertificateCallers {
  const known = certificates.map((certificate) => {
    const { subject } = certificate;
    const colon = subject.indexOf(':');
    const caller = callerOfCertificate(certificate);
    return { kind: subject.slice(0, colon), value: subject.slice(colon + 1), caller };
  });
  return (peer) => {
    if (peer === null || peer === undefined || peer.fault !== null) return null;
    return known.find(({ kind, value }) => carries(peer, kind, value))?.caller ?? null;
  };
}

export function callerOfCertificate({ name, scopes, limits, only }: CertificateConfig): Caller {
  return { name, scopes: expandScopes(scopes), limits, only, credential: 'certificate' };
}

/** RFC 9525, 6.3: names of hosts are compared without regard to case; wildcards name nobody. */
function carries({ names, commonName }: TlsPeer, kind: string, value: string): boolean {
  if (kind === 'CN') return commonName === value;
  const wanted = kind.toLowerCase();
  return names.some((name) =>
    name.kind !== wanted
      ? false
      : wanted === 'dns'
        ? name.value.toLowerCase() === value.toLowerCase()
        : name.value === value,
  );
}
