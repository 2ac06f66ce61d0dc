/**
 * Text to `SessionDescription` (RFC 4566, 8866). Tolerant where phones are careless: bare LF, no
 * line break at the end, lines in another order, lower-case address types, `s=` or `t=` missing.
 * Lines of unknown letters are passed over.
 */
import { CodedError } from '../runtime/index.ts';
import type { SdpAttribute, SdpConnection, SdpMedia, SessionDescription } from './types.ts';

/** Budgets: past them the description is refused. */
export const sdpLimits = { bytes: 65_535, lines: 2000, media: 32, formats: 128 } as const;

/** Never looks back: a text of nothing but CR costs as little as any other. */
const lineEnd = /\r+\n?|\n/;

type Bandwidth = SdpMedia['bandwidth'][number];

/** A section while its lines come in: the session or one media line. */
interface Section {
  title: string | null;
  connection: SdpConnection | null;
  readonly bandwidth: Bandwidth[];
  readonly attributes: SdpAttribute[];
}

interface Session extends Section {
  origin: SessionDescription['origin'] | null;
  name: string;
  uri: string | null;
  readonly otherLines: string[];
  readonly media: { readonly line: MediaLine; readonly section: Section }[];
}

/** What the `m=` line itself says. */
type MediaLine = Pick<SdpMedia, 'kind' | 'port' | 'portCount' | 'protocol' | 'formats'>;

/** @throws CodedError `sdp.malformed`, naming the line. */
export function parseSdp(source: string | Uint8Array): SessionDescription {
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  if (text.length > sdpLimits.bytes) throw malformed(0, 'longer than the limit');
  const lines = text.split(lineEnd);
  if (lines.length > sdpLimits.lines) throw malformed(0, `more than ${sdpLimits.lines} lines`);
  const session: Session = { ...newSection(), origin: null, name: '-', uri: null, otherLines: [], media: [] };
  let section: Section = session;
  let isEmpty = true;
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const number = index + 1;
    if (line.charAt(1) !== '=') throw malformed(number, `"${excerpt(line)}" is not <letter>=<value>`);
    const letter = line.charAt(0);
    const value = line.slice(2);
    isEmpty = false;
    if (letter === 'v' && value.trim() !== '0') throw malformed(number, 'the version is not 0');
    if (letter === 'm') {
      if (session.media.length >= sdpLimits.media) throw malformed(number, `more than ${sdpLimits.media} media`);
      section = newSection();
      session.media.push({ line: readMedia(value, number), section });
    } else if (!readShared(section, letter, value, number) && section === session) {
      readSession(session, letter, value, number);
    }
  });
  const { origin, name, title, uri, connection, bandwidth, otherLines, attributes } = session;
  if (isEmpty) throw malformed(0, 'it is empty');
  if (origin === null) throw malformed(0, 'there is no o= line');
  if (!otherLines.some((line) => line.startsWith('t='))) otherLines.push('t=0 0');
  const media = session.media.map((one) => ({ ...one.line, ...one.section }));
  return { origin, name, information: title, uri, connection, bandwidth, otherLines, attributes, media };
}

function newSection(): Section {
  return { title: null, connection: null, bandwidth: [], attributes: [] };
}

function malformed(line: number, what: string): CodedError {
  return new CodedError('sdp.malformed', line === 0 ? what : `line ${line}: ${what}`);
}

function excerpt(line: string): string {
  return line.replace(/[^ -~]+/g, '?').slice(0, 40);
}

/** Lines that both the session and a media line have; false for others. */
function readShared(section: Section, letter: string, value: string, number: number): boolean {
  switch (letter) {
    case 'i':
      section.title ??= value;
      return true;
    case 'c':
      // A second c= of one media line is a multicast layer (RFC 4566 5.7): the first counts.
      section.connection ??= readConnection(value.trim().split(/\s+/), number);
      return true;
    case 'b': {
      const match = /^\s*([^\s:]+):([0-9]{1,15})\s*$/.exec(value);
      // The RFC: "bandwidth types … MUST be ignored" where unknown; a broken one is no better.
      if (match !== null) section.bandwidth.push({ type: match[1] ?? '', kbps: Number(match[2]) });
      return true;
    }
    case 'a':
      if (value !== '') section.attributes.push(readAttribute(value));
      return true;
    default:
      return false;
  }
}

function readSession(session: Session, letter: string, value: string, number: number): void {
  if (letter === 'o') session.origin ??= readOrigin(value, number);
  else if (letter === 's') session.name = value.trim() === '' ? '-' : value;
  else if (letter === 'u') session.uri ??= value.trim();
  else if ('eptrzk'.includes(letter)) session.otherLines.push(`${letter}=${value}`);
}

function readAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(':');
  return colon < 0
    ? { name: value.trim(), value: null }
    : { name: value.slice(0, colon).trim(), value: value.slice(colon + 1) };
}

/** The user name may hold blanks on careless phones: the five fields behind it are read from the end. */
function readOrigin(value: string, number: number): SessionDescription['origin'] {
  const fields = value.trim().split(/\s+/);
  if (fields.length < 6) throw malformed(number, 'o= has fewer than six fields');
  const [sessionId = '', version = '', ...connection] = fields.slice(-5);
  return { user: fields.slice(0, -5).join(' '), sessionId, version, connection: readConnection(connection, number) };
}

/** `IN IP4 <address>`; the address may be empty, and more may follow it. */
function readConnection(fields: readonly string[], number: number): SdpConnection {
  const [network = '', type = '', address = ''] = fields;
  const family = /^ip4$/i.test(type) ? 4 : /^ip6$/i.test(type) ? 6 : null;
  if (network.toUpperCase() !== 'IN' || family === null) {
    throw malformed(number, `"${excerpt(`${network} ${type}`)}" is not IN IP4 or IN IP6`);
  }
  if (address.length > 255) throw malformed(number, 'address too long');
  return { family, address };
}

/** `m=<kind> <port>[/<count>] <protocol> <format> …` */
function readMedia(value: string, number: number): MediaLine {
  const [kind = '', ports = '', protocol = '', ...formats] = value.trim().split(/\s+/);
  const match = /^([0-9]{1,6})(?:\/([0-9]{1,6}))?$/.exec(ports);
  const port = Number(match?.[1]);
  const portCount = Number(match?.[2] ?? 1);
  if (match === null || port > 65535 || portCount < 1) {
    throw malformed(number, `"${excerpt(ports)}" is not a port`);
  }
  // Formats may be missing: there is nothing to accept in such a line, but the others are as good as ever.
  if (protocol === '') throw malformed(number, 'm= has fewer than three fields');
  if (formats.length > sdpLimits.formats) throw malformed(number, `more than ${sdpLimits.formats} formats`);
  return { kind, port, portCount, protocol, formats };
}
