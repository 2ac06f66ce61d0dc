/**
 * Puts the addresses of a media relay into a session description, as an edit of its text: lines that
 * need no change are not touched, whatever they hold.
 */

/** Where one side of a relayed line is reached. */
export interface RelayAddress {
  readonly address: string;
  readonly rtpPort: number;
}

/** A media line as it was described. */
export interface DescribedLine {
  /** No RTP: its packets are not looked at (T.38 over UDPTL, BFCP). */
  readonly raw: boolean;
  /** Audio that its peer says it sends: silence is a fault then. */
  readonly sends: boolean;
  /** Can be relayed: it goes over UDP, and its port is not 0. */
  readonly relayed: boolean;
  /** Where the peer wants its packets; null: nowhere (0.0.0.0, ::, or no address). */
  readonly remote: { readonly address: string; readonly rtpPort: number; readonly rtcpPort: number } | null;
}

interface Section {
  /** Index of the `m=` line, and of the line behind the section. */
  readonly from: number;
  readonly to: number;
  readonly media: { readonly port: number; readonly protocol: string };
}

interface Layout {
  readonly lines: readonly string[];
  readonly sections: readonly Section[];
  /** Index of the session's `c=` line, or -1. */
  readonly sessionConnection: number;
}

/** RTP/AVP, RTP/SAVPF, UDP/TLS/RTP/SAVP, udptl, UDP/BFCP …: what travels in UDP packets. */
const overUdp = /^(?:RTP\/S?AVPF?|udp|udptl|UDP\/[!-~]+|DCCP\/RTP\/[!-~]+)$/i;
const zeroAddresses: ReadonlySet<string> = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);
/** ICE would lead past the relay: without its lines the peers do not use it (RFC 8839 3.2.3). */
const iceLine =
  /^a=(?:candidate|remote-candidates|end-of-candidates|ice-(?:ufrag|pwd|options|lite|mismatch|pacing))(?:[:\s]|$)/i;

/** What each `m=` line is about, in order. */
export function describeLines(text: string): DescribedLine[] {
  const layout = layoutOf(text);
  return layout.sections.map((section) => {
    const { port, protocol } = section.media;
    const address = addressIn(layout.lines[connectionOf(layout, section)] ?? '');
    const relayed = port !== 0 && overUdp.test(protocol) && !/^DCCP/i.test(protocol);
    const remote =
      !relayed || address === null || zeroAddresses.has(address)
        ? null
        : { address, rtpPort: port, rtcpPort: rtcpPortOf(layout, section) ?? (port < 65535 ? port + 1 : port) };
    const audio = /^m=audio\s/i.test(layout.lines[section.from] ?? '');
    const sends = audio && relayed && remote !== null && /^send(?:recv|only)$/.test(directionOf(layout, section));
    return { raw: !/RTP/i.test(protocol), sends, relayed, remote };
  });
}

/**
 * The text with our address in the `c=`, `m=` and `a=rtcp` of each relayed line; `relay[i]` null: the
 * line stays. Held lines (0.0.0.0, ::) keep that address. Line ends stay as they are.
 */
export function rewriteLines(text: string, relay: readonly (RelayAddress | null)[]): string {
  const layout = layoutOf(text);
  const { lines, sections, sessionConnection } = layout;
  const out = [...lines];
  const inserted = new Map<number, string>();
  const inherits = sections.map((section) => connectionOf(layout, section) === sessionConnection);
  const first = sections.findIndex((_section, index) => relay[index] != null);
  // A line that is not relayed may rely on the session's address: then that stays, and ours go below.
  const keepsSession = sections.some(
    (section, index) => relay[index] == null && inherits[index] === true && section.media.port !== 0,
  );
  const sessionAddress = relay[first]?.address;
  const sessionLine = out[sessionConnection];
  const changesSession =
    sessionConnection >= 0 && sessionAddress !== undefined && sessionLine !== undefined && !keepsSession;
  if (changesSession) out[sessionConnection] = withAddress(sessionLine, sessionAddress);

  sections.forEach((section, index) => {
    const ours = relay[index];
    if (ours == null) return;
    out[section.from] = withPort(lines[section.from] ?? '', ours.rtpPort);
    const connection = connectionOf(layout, section);
    const line = lines[connection] ?? '';
    if (inherits[index] !== true) out[connection] = withAddress(line, ours.address);
    else if (connection >= 0 && (!changesSession || ours.address !== sessionAddress)) {
      const held = zeroAddresses.has(addressIn(line) ?? '');
      if (!held) inserted.set(section.from, `${withAddress(line, ours.address)}`);
    }
    for (let at = section.from + 1; at < section.to; at++) {
      const each = lines[at] ?? '';
      if (/^a=rtcp:/i.test(each)) out[at] = rtcpLine(each, ours);
    }
  });

  const kept: string[] = [];
  out.forEach((line, at) => {
    const section = sections.findIndex(({ from, to }) => at >= from && at < to);
    const drops = iceLine.test(line) && (section < 0 ? first >= 0 && !keepsSession : relay[section] != null);
    if (!drops) kept.push(line);
    const more = inserted.get(at);
    // RFC 8866 5: after `m=` come `i=`, then `c=`; readers take `c=` anywhere in its section.
    if (more !== undefined) kept.push(line.endsWith('\n') ? more : `\r\n${more}`);
  });
  return kept.join('');
}

/** Lines with their ends, so that joining them gives the text again. */
function layoutOf(text: string): Layout {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const starts = lines.flatMap((line, at) => (/^m=/.test(line) ? [at] : []));
  const sections = starts.map((from, index): Section => {
    const [, port = '0', protocol = ''] = /^m=\S+\s+([0-9]{1,5})(?:\/[0-9]+)?\s+(\S+)/.exec(lines[from] ?? '') ?? [];
    return { from, to: starts[index + 1] ?? lines.length, media: { port: Number(port), protocol } };
  });
  const head = lines.slice(0, starts[0] ?? lines.length);
  return { lines, sections, sessionConnection: head.findIndex((line) => /^c=/.test(line)) };
}

/** Index of the `c=` line that holds for a section: its own, else the session's. */
function connectionOf({ lines, sessionConnection }: Layout, { from, to }: Section): number {
  for (let at = from + 1; at < to; at++) if (/^c=/.test(lines[at] ?? '')) return at;
  return sessionConnection;
}

/** Of the line, else of the session, else `sendrecv` (RFC 8866 6.7). */
function directionOf({ lines, sections }: Layout, { from, to }: Section): string {
  const directionIn = (start: number, end: number): string | undefined =>
    lines
      .slice(start, end)
      .map((line) => /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/i.exec(line)?.[1]?.toLowerCase())
      .find((direction) => direction !== undefined);
  return directionIn(from + 1, to) ?? directionIn(0, sections[0]?.from ?? 0) ?? 'sendrecv';
}

function rtcpPortOf({ lines }: Layout, { from, to }: Section): number | null {
  for (let at = from + 1; at < to; at++) {
    const port = Number(/^a=rtcp:([0-9]{1,5})/i.exec(lines[at] ?? '')?.[1] ?? 0);
    if (port > 0 && port < 65536) return port;
  }
  return null;
}

/** The address of a `c=IN IP4 192.0.2.1/127` line, lower-case. */
function addressIn(line: string): string | null {
  return /^c=IN\s+IP[46]\s+([^\s/]+)/i.exec(line)?.[1]?.toLowerCase() ?? null;
}

function withAddress(line: string, address: string): string {
  const held = zeroAddresses.has(addressIn(line) ?? '');
  if (held) return line;
  const end = /[\r\n]*$/.exec(line)?.[0] ?? '';
  return `c=IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}${end}`;
}

function withPort(line: string, port: number): string {
  return line.replace(/^(m=\S+\s+)[0-9]+/, `$1${port}`);
}

/** RTCP goes to the port above ours (RFC 3605: "a=rtcp:53020 IN IP4 126.16.64.4"). */
function rtcpLine(line: string, { address, rtpPort }: RelayAddress): string {
  const end = /[\r\n]*$/.exec(line)?.[0] ?? '';
  const names = /^a=rtcp:[0-9]+\s+IN\s/i.test(line);
  const where = names ? ` IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}` : '';
  return `a=rtcp:${rtpPort + 1}${where}${end}`;
}
