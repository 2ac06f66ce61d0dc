/** The certificate of `tls: self-signed`: one for all listeners, kept, and renewed before its end. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { HttpTls } from '../core/http/index.ts';
import {
  asCodedError,
  createSelfSigned,
  type Disposable,
  every,
  isIpAddress,
  type Seams,
} from '../core/runtime/index.ts';
import { facesOf } from './check-access.ts';
import type { RpcConfig } from './config.ts';

export interface SelfSigned {
  /** The kept one, or a new one when there is none, it ends soon, or it lacks a name. */
  current(): Promise<HttpTls>;
  /** SHA-256, upper-case hex with colons, of what `current` gave last; null before. */
  readonly fingerprint: string | null;
  /** Looks once a day whether it ends soon, and tells the new one. */
  watch(renewed: (tls: HttpTls) => void): Disposable;
}

export interface SelfSignedOptions {
  readonly config: RpcConfig;
  readonly seams: Pick<Seams, 'clock' | 'files' | 'log' | 'network' | 'random'>;
  /** Where it is kept; null: nowhere, each start makes another. */
  readonly folder: string | null;
}

const dayMs = 86_400_000;
/** "TLS server certificates … MUST NOT have a validity period greater than 398 days" (CA/Browser Forum). */
const validMs = 397 * dayMs;
const renewBeforeMs = 30 * dayMs;
/** Clocks of clients that are slow. */
const backdatedMs = dayMs;
const fileName = 'https-self-signed.pem';

export function createSelfSignedStore({ config, seams, folder }: SelfSignedOptions): SelfSigned {
  const { clock, files, log, network, random } = seams;
  const file = folder === null ? null : join(folder, fileName);
  let kept: HttpTls | null = null;
  let fingerprint: string | null = null;

  const isGood = ({ cert }: HttpTls): boolean => {
    const certificate = new X509Certificate(cert);
    return (
      Date.parse(certificate.validTo) - renewBeforeMs > clock.unixMs() &&
      wantedHosts(config).every((host) => certificate[isIpAddress(host) ? 'checkIP' : 'checkHost'](host) !== undefined)
    );
  };

  const readKept = async (): Promise<HttpTls | null> => {
    if (file === null || (await files.stat(file)) === null) return kept;
    try {
      const read = partsOf(Buffer.from(await files.read(file, { limitBytes: 100_000 })).toString('latin1'));
      network.checkTls({ certificate: read.cert, key: read.key, authorities: null });
      return read;
    } catch (fault) {
      log.warn('the kept self-signed certificate cannot be used; another is made', { file, fault: String(fault) });
      return null;
    }
  };

  const make = async (): Promise<HttpTls> => {
    const now = clock.unixMs();
    const hosts = [...new Set([...wantedHosts(config), ...furtherHosts(config, network.localAddresses())])];
    const dates = { fromMs: now - backdatedMs, untilMs: now + validMs };
    const made = await createSelfSigned({ commonName: hosts[0] ?? 'localhost', hosts, ...dates }, random);
    const text = Buffer.from(`${made.certificate}${made.key}`);
    if (file !== null) {
      await files
        .write(file, text, { secret: true })
        .catch((fault: unknown) => log.warn('the self-signed certificate is not kept', { fault: String(fault) }));
    }
    log.info('a self-signed certificate was made', { fingerprint: made.fingerprint, hosts, file: file ?? '' });
    return { cert: made.certificate, key: made.key };
  };

  const current = async (): Promise<HttpTls> => {
    const found = await readKept();
    const tls = found !== null && isGood(found) ? found : await make();
    kept = tls;
    fingerprint = new X509Certificate(tls.cert).fingerprint256;
    return tls;
  };

  return {
    current,
    get fingerprint() {
      return fingerprint;
    },
    watch(renewed) {
      let isBusy = false;
      const timer = every(clock, dayMs, () => {
        if (isBusy || kept === null || isGood(kept)) return;
        isBusy = true;
        current()
          .then(renewed)
          .catch((fault: unknown) =>
            log.error('the self-signed certificate was not renewed', { fault: asCodedError(fault).message }),
          )
          .finally(() => {
            isBusy = false;
          });
      });
      return { dispose: () => timer.cancel() };
    },
  };
}

/** @throws Error when a part is not there. */
function partsOf(text: string): HttpTls {
  const [cert] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/.exec(text) ?? [];
  const [key] = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----\n?/.exec(text) ?? [];
  if (cert === undefined || key === undefined) throw new Error('there is no certificate, or no key, in the file');
  return { cert, key };
}

const wildcards = ['0.0.0.0', '::'];
const addressesOf = (config: RpcConfig): string[] =>
  facesOf(config).flatMap(({ address, tls }) => (tls === 'self-signed' ? [address] : []));

/** Without these it is of no use. */
function wantedHosts(config: RpcConfig): string[] {
  const named = config.hosts.map((host) => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  const own = addressesOf(config).filter((address) => !wildcards.includes(address));
  return [...new Set(['localhost', '127.0.0.1', '::1', ...own, ...named.filter((host) => host !== '*')])];
}

/** The addresses that the machine has now: they may change, and the certificate stays. */
function furtherHosts(config: RpcConfig, localAddresses: readonly string[]): readonly string[] {
  return addressesOf(config).some((address) => wildcards.includes(address)) ? localAddresses : [];
}
