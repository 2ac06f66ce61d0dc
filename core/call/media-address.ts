import { ipFamily, type Network } from '../runtime/index.ts';

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
const isAddress = (text: string): boolean => /^[0-9.]+$/.test(text) || /^[0-9a-f:.]+$/i.test(text);

/**
 * The address to bind for a stream (design, section 4): the configured one, or the one from which
 * the kernel sends to where the peer's audio comes from. A peer elsewhere that claims a loopback or
 * unusable address is reached where its signalling comes from.
 */
export async function mediaAddressFor(
  network: Network,
  configured: string,
  signalling: { readonly peer: string; readonly local: string },
  mediaPeer: string | null,
): Promise<string> {
  if (configured !== 'auto') return configured;
  const usable =
    mediaPeer !== null &&
    isAddress(mediaPeer) &&
    mediaPeer !== '0.0.0.0' &&
    mediaPeer !== '::' &&
    ipFamily(mediaPeer) === ipFamily(signalling.peer) &&
    (!isLoopback(mediaPeer) || isLoopback(signalling.peer));
  for (const peer of usable && mediaPeer !== signalling.peer ? [mediaPeer, signalling.peer] : [signalling.peer]) {
    try {
      return await network.sourceAddressFor(peer);
    } catch {
      // The next candidate may be reachable.
    }
  }
  return signalling.local;
}
