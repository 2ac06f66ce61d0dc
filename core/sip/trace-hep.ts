/**
 * HEP version 3, as Homer and its relatives take it: one UDP packet for each message.
 *
 *   | 'HEP3' | length | chunk … |     chunk: | vendor 0 | type | length | value |
 */
import { Buffer } from 'node:buffer';
import { CodedError, type Counter, type Disposable, type Seams, type UdpSocket } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import { isIpAddress } from './host.ts';
import type { MessageTrace, TraceRecord } from './trace.ts';
import { callIdOf } from './trace-call-id.ts';
import { ipBytes, maskedBytes } from './trace-pcap.ts';

/** Chunk types of the generic vendor. */
const chunk = {
  family: 1,
  protocol: 2,
  source4: 3,
  target4: 4,
  source6: 5,
  target6: 6,
  sourcePort: 7,
  targetPort: 8,
  seconds: 9,
  microseconds: 10,
  payloadType: 11,
  captureId: 12,
  authKey: 14,
  payload: 15,
  correlationId: 17,
} as const;
const AF_INET = 2;
const AF_INET6 = 10;
const UDP = 17;
const TCP = 6;
const payloadTypeSip = 1;
const longestPayload = 65_000;
/** Packets a second; more are left out and counted, so that a flood is not doubled. */
const packetsPerSecond = 5000;

export interface HepIdentity {
  readonly id: number;
  readonly password: string;
}

/** One message as a HEP packet. */
export function hepPacket(
  { unixMs, direction, flow, bytes }: TraceRecord,
  callId: string,
  who: HepIdentity,
): Uint8Array {
  const [from, to] = direction === 'in' ? [flow.remote, flow.local] : [flow.local, flow.remote];
  const isV6 = from.address.includes(':') || to.address.includes(':');
  const micros = Math.round(unixMs * 1000);
  const chunks = [
    uint8(chunk.family, isV6 ? AF_INET6 : AF_INET),
    uint8(chunk.protocol, flow.transport === 'udp' ? UDP : TCP),
    value(isV6 ? chunk.source6 : chunk.source4, ipBytes(from.address)),
    value(isV6 ? chunk.target6 : chunk.target4, ipBytes(to.address)),
    uint16(chunk.sourcePort, from.port),
    uint16(chunk.targetPort, to.port),
    uint32(chunk.seconds, Math.floor(micros / 1_000_000)),
    uint32(chunk.microseconds, micros % 1_000_000),
    uint8(chunk.payloadType, payloadTypeSip),
    uint32(chunk.captureId, who.id),
    ...(who.password === '' ? [] : [value(chunk.authKey, Buffer.from(who.password))]),
    ...(callId === '' ? [] : [value(chunk.correlationId, Buffer.from(callId, 'latin1'))]),
    value(chunk.payload, maskedBytes(bytes).subarray(0, longestPayload)),
  ];
  const length = 6 + chunks.reduce((sum, each) => sum + each.length, 0);
  const head = Buffer.alloc(6);
  head.write('HEP3', 'latin1');
  head.writeUInt16BE(length, 4);
  return Buffer.concat([head, ...chunks]);
}

function value(type: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(6 + bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

function uint8(type: number, number: number): Buffer {
  return value(type, Uint8Array.of(number));
}

function uint16(type: number, number: number): Buffer {
  return value(type, Uint8Array.of(number >> 8, number & 0xff));
}

function uint32(type: number, number: number): Buffer {
  return value(type, Uint8Array.of(number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff));
}

export type HepConfig = NonNullable<SipConfig['trace']['hep']>;

/**
 * Sends every traced message to `config.host` until disposed.
 * @throws CodedError `config.invalid` when the host has no address.
 */
export async function startHep(seams: Seams, config: HepConfig, trace: MessageTrace): Promise<Disposable> {
  const found = isIpAddress(config.host) ? [config.host] : await seams.dns.lookup(config.host).catch(() => []);
  const [address] = found;
  if (address === undefined) {
    throw new CodedError(
      'config.invalid',
      `sip.trace.hep.host: ${config.host} has no address; name an address or null`,
    );
  }
  const socket = await seams.network.udp({
    address: address.includes(':') ? '::' : '0.0.0.0',
    port: 0,
    onDatagram: () => {},
    onError: () => {},
  });
  const leftOut = seams.counters.counter('callbus_sip_hep_left_out_total', 'Messages that HEP export left out.');
  const target = { address, port: config.port };
  const exporter = new HepExporter(seams, socket, target, config, leftOut);
  const tap = trace.tap((record) => exporter.send(record));
  return {
    dispose() {
      tap.dispose();
      socket.close();
    },
  };
}

class HepExporter {
  readonly #seams: Seams;
  readonly #socket: UdpSocket;
  readonly #target: { readonly address: string; readonly port: number };
  readonly #who: HepIdentity;
  readonly #leftOut: Counter;
  #second = 0;
  #sent = 0;

  constructor(
    seams: Seams,
    socket: UdpSocket,
    target: { readonly address: string; readonly port: number },
    who: HepIdentity,
    leftOut: Counter,
  ) {
    this.#seams = seams;
    this.#socket = socket;
    this.#target = target;
    this.#who = who;
    this.#leftOut = leftOut;
  }

  send(record: TraceRecord): void {
    const second = Math.floor(this.#seams.clock.nowMs() / 1000);
    if (second !== this.#second) this.#sent = 0;
    this.#second = second;
    if (++this.#sent > packetsPerSecond) {
      this.#leftOut.add();
      return;
    }
    this.#socket.send(hepPacket(record, callIdOf(record.bytes), this.#who), this.#target);
  }
}
