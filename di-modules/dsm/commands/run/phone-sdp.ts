import { parseSdp, type SipBody } from '../../../../core/index.ts';

/** Where a phone sends its audio, and how. */
export interface AudioTarget {
  readonly address: string;
  readonly port: number;
  readonly law: 'PCMU' | 'PCMA';
  readonly payloadType: number;
  /** Of telephone-event; null: not agreed. */
  readonly eventType: number | null;
}

const formats = 'a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15';

/** What a phone offers and answers: G.711 and keys. */
export function phoneSdp(address: string, port: number): SipBody {
  const text = `v=0\r\no=phone 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 8 101\r\n${formats}\r\na=ptime:20\r\na=sendrecv\r\n`;
  return { contentType: 'application/sdp', content: Buffer.from(text) };
}

/** Null: there is no audio that a phone understands. @throws CodedError for what is no session description. */
export function audioTarget(body: Uint8Array): AudioTarget | null {
  const sdp = parseSdp(body);
  const media = sdp.media.find(({ kind, port }) => kind === 'audio' && port > 0);
  const address = (media?.connection ?? sdp.connection)?.address;
  if (media === undefined || address === undefined) return null;
  const names = new Map<string, string>([
    ['0', 'PCMU'],
    ['8', 'PCMA'],
  ]);
  for (const { name, value } of media.attributes) {
    const [, number, encoding] = name === 'rtpmap' ? (/^(\d+) ([^/]+)/.exec(value ?? '') ?? []) : [];
    if (number !== undefined && encoding !== undefined) names.set(number, encoding);
  }
  const event = media.formats.find((format) => names.get(format) === 'telephone-event');
  for (const format of media.formats) {
    const law = names.get(format);
    if (law !== 'PCMU' && law !== 'PCMA') continue;
    const eventType = event === undefined ? null : Number(event);
    return { address, port: media.port, law, payloadType: Number(format), eventType };
  }
  return null;
}
