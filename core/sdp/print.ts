/** `SessionDescription` to text, lines in the order of RFC 8866 5. */
import type { SdpAttribute, SdpConnection, SdpMedia, SessionDescription } from './types.ts';

/** The whole description, lines ended by CRLF. `s=` is never empty and `t=` never missing. */
export function printSdp(description: SessionDescription): string {
  const { origin, name, information, uri, connection, bandwidth, otherLines, attributes, media } = description;
  const about = otherLines.filter((line) => /^[ep]=/.test(line));
  const timing = otherLines.filter((line) => /^[trzk]=/.test(line));
  const lines = [
    'v=0',
    `o=${origin.user === '' ? '-' : origin.user} ${origin.sessionId} ${origin.version} ${printConnection(origin.connection)}`,
    `s=${name === '' ? '-' : name}`,
    ...(information === null ? [] : [`i=${information}`]),
    ...(uri === null ? [] : [`u=${uri}`]),
    ...about,
    ...(connection === null ? [] : [`c=${printConnection(connection)}`]),
    ...bandwidth.map(({ type, kbps }) => `b=${type}:${kbps}`),
    ...(timing.some((line) => line.startsWith('t=')) ? timing : ['t=0 0', ...timing]),
    ...attributes.map(printAttribute),
    ...media.flatMap(mediaLines),
  ];
  return lines.map((line) => `${line.replace(/[\r\n\0]+/g, ' ')}\r\n`).join('');
}

function mediaLines({ kind, port, portCount, protocol, formats, title, connection, ...rest }: SdpMedia): string[] {
  const ports = portCount === 1 ? String(port) : `${port}/${portCount}`;
  return [
    `m=${kind} ${ports} ${protocol} ${formats.join(' ')}`,
    ...(title === null ? [] : [`i=${title}`]),
    ...(connection === null ? [] : [`c=${printConnection(connection)}`]),
    ...rest.bandwidth.map(({ type, kbps }) => `b=${type}:${kbps}`),
    ...rest.attributes.map(printAttribute),
  ];
}

function printConnection({ family, address }: SdpConnection): string {
  return `IN IP${family} ${address}`;
}

function printAttribute({ name, value }: SdpAttribute): string {
  return value === null ? `a=${name}` : `a=${name}:${value}`;
}
