/**
 * SRTP and SRTCP of one stream, both directions (RFC 3711, RFC 6188, RFC 7714), in place on the
 * caller's buffers. It takes keys, not descriptions: SDES and DTLS-SRTP end here alike.
 *
 * A packet that is not authentic, or was there before, changes nothing: neither the roll-over
 * counter nor the window nor the packet itself.
 */
import type { SrtpParameters, SrtpSuite } from '../../sdp/types.ts';
import { readUint32, rtpHeaderBytes } from './rtp.ts';
import { type PacketCipher, packetCiphers } from './srtp-cipher.ts';
import { mkiBytes, putMki, takeMki } from './srtp-mki.ts';
import { type SourceState, type SrtpSource, SrtpSources } from './srtp-source.ts';
import { maxOverheadBytes, rtcpIndexBytes, suites } from './srtp-suites.ts';

const rtcpHeaderBytes = 8;
const lastRtcpIndex = 0x7fff_ffff;
const lastIndex = 2 ** 48 - 1;
/** After new keys, how many packets under them it takes until the old ones are forgotten: 5 s at 20 ms. */
const packetsUntilForgotten = 250;

/** As plain data; without keys. */
export interface SrtpState {
  /** Of what we send: packet index of RTP by SSRC. */
  readonly sent: readonly SourceState[];
  readonly sentRtcpIndex: number;
  readonly received: readonly SourceState[];
  readonly receivedRtcp: readonly SourceState[];
  readonly notAuthentic: number;
  readonly replayed: number;
}

/** What we receive under one master key. */
class Inbound {
  readonly suite: SrtpSuite;
  readonly key: string;
  readonly mki: Uint8Array;
  readonly mkiText: string;
  readonly rtp: PacketCipher;
  readonly rtcp: PacketCipher;
  readonly sources = new SrtpSources();
  readonly rtcpSources = new SrtpSources();
  authentic = 0;

  constructor(suite: SrtpSuite, key: string, mki = '') {
    this.suite = suite;
    this.key = key;
    this.mki = mkiBytes(mki);
    this.mkiText = mki;
    ({ rtp: this.rtp, rtcp: this.rtcp } = packetCiphers(suite, key));
  }
}

export class SrtpContext {
  #suite: SrtpSuite;
  #sendKey: string;
  #sendMki: Uint8Array;
  #out: { readonly rtp: PacketCipher; readonly rtcp: PacketCipher };
  readonly #sent = new SrtpSources();
  #sentRtcpIndex = 0;
  #in: Inbound;
  /** Keys that were in force until the last `rekey`: for packets that are still on their way. */
  #before: Inbound | null = null;
  /** Received packets whose tag was wrong, or that are too short to have one. */
  notAuthentic = 0;
  /** Received packets that were there before, or are older than the window. */
  replayed = 0;

  /** @throws CodedError `media.failed` when a key has not the suite's length. */
  constructor(parameters: SrtpParameters) {
    const { suite, sendKey, receiveKey, sendMki, receiveMki } = parameters;
    this.#suite = suite;
    this.#sendMki = mkiBytes(sendMki);
    this.#sendKey = sendKey;
    this.#out = packetCiphers(suite, sendKey);
    this.#in = new Inbound(suite, receiveKey, receiveMki);
  }

  /** How much longer a protected packet is at most, bytes: that of RTCP. */
  get overheadBytes(): number {
    return suites[this.#suite].rtcpTagBytes + rtcpIndexBytes + this.#sendMki.length;
  }

  /**
   * Other keys for the same stream. What has not changed goes on as it was; the roll-over counter "MUST
   * NOT be reset" (RFC 3711 3.3.1), and packets under the old receive key are taken for a while.
   */
  rekey(parameters: SrtpParameters): void {
    const { suite, sendKey, receiveKey, sendMki, receiveMki = '' } = parameters;
    this.#sendMki = mkiBytes(sendMki);
    if (suite !== this.#suite || sendKey !== this.#sendKey) {
      this.#out = packetCiphers(suite, sendKey);
      this.#sendKey = sendKey;
    }
    if (suite !== this.#in.suite || receiveKey !== this.#in.key || receiveMki !== this.#in.mkiText) {
      const before = this.#before;
      const isBack =
        before !== null && before.suite === suite && before.key === receiveKey && before.mkiText === receiveMki;
      const next = isBack ? before : new Inbound(suite, receiveKey, receiveMki);
      this.#before = this.#in;
      this.#in = next;
      next.authentic = 0;
    }
    this.#suite = suite;
  }

  /**
   * Encrypts and signs an RTP packet; room for `maxOverheadBytes` must be behind it. Returns the new
   * length, -1 when it must not be sent: it is no RTP, or its index was used before under this key.
   */
  protect(packet: Uint8Array, length: number): number {
    const start = headerLength(packet, length);
    if (start < 0 || length + maxOverheadBytes > packet.length) return -1;
    const ssrc = readUint32(packet, 8);
    const source = this.#sent.find(ssrc) ?? this.#sent.add(ssrc);
    const index = source.estimate(sequenceOf(packet));
    // A key stream that is used twice shows both packets to whoever listens.
    if (index > lastIndex || !source.isNew(index)) return -1;
    source.accept(index);
    const sealed = this.#out.rtp.seal(packet, start, length, ssrc, index);
    if (this.#sendMki.length === 0 || sealed < 0) return sealed;
    const { kind, tagBytes } = suites[this.#suite];
    return putMki(packet, sealed, this.#sendMki, kind === 'cm' ? tagBytes : 0);
  }

  /** Checks and decrypts an RTP packet. Returns the new length, -1: bad, and nothing has changed. */
  unprotect(packet: Uint8Array, length: number): number {
    const start = headerLength(packet, length);
    if (start < 0) {
      this.notAuthentic++;
      return -1;
    }
    const opened = this.#openNamed(this.#in, packet, start, length);
    if (opened >= 0) {
      if (this.#before !== null && ++this.#in.authentic >= packetsUntilForgotten) this.#before = null;
      return opened;
    }
    const late =
      this.#before === null || opened === isReplay ? opened : this.#openNamed(this.#before, packet, start, length);
    if (late >= 0) return late;
    if (late === isReplay) this.replayed++;
    else this.notAuthentic++;
    return -1;
  }

  /** As `#open`, without the master key identifier; a packet that is not opened has it again. */
  #openNamed(inbound: Inbound, packet: Uint8Array, start: number, length: number): number {
    const { mki } = inbound;
    if (mki.length === 0) return this.#open(inbound, packet, start, length);
    const { kind, tagBytes } = suites[inbound.suite];
    const tailBytes = kind === 'cm' ? tagBytes : 0;
    const bare = takeMki(packet, length, mki, tailBytes);
    const opened = bare < start ? -1 : this.#open(inbound, packet, start, bare);
    if (opened < 0 && bare >= 0) putMki(packet, bare, mki, tailBytes);
    return opened;
  }

  /** -1: not authentic; `isReplay`. */
  #open(inbound: Inbound, packet: Uint8Array, start: number, length: number): number {
    const ssrc = readUint32(packet, 8);
    const sequence = sequenceOf(packet);
    const source = inbound.sources.find(ssrc);
    if (source !== null) {
      const index = source.estimate(sequence);
      if (index >= 0) {
        if (source.wasSeen(index)) return isReplay;
        const opened = this.#openAt(inbound, packet, start, length, source, index);
        if (opened >= 0) return opened;
      }
      // More than half a turn was lost: the next one is tried before the packet is given up.
      const opened = this.#openAt(inbound, packet, start, length, source, index + 0x1_0000);
      return opened < 0 && index >= 0 && !source.isNew(index) ? isReplay : opened;
    }
    // Before the first authentic packet: 0, but the wrap may have been among packets that were lost;
    // after new keys the counter of the old ones goes on, unless the peer began anew.
    const old = this.#before !== null && inbound !== this.#before ? this.#before.sources.find(ssrc) : null;
    const guess = old === null ? sequence : Math.max(sequence, old.estimate(sequence));
    for (const index of [guess, guess + 0x1_0000, sequence]) {
      const opened = inbound.rtp.open(packet, start, length, ssrc, index);
      if (opened < 0) continue;
      inbound.sources.add(ssrc).accept(index);
      return opened;
    }
    return -1;
  }

  #openAt(
    inbound: Inbound,
    packet: Uint8Array,
    start: number,
    length: number,
    source: SrtpSource,
    index: number,
  ): number {
    if (index > lastIndex || !source.isNew(index)) return -1;
    const opened = inbound.rtp.open(packet, start, length, source.ssrc, index);
    if (opened >= 0) source.accept(index);
    return opened;
  }

  /** As `protect`, of a compound RTCP packet. */
  protectRtcp(packet: Uint8Array, length: number): number {
    if (length < rtcpHeaderBytes || length + maxOverheadBytes > packet.length) return -1;
    if (this.#sentRtcpIndex >= lastRtcpIndex) return -1;
    const index = this.#sentRtcpIndex++;
    const sealed = this.#out.rtcp.sealRtcp(packet, length, readUint32(packet, 4), index);
    if (this.#sendMki.length === 0 || sealed < 0) return sealed;
    const { kind, rtcpTagBytes } = suites[this.#suite];
    return putMki(packet, sealed, this.#sendMki, kind === 'cm' ? rtcpTagBytes : 0);
  }

  /** As `unprotect`, of a compound RTCP packet. */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    let opened = this.#openNamedRtcp(this.#in, packet, length);
    if (opened === -1 && this.#before !== null) opened = this.#openNamedRtcp(this.#before, packet, length);
    if (opened >= 0) return opened;
    if (opened === isReplay) this.replayed++;
    else this.notAuthentic++;
    return -1;
  }

  #openNamedRtcp(inbound: Inbound, packet: Uint8Array, length: number): number {
    const { mki } = inbound;
    if (mki.length === 0) return this.#openRtcp(inbound, packet, length);
    if (length > packet.length) return -1;
    const { kind, rtcpTagBytes } = suites[inbound.suite];
    const tailBytes = kind === 'cm' ? rtcpTagBytes : 0;
    const bare = takeMki(packet, length, mki, tailBytes);
    const opened = bare < 0 ? -1 : this.#openRtcp(inbound, packet, bare);
    if (opened < 0 && bare >= 0) putMki(packet, bare, mki, tailBytes);
    return opened;
  }

  #openRtcp(inbound: Inbound, packet: Uint8Array, length: number): number {
    const { kind, rtcpTagBytes } = suites[inbound.suite];
    if (length < rtcpHeaderBytes + rtcpTagBytes + rtcpIndexBytes || length > packet.length) return -1;
    // GCM has the index behind the tag, counter mode before it.
    const at = length - rtcpIndexBytes - (kind === 'cm' ? rtcpTagBytes : 0);
    const index = readUint32(packet, at) & lastRtcpIndex;
    const ssrc = readUint32(packet, 4);
    const source = inbound.rtcpSources.find(ssrc);
    if (source !== null && !source.isNew(index)) return isReplay;
    const opened = inbound.rtcp.openRtcp(packet, length, ssrc, index);
    if (opened >= 0) (source ?? inbound.rtcpSources.add(ssrc)).accept(index);
    return opened;
  }

  /** Leaves out indices of reports: somebody else may have used them under this key. */
  leap(reports: number): void {
    this.#sentRtcpIndex = Math.min(lastRtcpIndex, this.#sentRtcpIndex + reports);
  }

  /** For a move to another thread: counters and windows, not the keys. */
  state(): SrtpState {
    return {
      sent: this.#sent.state(),
      sentRtcpIndex: this.#sentRtcpIndex,
      received: this.#in.sources.state(),
      receivedRtcp: this.#in.rtcpSources.state(),
      notAuthentic: this.notAuthentic,
      replayed: this.replayed,
    };
  }

  restore(state: SrtpState): void {
    this.#sent.restore(state.sent);
    this.#sentRtcpIndex = state.sentRtcpIndex;
    this.#in.sources.restore(state.received);
    this.#in.rtcpSources.restore(state.receivedRtcp);
    this.notAuthentic = state.notAuthentic;
    this.replayed = state.replayed;
  }
}

const isReplay = -2;

function sequenceOf(packet: Uint8Array): number {
  return ((packet[2] as number) << 8) | (packet[3] as number);
}

/** Bytes before the payload: fixed header, CSRC list, extension; -1 when they are not all there. */
function headerLength(packet: Uint8Array, length: number): number {
  if (length < rtpHeaderBytes || length > packet.length) return -1;
  const first = packet[0] as number;
  if (first === 0x80) return rtpHeaderBytes;
  if (first >> 6 !== 2) return -1;
  let start = rtpHeaderBytes + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return -1;
    start += 4 + (((packet[start + 2] as number) << 8) | (packet[start + 3] as number)) * 4;
  }
  return start <= length ? start : -1;
}
