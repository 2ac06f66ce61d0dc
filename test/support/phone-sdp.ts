/** The phones' own session descriptions: a few lines, written and read without the server's code. */
import type { Law } from './g711.ts';

export type PhoneDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface PhoneSdp {
  readonly address: string;
  readonly port: number;
  readonly direction: PhoneDirection;
  /** Payload numbers and names in order of preference, `0 PCMU`. */
  readonly formats: readonly { readonly number: number; readonly name: string }[];
}

const staticNames: Record<number, string> = { 0: 'PCMU', 8: 'PCMA' };

export function printPhoneSdp(sdp: PhoneSdp, version: number): string {
  const family = sdp.address.includes(':') ? 'IP6' : 'IP4';
  return [
    'v=0',
    `o=phone 1 ${version} IN ${family} ${sdp.address}`,
    's=-',
    `c=IN ${family} ${sdp.address}`,
    't=0 0',
    `m=audio ${sdp.port} RTP/AVP ${sdp.formats.map(({ number }) => number).join(' ')}`,
    ...sdp.formats.map(({ number, name }) => `a=rtpmap:${number} ${name}/8000`),
    ...sdp.formats.filter(({ name }) => name === 'telephone-event').map(({ number }) => `a=fmtp:${number} 0-15`),
    'a=ptime:20',
    `a=${sdp.direction}`,
    '',
  ].join('\r\n');
}

/** @throws Error when there is no audio line: a phone of ours asked for one. */
export function parsePhoneSdp(text: string): PhoneSdp {
  const lines = text.split(/\r?\n/);
  const mediaAt = lines.findIndex((line) => line.startsWith('m=audio '));
  if (mediaAt < 0) throw new Error(`no audio line in: ${text}`);
  const [, port = '0', , ...numbers] = (lines[mediaAt] ?? '').split(' ');
  const rest = lines.slice(mediaAt + 1);
  const own = rest.slice(
    0,
    Math.max(
      0,
      rest.findIndex((line) => line.startsWith('m=')),
    ) || rest.length,
  );
  const connection = own.find((line) => line.startsWith('c=')) ?? lines.find((line) => line.startsWith('c='));
  const names = new Map(own.flatMap((line) => [...line.matchAll(/^a=rtpmap:(\d+) ([^/]+)/g)].map((m) => [m[1], m[2]])));
  const direction = own.map((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.exec(line)?.[1]).find(Boolean);
  return {
    address: connection?.split(' ')[2] ?? '',
    port: Number(port),
    direction: (direction as PhoneDirection | undefined) ?? 'sendrecv',
    formats: numbers.map((number) => ({
      number: Number(number),
      name: names.get(number) ?? staticNames[Number(number)] ?? '',
    })),
  };
}

/** The law that both sides know, by the other side's preference, and the number of telephone-event. */
export function chooseFormats(
  sdp: PhoneSdp,
  ours: readonly Law[],
): { readonly law: Law; readonly payloadType: number; readonly eventType: number | null } | null {
  const event = sdp.formats.find(({ name }) => name === 'telephone-event')?.number ?? null;
  for (const { number, name } of sdp.formats) {
    const law = ours.find((candidate) => candidate === name);
    if (law !== undefined) return { law, payloadType: number, eventType: event };
  }
  return null;
}
