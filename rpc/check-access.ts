/** What the configuration's schema cannot tell about access: hashes, scopes, and faces that anybody could use. */
import { expandScopes } from '../core/di/index.ts';
import { CodedError } from '../core/runtime/index.ts';
import type { AccessConfig, FaceTlsConfig } from './access-config.ts';
import type { RpcConfig } from './config.ts';
import { checkPolicy, isLoopback } from './listener-policy.ts';
import { parseHash } from './passwords.ts';

/** One address that callers reach. */
export interface Face {
  /** Its key in the configuration: `rpc.listen`. */
  readonly key: string;
  readonly address: string;
  readonly tls?: FaceTlsConfig | undefined;
  readonly access: AccessConfig;
}

type Faces = Pick<RpcConfig, 'listen' | 'listeners' | 'netstring'>;

/** Those that are switched on. */
export function facesOf({ listen, listeners, netstring }: Faces): readonly Face[] {
  const faces = [
    { key: 'rpc.listen', face: listen },
    ...listeners.map((face, i) => ({ key: `rpc.listeners.${i}`, face })),
    { key: 'rpc.netstring', face: netstring },
  ];
  return faces.flatMap(({ key, face }) => (face === null || face.port === null ? [] : [{ key, ...face }]));
}

/**
 * Refuses a face that others could reach without credentials, bad hashes and bad scopes. Tokens are counted only
 * where they decide: reading them opens the storage. @throws CodedError `config.invalid`.
 */
export async function checkRpcAccess(config: RpcConfig, countTokens: () => Promise<number>): Promise<void> {
  checkCredentials(config);
  const faces = facesOf(config);
  for (const { key, access, address } of faces) checkPolicy(key, access, address);
  const exposed = faces.filter((face) => !isLoopback(face.address) && !hasCredentials(config, face));
  if (exposed.length === 0) return;
  const tokens = await countTokens();
  for (const { key, address, access } of exposed) {
    const acceptsTokens = access.credentials.includes('bearer') || access.credentials.includes('basic');
    if (tokens > 0 && acceptsTokens) continue;
    throw new CodedError(
      'config.invalid',
      `${key}.address ${address} can be reached from other machines, and nobody has credentials for it. Make a token: \`${tokenLine}\`; or add rpc.users, or listen on 127.0.0.1`,
    );
  }
}

/** `<file>` is the configuration that was read: `placedFault` puts it there. */
export const tokenLine = 'callbus token create --name admin --scopes admin --config <file>';

function hasCredentials({ users, certificates }: RpcConfig, { access, tls }: Face): boolean {
  if (users.length > 0 && access.credentials.includes('basic')) return true;
  return certificates.length > 0 && clientCaOf(tls) !== undefined && access.credentials.includes('certificate');
}

function checkCredentials({ users, peers, certificates, listen, listeners, netstring }: RpcConfig): void {
  for (const { name, hash, scopes } of users) {
    if (parseHash(hash) === null)
      throw new CodedError(
        'config.invalid',
        `rpc.users: the hash of ${JSON.stringify(name)} is not one of callbus token hash`,
      );
    expandScopes(scopes);
  }
  const names = new Set<string>();
  for (const { name, scopes } of peers) {
    if (names.has(name)) throw new CodedError('config.invalid', `rpc.peers: ${JSON.stringify(name)} is there twice`);
    names.add(name);
    expandScopes(scopes);
  }
  for (const { scopes } of certificates) expandScopes(scopes);
  const asksForThem = [listen, ...listeners, netstring].some((face) => clientCaOf(face?.tls) !== undefined);
  if (certificates.length > 0 && !asksForThem)
    throw new CodedError(
      'config.invalid',
      'rpc.certificates: no listener has tls.clientCa, so no certificate is asked for',
    );
  for (const { key, tls } of facesOf({ listen, listeners, netstring })) {
    const isRequired = typeof tls === 'object' && tls.clientCertificate === 'required';
    if (isRequired && tls.clientCa === undefined)
      throw new CodedError('config.invalid', `${key}.tls.clientCertificate: required needs clientCa`);
  }
}

const clientCaOf = (tls: FaceTlsConfig | undefined): string | undefined =>
  typeof tls === 'object' ? tls.clientCa : undefined;
