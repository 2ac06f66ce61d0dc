/** Which way of encryption the media of a call get: that of the call, of its listener, or of `media.srtp`. */
import type { MediaConfig } from '../media/index.ts';
import type { Random } from '../runtime/index.ts';
import { type SrtpLocal, type SrtpPolicy, srtpSuites } from '../sdp/index.ts';
import type { Flow, SipConfig } from '../sip/index.ts';

export type SrtpConfig = Partial<Pick<MediaConfig, 'srtp' | 'srtpSuites'>>;

/** Keys in a description are as secret as its transport. */
export function isPrivate({ transport }: Pick<Flow, 'transport'>): boolean {
  return transport === 'tls' || transport === 'wss';
}

/**
 * Encryption for a call on `flow`. `wish`: what the call itself asks for. `optional` of `media.srtp` alone
 * does not offer keys over UDP and TCP, where anybody on the way could read them; asked for by a listener
 * or a call it does.
 */
export function srtpFor(
  flow: Flow,
  wish: SrtpPolicy | null,
  config: SrtpConfig,
  listen: SipConfig['listen'],
  random: Random,
): SrtpLocal {
  const chosen = wish ?? listenerOf(flow, listen)?.srtp;
  return {
    policy: chosen ?? config.srtp ?? 'off',
    suites: config.srtpSuites ?? srtpSuites,
    newKey: (bytes) => random.secure(bytes),
    offersKeys: chosen !== undefined || isPrivate(flow),
  };
}

/** The entry of `sip.listen` that a flow belongs to: by transport, port and address. */
function listenerOf({ transport, local }: Flow, listen: SipConfig['listen']): SipConfig['listen'][number] | undefined {
  const here = listen.filter((entry) => entry.transport === transport && entry.port === local.port);
  return (
    here.find(({ address }) => address === local.address) ??
    here.find(({ address }) => address === '0.0.0.0' || address === '::') ??
    // A connection that we made has a port of its own.
    (transport === 'udp' ? undefined : listen.find((entry) => entry.transport === transport))
  );
}
