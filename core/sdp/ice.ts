/** ICE in descriptions (RFC 8839), as a lite agent needs it: our candidates, the peer's credentials. */
import { CodedError } from '../runtime/index.ts';
import type { IceCandidate, SdpAttribute } from './types.ts';

/** RFC 8839 5.4: `ice-ufrag = 4*256ice-char`, `password = 22*256ice-char`. */
const ufragForm = /^[A-Za-z0-9+/]{4,256}$/;
const passwordForm = /^[A-Za-z0-9+/]{22,256}$/;
/** Candidates of one line that are looked at. */
const maxCandidates = 64;

/** Host candidates (RFC 8445 5.1.2.1); TCP under all of UDP (RFC 6544 4.2). */
const typePreference = { udp: 126, tcp: 90 } as const;
/** "direction-pref … MUST be … 4 for passive candidates" beside other-pref of 13 bits (RFC 6544 4.2). */
const passivePreference = 4 << 13;

/** @throws CodedError `sdp.webRtc` saying which of the two is wrong; never the password. */
export function iceCredentials(ufrag: string | null, password: string | null): { ufrag: string; password: string } {
  const [name, secret] = [ufrag?.trim() ?? '', password?.trim() ?? ''];
  if (!ufragForm.test(name))
    throw new CodedError(
      'sdp.webRtc',
      `a=ice-ufrag ${name === '' ? 'is missing' : 'is not 4 to 256 of A-Z a-z 0-9 + /'}`,
    );
  if (!passwordForm.test(secret))
    throw new CodedError(
      'sdp.webRtc',
      `a=ice-pwd ${secret === '' ? 'is missing' : 'is not 22 to 256 of A-Z a-z 0-9 + /'}`,
    );
  return { ufrag: name, password: secret };
}

/** `a=candidate` of ours, best first, and that there are no others (RFC 8840 8.2). One component: RTCP goes with RTP. */
export function candidateAttributes(candidates: readonly IceCandidate[]): readonly SdpAttribute[] {
  const lines = candidates.map(({ transport, address, port }, index): SdpAttribute => {
    const foundation = index + 1;
    const tcp = transport === 'tcp' ? ' tcptype passive' : '';
    const value = `${foundation} 1 ${transport} ${priorityOf(transport, index)} ${address} ${port} typ host${tcp}`;
    return { name: 'candidate', value };
  });
  return [...lines, { name: 'end-of-candidates', value: null }];
}

/** RFC 8445 5.1.2.1: 2^24 · type preference + 2^8 · local preference + (256 − component). */
function priorityOf(transport: IceCandidate['transport'], index: number): number {
  const local = transport === 'udp' ? 65_535 - index : passivePreference + 8191 - index;
  return typePreference[transport] * 2 ** 24 + local * 2 ** 8 + 255;
}

/**
 * Candidates of a peer that packets can be sent to: numeric addresses, of component 1. Others (mDNS names,
 * unknown transports, active TCP, broken lines) are passed over: "MUST ignore" (RFC 8839 5.1).
 */
export function readCandidates(attributes: readonly SdpAttribute[]): readonly IceCandidate[] {
  return attributes
    .filter(({ name }) => name === 'candidate')
    .slice(0, maxCandidates)
    .flatMap(({ value }): readonly IceCandidate[] => {
      const [, component, protocol = '', , address = '', port = '', , , ...extensions] = (value ?? '')
        .trim()
        .split(/\s+/);
      const transport = protocol.toLowerCase();
      if (component !== '1' || !/^[0-9a-fA-F.:]{3,45}$/.test(address) || !/^[1-9][0-9]{0,4}$/.test(port)) return [];
      if (transport === 'tcp' && extensions[extensions.indexOf('tcptype') + 1] !== 'passive') return [];
      if ((transport !== 'udp' && transport !== 'tcp') || Number(port) > 65_535) return [];
      return [{ transport, address, port: Number(port) }];
    });
}
