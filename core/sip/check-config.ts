/** What the schema alone cannot tell of `sip:`, before anything is bound (`--check-config`). */
import { asCodedError, CodedError, type Seams } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import { plainAddress } from './flow.ts';
import { isIpAddress, parseHostPort } from './host.ts';
import { checkOutgoingConfig } from './outgoing-config.ts';
import { filesOf, loadCredentials, type TlsFiles } from './transport-credentials.ts';
import { createTrustList } from './trust.ts';

type Wish = SipConfig['listen'][number];

/**
 * Reads the certificates too; opens no port and asks no name server.
 * @throws CodedError `config.invalid`, `tls.credentials`, whose detail begins with the key.
 */
export async function checkSipConfig(
  config: SipConfig,
  { files, network }: Pick<Seams, 'files' | 'network'>,
): Promise<void> {
  checkOutgoingConfig(config);
  createTrustList(config.trusted);
  checkListeners(config.listen);
  checkIntervals(config.sessionTimer);
  checkAdvertised(config.webSocket.advertised, 'sip.webSocket.advertised');
  const readable = async (from: TlsFiles, where: string): Promise<void> => {
    const credentials = await loadCredentials(files, from, where);
    try {
      network.checkTls(credentials);
    } catch (fault) {
      throw new CodedError('tls.credentials', `${where}: ${asCodedError(fault, 'tls.credentials').detail}`, {
        cause: fault,
      });
    }
  };
  await readable(config.tls, 'sip.tls');
  for (const [index, wish] of config.listen.entries()) {
    if (wish.transport !== 'tls') continue;
    const where = `sip.listen[${index}].tls`;
    const from = filesOf(config, wish);
    if (from.certFile === undefined)
      throw new CodedError(
        'config.invalid',
        `${where}.certFile: a TLS listener needs a certificate (or sip.tls.certFile)`,
      );
    await readable(from, where);
  }
}

/** Two listeners cannot share a port; port 0 is another one each time. */
function checkListeners(listen: readonly Wish[]): void {
  const places = listen.map(placeOf);
  for (const [index, { port, advertised }] of listen.entries()) {
    checkAdvertised(advertised, `sip.listen[${index}].advertised`);
    const first = places.indexOf(places[index] ?? '');
    if (port === 0 || first === index) continue;
    throw new CodedError(
      'config.invalid',
      `sip.listen[${index}].port: sip.listen[${first}] has the same address and port; choose another`,
    );
  }
}

function placeOf({ transport, address, port }: Wish): string {
  return `${transport === 'udp' ? 'udp' : 'tcp'} ${plainAddress(address)} ${port}`;
}

/** What we offer and what we obey must be something that we would accept ourselves (RFC 4028 5, 7.4). */
function checkIntervals({ expiresSeconds, minimumSeconds, maximumSeconds }: SipConfig['sessionTimer']): void {
  const key = expiresSeconds < minimumSeconds ? 'expiresSeconds' : 'maximumSeconds';
  if (Math.min(expiresSeconds, maximumSeconds) >= minimumSeconds) return;
  throw new CodedError('config.invalid', `sip.sessionTimer.${key}: it is less than minimumSeconds (${minimumSeconds})`);
}

/** It goes into Via and Contact as it is. */
function checkAdvertised(advertised: string | undefined, key: string): void {
  if (advertised === undefined || isIpAddress(advertised) || parseHostPort(advertised) !== null) return;
  throw new CodedError('config.invalid', `${key}: ${JSON.stringify(advertised)} is not host[:port]`);
}
