/** A browser's session descriptions: written and read without the server's code. */
import type { Fingerprint } from '../../core/sdp/index.ts';
import type { Law } from './g711.ts';
import type { PhoneDirection } from './phone-sdp.ts';

export interface BrowserSide {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprint: Fingerprint;
}

export interface BrowserSdp extends BrowserSide {
  readonly setup: string;
  readonly direction: PhoneDirection;
  readonly candidates: readonly { readonly address: string; readonly port: number }[];
  readonly formats: readonly { readonly number: number; readonly name: string }[];
}

const payloads = { PCMU: 0, PCMA: 8 } as const;

/** Audio, and a video line that nobody answers; candidates would trickle. */
export function printBrowserSdp(
  side: BrowserSide,
  parts: { version: number; setup: string; direction: PhoneDirection; laws: readonly Law[]; withVideo: boolean },
): string {
  const transport = [
    `a=ice-ufrag:${side.ufrag}`,
    `a=ice-pwd:${side.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:${side.fingerprint.algorithm} ${side.fingerprint.value}`,
    `a=setup:${parts.setup}`,
  ];
  return [
    'v=0',
    `o=- 4611731400430051336 ${parts.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE 0${parts.withVideo ? ' 1' : ''}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${parts.laws.map((law) => payloads[law]).join(' ')} 101`,
    'c=IN IP4 0.0.0.0',
    ...transport,
    'a=mid:0',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    `a=${parts.direction}`,
    'a=msid:stream track',
    'a=rtcp-mux',
    ...parts.laws.map((law) => `a=rtpmap:${payloads[law]} ${law}/8000`),
    'a=rtpmap:101 telephone-event/8000',
    ...(parts.withVideo
      ? [
          'm=video 9 UDP/TLS/RTP/SAVPF 96',
          'c=IN IP4 0.0.0.0',
          ...transport,
          'a=mid:1',
          'a=recvonly',
          'a=rtcp-mux',
          'a=rtpmap:96 VP8/90000',
        ]
      : []),
    '',
  ].join('\r\n');
}

/** @throws Error when it is none that a browser would take. */
export function parseBrowserSdp(text: string): BrowserSdp {
  const [session = '', ...media] = text.split(/^(?=m=)/m);
  const audio = media.find((each) => /^m=audio [1-9]/.test(each));
  const value = (name: string, from = audio ?? ''): string =>
    new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(from)?.[1] ?? '';
  if (audio === undefined) throw new Error(`no audio line in: ${text}`);
  if (!/^a=ice-lite\r?$/m.test(session)) throw new Error('a=ice-lite is missing');
  if (!/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF /.test(audio)) throw new Error('the profile is not UDP/TLS/RTP/SAVPF');
  if (!/^a=rtcp-mux\r?$/m.test(audio)) throw new Error('a=rtcp-mux is missing');
  if (value('group', session) !== `BUNDLE ${value('mid')}`) throw new Error('the bundle is not the audio line');
  const [algorithm, hash = ''] = value('fingerprint').split(' ');
  if (algorithm !== 'sha-256') throw new Error(`fingerprint ${algorithm}`);
  const names = new Map([...audio.matchAll(/^a=rtpmap:(\d+) ([^/]+)/gm)].map((match) => [match[1], match[2]]));
  const numbers = /^m=audio \d+ \S+ (.*?)\r?$/m.exec(audio)?.[1]?.split(' ') ?? [];
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(audio)?.[1];
  return {
    ufrag: value('ice-ufrag'),
    password: value('ice-pwd'),
    fingerprint: { algorithm, value: hash },
    setup: value('setup'),
    direction: (direction as PhoneDirection | undefined) ?? 'sendrecv',
    candidates: [...audio.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/gm)].map((match) => ({
      address: match[1] ?? '',
      port: Number(match[2]),
    })),
    formats: numbers.map((number) => ({ number: Number(number), name: names.get(number) ?? '' })),
  };
}
