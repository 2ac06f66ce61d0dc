import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SrtpContext } from '../../../core/media/worker/srtp.ts';
import { maxOverheadBytes, suites } from '../../../core/media/worker/srtp-suites.ts';
import type { SrtpSuite } from '../../../core/sdp/types.ts';

const names = Object.keys(suites) as SrtpSuite[];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function keyOf(suite: SrtpSuite, first: number): string {
  const { keyBytes, saltBytes } = suites[suite];
  return Buffer.from(Array.from({ length: keyBytes + saltBytes }, (_, i) => first + i)).toString('base64');
}

function context(suite: SrtpSuite, ours: number, theirs: number, sendMki = '', receiveMki = sendMki): SrtpContext {
  return new SrtpContext({ suite, sendKey: keyOf(suite, ours), receiveKey: keyOf(suite, theirs), sendMki, receiveMki });
}

const plainRtp = [0x80, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, ...Array.from({ length: 20 }, (_, i) => i)];
const plainRtcp = [0x80, 201, 0, 1, 0, 0, 0, 7];

function seal(from: SrtpContext, plain: readonly number[], rtcp: boolean): Uint8Array {
  const bytes = new Uint8Array(plain.length + maxOverheadBytes);
  bytes.set(plain);
  return bytes.slice(0, rtcp ? from.protectRtcp(bytes, plain.length) : from.protect(bytes, plain.length));
}

for (const suite of names) {
  for (const mki of ['ab', '00000001']) {
    test(`${suite} with an MKI of ${mki.length / 2} bytes: its place, both ways, RTP and RTCP {srtp}`, () => {
      const { kind, tagBytes, rtcpTagBytes } = suites[suite];
      for (const rtcp of [false, true]) {
        const plain = rtcp ? plainRtcp : plainRtp;
        const named = seal(context(suite, 1, 101, mki), plain, rtcp);
        const bare = hex(seal(context(suite, 1, 101), plain, rtcp));
        // RFC 3711 3.1: before the tag; RFC 7714: behind the cipher text, which has the tag in it.
        const at = bare.length - (kind === 'cm' ? 2 * (rtcp ? rtcpTagBytes : tagBytes) : 0);
        assert.equal(hex(named), bare.slice(0, at) + mki + bare.slice(at));
        const receiver = context(suite, 101, 1, mki);
        const open = (packet: Uint8Array): number =>
          rtcp ? receiver.unprotectRtcp(packet, packet.length) : receiver.unprotect(packet, packet.length);
        const wrong = named.slice();
        wrong[at / 2] = (wrong[at / 2] ?? 0) ^ 1;
        const forged = named.slice();
        forged[rtcp ? 7 : 20] = (forged[rtcp ? 7 : 20] ?? 0) ^ 1;
        for (const bad of [wrong, forged, Uint8Array.from(Buffer.from(bare, 'hex')), named.slice(0, 6)]) {
          const copy = bad.slice();
          assert.equal(open(copy), -1);
          assert.deepEqual(copy, bad, 'a bad packet was changed');
        }
        const good = named.slice();
        assert.equal(open(good), plain.length);
        assert.deepEqual([...good.subarray(0, plain.length)], [...plain]);
        assert.equal(open(named.slice()), -1, 'a replay');
        assert.equal(receiver.replayed, 1);
      }
    });
  }
}

test('other keys with another MKI: packets under the old one are taken for a while {srtp}', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  const receiver = context(suite, 101, 1, '01');
  const late = seal(context(suite, 1, 101, '01'), plainRtp, false);
  receiver.rekey({ suite, sendKey: keyOf(suite, 101), receiveKey: keyOf(suite, 50), sendMki: '02', receiveMki: '02' });
  const fresh = seal(context(suite, 50, 101, '02'), [...plainRtp.slice(0, 3), 10, ...plainRtp.slice(4)], false);
  assert.equal(receiver.unprotect(fresh, fresh.length), plainRtp.length);
  assert.equal(receiver.unprotect(late, late.length), plainRtp.length);
});
