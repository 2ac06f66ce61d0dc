/** A browser at the wire: checks as a controlling agent, DTLS packets that are none, SRTP with keys that the test gives. */

import { writeRtpHeader } from '../../../core/media/worker/rtp.ts';
import { SrtpContext } from '../../../core/media/worker/srtp.ts';
import { maxOverheadBytes } from '../../../core/media/worker/srtp-suites.ts';
import type { AudioParameters, SrtpParameters, WebRtcParameters } from '../../../core/sdp/index.ts';
import { agreed, type Peer } from './harness.ts';
import { type CheckOptions, check, readAnswer, type StunAnswer } from './ice/checks.ts';

export const ours = { ufrag: 'us', password: 'o'.repeat(32) };
const key = (byte: number) => Buffer.alloc(30, byte).toString('base64');
/** From our side. */
export const keys: SrtpParameters = { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: key(1), receiveKey: key(2) };

export const webRtc: WebRtcParameters = {
  localUfrag: ours.ufrag,
  localPassword: ours.password,
  remoteUfrag: 'them',
  remotePassword: 't'.repeat(24),
  fingerprints: [{ algorithm: 'sha-256', value: new Array<string>(32).fill('AB').join(':') }],
  setup: 'passive',
};

/** What a browser leg agrees on with `peer`: PCMU, no place in the description. */
export function browserAgreed(peer: Peer, parameters: Partial<AudioParameters> = {}): AudioParameters {
  return { ...agreed(peer), remote: null, rtcpMux: true, webRtc, ...parameters };
}

export class FakeBrowser {
  readonly peer: Peer;
  context: SrtpContext;
  credentials = ours;
  remoteUfrag = 'them';
  readonly answers: StunAnswer[] = [];
  readonly dtls: Uint8Array[] = [];
  /** Opened RTP packets, with their headers. */
  readonly rtp: Uint8Array[] = [];
  readonly rtcp: Uint8Array[] = [];
  /** Media that its keys do not open. */
  unopened = 0;

  constructor(peer: Peer, srtp: SrtpParameters = keys) {
    this.peer = peer;
    this.context = contextOf(srtp);
  }

  check(options: Partial<CheckOptions> = {}): void {
    const { ufrag, password } = this.credentials;
    this.peer.raw(check({ username: `${ufrag}:${this.remoteUfrag}`, password, ...options }));
  }

  nominate(): void {
    this.check({ useCandidate: true });
  }

  sendDtls(length = 60, first = 22): void {
    this.peer.raw(new Uint8Array(length).fill(first));
  }

  /** The next packet of a talk; `extension`: a header extension of one byte's form as browsers send it (RFC 8285). */
  speak(code: number, extension = false): void {
    const headerBytes = extension ? 12 + 8 : 12;
    const packet = new Uint8Array(headerBytes + 160 + maxOverheadBytes).fill(code);
    const { peer } = this;
    writeRtpHeader(packet, false, 0, peer.sequence, peer.timestamp, peer.ssrc);
    if (extension) {
      packet[0] = 0x90;
      packet.set([0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0], 12);
    }
    peer.sequence = (peer.sequence + 1) & 0xffff;
    peer.timestamp += 160;
    peer.raw(packet.slice(0, this.context.protect(packet, headerBytes + 160)));
  }

  /** A compound or reduced packet of RTCP, encrypted. */
  report(plain: Uint8Array): void {
    const packet = new Uint8Array(plain.length + maxOverheadBytes);
    packet.set(plain);
    this.peer.raw(packet.slice(0, this.context.protectRtcp(packet, plain.length)));
  }

  /** Reads what came. */
  take(): this {
    this.peer.io.poll((_socket, bytes, length) => {
      const packet = bytes.slice(0, length + maxOverheadBytes);
      const first = packet[0] ?? 0;
      if (first < 4) this.answers.push(readAnswer(packet.subarray(0, length), this.credentials.password));
      else if (first >= 20 && first < 64) this.dtls.push(packet.slice(0, length));
      else this.#open(packet, length);
    }, 100_000);
    return this;
  }

  #open(packet: Uint8Array, length: number): void {
    const isRtcp = (packet[1] ?? 0) >= 192 && (packet[1] ?? 0) <= 223;
    const opened = isRtcp ? this.context.unprotectRtcp(packet, length) : this.context.unprotect(packet, length);
    if (opened < 0) this.unopened++;
    else (isRtcp ? this.rtcp : this.rtp).push(packet.slice(0, opened));
  }

  /** RTP packets since the last time that hold only `code`. */
  heard(code: number): number {
    return this.take()
      .rtp.splice(0)
      .filter((packet) => packet.subarray(12).every((byte) => byte === code)).length;
  }
}

/** The browser's side of keys that are told from ours. */
export function contextOf({ suite, sendKey, receiveKey }: SrtpParameters): SrtpContext {
  return new SrtpContext({ suite, sendKey: receiveKey, receiveKey: sendKey });
}
