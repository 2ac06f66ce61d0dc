/**
 * CPU of protecting and unprotecting an RTP packet of 20 ms of G.711, for each suite, beside
 * werift-rtp in the same run. The best of some rounds counts: whatever else runs only adds.
 *
 *   node dist/test/bench/srtp.js [packets in a round]
 */
import { RtpHeader, SrtpSession } from 'werift-rtp';
import { SrtpContext } from '../../core/media/worker/srtp.ts';
import { masterOf, maxOverheadBytes, suites } from '../../core/media/worker/srtp-suites.ts';
import type { SrtpSuite } from '../../core/sdp/types.ts';

const packets = Number(process.argv[2] ?? 5000);
const rounds = 8;
const packetBytes = 172;
const allowedUs = 6;
/** What werift-rtp has, with its number there; null: it has not. */
const measured: readonly [SrtpSuite, 1 | 7 | null][] = [
  ['AES_CM_128_HMAC_SHA1_80', 1],
  ['AES_CM_128_HMAC_SHA1_32', null],
  ['AES_256_CM_HMAC_SHA1_80', null],
  ['AEAD_AES_128_GCM', 7],
  ['AEAD_AES_256_GCM', null],
];

interface Cost {
  readonly protectUs: number;
  readonly unprotectUs: number;
}

function keyOf(suite: SrtpSuite): string {
  return Buffer.alloc(suites[suite].keyBytes + suites[suite].saltBytes, 7).toString('base64');
}

/** µs of CPU a packet in the best round; `run` gets the number of the packet, which never repeats. */
function bestOf(run: (i: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0, i = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (const end = i + packets; i < end; i++) run(i);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / packets);
  }
  return best;
}

function number(packet: Uint8Array, i: number): void {
  packet[0] = 0x80;
  packet[2] = (i >> 8) & 0xff;
  packet[3] = i & 0xff;
}

function ours(suite: SrtpSuite): Cost {
  const key = keyOf(suite);
  const context = () => new SrtpContext({ suite, sendKey: key, receiveKey: key });
  const packet = new Uint8Array(packetBytes + maxOverheadBytes);
  const sender = context();
  const protectUs = bestOf((i) => {
    number(packet, i);
    sender.protect(packet, packetBytes);
  });
  const [other, receiver] = [context(), context()];
  const sealed = Array.from({ length: packets * rounds }, (_, i) => {
    number(packet, i);
    return packet.slice(0, other.protect(packet, packetBytes));
  });
  const unprotectUs = bestOf((i) => {
    const each = sealed[i];
    if (each === undefined || receiver.unprotect(each, each.length) !== packetBytes) throw new Error('not opened');
  });
  return { protectUs, unprotectUs };
}

function werift(suite: SrtpSuite, profile: 1 | 7): Cost {
  const { key, salt } = masterOf(suite, keyOf(suite));
  const [localMasterKey, localMasterSalt] = [Buffer.from(key), Buffer.from(salt)];
  const keys = {
    localMasterKey,
    localMasterSalt,
    remoteMasterKey: localMasterKey,
    remoteMasterSalt: localMasterSalt,
  };
  const [sender, receiver] = [new SrtpSession({ keys, profile }), new SrtpSession({ keys, profile })];
  const packet = Buffer.alloc(packetBytes);
  const payload = packet.subarray(12);
  const sealed: Buffer[] = [];
  const protectUs = bestOf((i) => {
    number(packet, i);
    sealed.push(sender.encrypt(payload, RtpHeader.deSerialize(packet)));
  });
  const unprotectUs = bestOf((i) => void receiver.decrypt(sealed[i] ?? packet));
  return { protectUs, unprotectUs };
}

const us = (value: number) => `${value.toFixed(2)} µs`.padStart(9);
let worst = 0;
for (const [suite, profile] of measured) {
  const own = ours(suite);
  worst = Math.max(worst, own.protectUs, own.unprotectUs);
  let beside = '';
  if (profile !== null) {
    const other = werift(suite, profile);
    const ratio = (own.protectUs + own.unprotectUs) / (other.protectUs + other.unprotectUs);
    beside = `   werift-rtp ${us(other.protectUs)} ${us(other.unprotectUs)}, ratio ${ratio.toFixed(2)}`;
  }
  process.stdout.write(`${suite.padEnd(24)} protect ${us(own.protectUs)}, unprotect ${us(own.unprotectUs)}${beside}\n`);
}
process.stdout.write(`the dearest direction: ${us(worst).trim()} of ${allowedUs} µs allowed\n`);
process.exitCode = worst > allowedUs ? 1 : 0;
