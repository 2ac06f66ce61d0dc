/** Certificates, keys and authorities from their PEM files. */
import { CodedError, type Files, type TlsCredentials } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';

/** The files of one listener, or of TLS as client. */
export interface TlsFiles {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly caFile?: string | undefined;
}

const limitBytes = 1_000_000;

/** What is set for a listener, completed from `sip.tls`. A key goes with its certificate. */
export function filesOf(config: SipConfig, listener: SipConfig['listen'][number]): TlsFiles {
  const own = listener.tls ?? {};
  const pair = own.certFile === undefined ? config.tls : own;
  return { certFile: pair.certFile, keyFile: own.keyFile ?? pair.keyFile, caFile: own.caFile ?? config.tls.caFile };
}

/**
 * Reads the files; `where` names the configuration key in errors.
 * @throws CodedError `config.invalid` when a certificate lacks its key or the other way round, or a file cannot be
 * read.
 */
export async function loadCredentials(files: Files, from: TlsFiles, where: string): Promise<TlsCredentials> {
  if ((from.certFile === undefined) !== (from.keyFile === undefined)) {
    const missing = from.certFile === undefined ? 'certFile' : 'keyFile';
    throw new CodedError('config.invalid', `${where}.${missing} is missing: certificate and key go together`);
  }
  const read = async (path: string | undefined, key: string): Promise<string | null> => {
    if (path === undefined) return null;
    try {
      return Buffer.from(await files.read(path, { limitBytes })).toString('latin1');
    } catch (fault) {
      throw new CodedError('config.invalid', `${where}.${key}: ${path} cannot be read`, { cause: fault });
    }
  };
  // One after the other: of several that cannot be read the first is told.
  const certificate = await read(from.certFile, 'certFile');
  const key = await read(from.keyFile, 'keyFile');
  const authorities = await read(from.caFile, 'caFile');
  return { certificate, key, authorities };
}
