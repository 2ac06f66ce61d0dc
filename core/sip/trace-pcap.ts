/**
 * Messages as pcap (libpcap 2.4): raw IP packets with a UDP header each. What went by TCP, TLS or
 * WebSocket is shown as UDP between the same addresses and ports, whole and in the clear, so that
 * one filter reads all. Secrets are masked.
 *
 *   | magic, version, zone, digits, longest, LINKTYPE_RAW |   24 bytes
 *   | seconds, microseconds, kept, length | IP, UDP, SIP |    16 bytes + packet, for each message
 */
import { Buffer } from 'node:buffer';
import { newSockAddr, setSockAddr } from '../runtime/index.ts';
import type { TraceRecord } from './trace.ts';
import { maskMessage } from './trace-mask.ts';

const LINKTYPE_RAW = 101;
const UDP = 17;
const longestPayload = 65_535 - 40 - 8;

/** The head of a file. */
export function pcapHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return header;
}

/** One message. */
export function pcapPacket({ unixMs, direction, flow, bytes }: TraceRecord): Uint8Array {
  const payload = maskedBytes(bytes).subarray(0, longestPayload);
  const [from, to] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
  const source = ipBytes(from.address);
  const target = ipBytes(to.address);
  const ip = source.length === 4 && target.length === 4 ? ipv4(source, target, payload) : ipv6(source, target, payload);
  const udp = udpHeader(from.port, to.port, source, target, payload);
  const packetBytes = ip.length + udp.length + payload.length;
  const record = Buffer.alloc(16);
  const micros = Math.round(unixMs * 1000);
  record.writeUInt32LE(Math.floor(micros / 1_000_000) >>> 0, 0);
  record.writeUInt32LE(micros % 1_000_000, 4);
  record.writeUInt32LE(packetBytes, 8);
  record.writeUInt32LE(packetBytes, 12);
  return Buffer.concat([record, ip, udp, payload]);
}

/** All of them as one file. */
export function pcapFile(records: readonly TraceRecord[]): Uint8Array {
  return Buffer.concat([pcapHeader(), ...records.map(pcapPacket)]);
}

/** The message without its secrets, as long as before. */
export function maskedBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    maskMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')),
    'latin1',
  );
}

/** 4 or 16 bytes of an address; zeros for what is none. */
export function ipBytes(address: string): Uint8Array {
  try {
    const { bytes } = setSockAddr(newSockAddr(), address, 0);
    return address.includes(':') ? bytes.slice(8, 24) : bytes.slice(4, 8);
  } catch {
    return new Uint8Array(4);
  }
}

function ipv4(source: Uint8Array, target: Uint8Array, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(28 + payload.length, 2);
  header.writeUInt16BE(0x4000, 6); // don't fragment
  header[8] = 64;
  header[9] = UDP;
  header.set(source, 12);
  header.set(target, 16);
  header.writeUInt16BE(checksum([header]), 10);
  return header;
}

function ipv6(source: Uint8Array, target: Uint8Array, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(8 + payload.length, 4);
  header[6] = UDP;
  header[7] = 64;
  header.set(mapped(source), 8);
  header.set(mapped(target), 24);
  return header;
}

/** An IPv4 address among IPv6 ones: ::ffff:a.b.c.d. */
function mapped(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address;
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  bytes.set(address, 12);
  return bytes;
}

function udpHeader(
  fromPort: number,
  toPort: number,
  source: Uint8Array,
  target: Uint8Array,
  payload: Uint8Array,
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(fromPort, 0);
  header.writeUInt16BE(toPort, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  const isV4 = source.length === 4 && target.length === 4;
  const tail = Buffer.from([0, UDP, (8 + payload.length) >> 8, (8 + payload.length) & 0xff]);
  const pseudo = isV4 ? [source, target] : [mapped(source), mapped(target)];
  // 0 would mean "no checksum", which IPv6 does not allow (RFC 8200 8.1).
  header.writeUInt16BE(checksum([...pseudo, tail, header, payload]) || 0xffff, 6);
  return header;
}

/** RFC 1071. All parts but the last have an even length. */
function checksum(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] ?? 0) << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}
