import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift-rtp';
import { SrtpContext } from '../../../core/media/worker/srtp.ts';
import { CounterCipher } from '../../../core/media/worker/srtp-cm.ts';
import { GaloisCipher } from '../../../core/media/worker/srtp-gcm.ts';
import { HmacSha1 } from '../../../core/media/worker/srtp-hmac.ts';
import { deriveKeys } from '../../../core/media/worker/srtp-keys.ts';
import { masterOf, maxOverheadBytes, suites } from '../../../core/media/worker/srtp-suites.ts';
import type { SrtpParameters, SrtpSuite } from '../../../core/sdp/types.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const allSuites: readonly SrtpSuite[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AEAD_AES_128_GCM',
  'AEAD_AES_256_GCM',
];

/** A master key of that suite: bytes that count up from `first`. */
function keyOf(suite: SrtpSuite, first: number): string {
  const { keyBytes, saltBytes } = suites[suite];
  return Buffer.from(Array.from({ length: keyBytes + saltBytes }, (_, i) => (first + i) & 0xff)).toString('base64');
}

/** Two contexts that speak to each other. */
function pair(suite: SrtpSuite): [SrtpContext, SrtpContext] {
  const [a, b] = [keyOf(suite, 1), keyOf(suite, 101)];
  return [new SrtpContext({ suite, sendKey: a, receiveKey: b }), new SrtpContext({ suite, sendKey: b, receiveKey: a })];
}

/** A packet with room behind it: 20 bytes of payload that tell its number. */
function rtp(sequence: number, ssrc = 7): { bytes: Uint8Array; length: number } {
  const bytes = new Uint8Array(32 + maxOverheadBytes);
  bytes.set([0x80, 0, (sequence >> 8) & 0xff, sequence & 0xff, 0, 0, 0, sequence & 0xff, 0, 0, 0, ssrc]);
  bytes.fill(sequence & 0xff, 12, 32);
  return { bytes, length: 32 };
}

function sealed(context: SrtpContext, sequence: number, ssrc = 7): Uint8Array {
  const { bytes, length } = rtp(sequence, ssrc);
  const protectedLength = context.protect(bytes, length);
  assert.ok(protectedLength > length);
  return bytes.slice(0, protectedLength);
}

/** What comes out of the packet, null when it is refused. */
function opened(context: SrtpContext, packet: Uint8Array): Uint8Array | null {
  const copy = packet.slice();
  const length = context.unprotect(copy, copy.length);
  if (length < 0) assert.deepEqual(copy, packet, 'a bad packet was changed');
  return length < 0 ? null : copy.slice(0, length);
}

test('HMAC-SHA1 is that of Node at all lengths around its blocks {srtp}', () => {
  const key = Uint8Array.from({ length: 20 }, (_, i) => i * 7);
  const own = new HmacSha1(key);
  for (let length = 0; length < 200; length++) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
    own.update(message, length, null);
    assert.equal(textOf(own.digest), createHmac('sha1', key).update(message).digest('hex'));
    own.update(message, length, 0x01020384);
    const suffix = Uint8Array.of(1, 2, 3, 0x84);
    assert.equal(textOf(own.digest), createHmac('sha1', key).update(message).update(suffix).digest('hex'));
  }
});

/** The key stream of 48 bytes: what encrypting zeros gives. */
function keystreamOf(key: string, salt: string): string {
  const cipher = new CounterCipher({ encryption: hex(key), authentication: new Uint8Array(20), salt: hex(salt) }, 10);
  const packet = new Uint8Array(12 + 48 + 10);
  cipher.seal(packet, 12, 60, 0, 0);
  return textOf(packet.slice(12, 60));
}

test('AES in counter mode gives the key streams of RFC 3711 B.2 and RFC 6188 7.1 {srtp}', () => {
  const salt = 'f0f1f2f3f4f5f6f7f8f9fafbfcfd';
  assert.equal(
    keystreamOf('2b7e151628aed2a6abf7158809cf4f3c', salt),
    'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
  );
  assert.equal(
    keystreamOf('57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98', salt),
    '92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31',
  );
});

test('session keys are those of RFC 3711 B.3 and RFC 6188 7.2 {srtp}', () => {
  const short = deriveKeys(hex('e1f97a0d3e018be0d64fa32c06de4139'), hex('0ec675ad498afeebb6960b3aabe6'), 'rtp');
  assert.equal(textOf(short.encryption), 'c61e7a93744f39ee10734afe3ff7a087');
  assert.equal(textOf(short.salt), '30cbbc08863d8c85d49db34a9ae1');
  assert.equal(textOf(short.authentication), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  const long = deriveKeys(
    hex('f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6'),
    hex('3b04803de51ee7c96423ab5b78d2'),
    'rtp',
  );
  assert.equal(textOf(long.encryption), '5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4');
  assert.equal(textOf(long.salt), 'fa31791685ca444a9e07c6c64e93');
  assert.equal(textOf(long.authentication), 'fd9c32d39ed5fbb5a9dc96b30818454d1313dc05');
});

test('AES-GCM gives the packets of RFC 7714 16.1 and opens them {srtp}', () => {
  const text = '47616c6c696120657374206f6d6e697320646976697361 20696e207061727465732074726573';
  const plain = `8040f17b8041f8d35501a0b2 ${text}`;
  const encrypted = [
    [
      '000102030405060708090a0b0c0d0e0f',
      'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
    ],
    [
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
    ],
  ] as const;
  for (const [key, expected] of encrypted) {
    const cipher = new GaloisCipher({
      encryption: hex(key),
      authentication: new Uint8Array(20),
      salt: hex('517569642070726f2071756f 0000'),
    });
    const bytes = hex(`${plain} ${'00'.repeat(16)}`);
    const length = cipher.seal(bytes, 12, bytes.length - 16, 0x5501a0b2, 0xf17b);
    assert.equal(textOf(bytes.slice(0, length)), `8040f17b8041f8d35501a0b2${expected}`);
    assert.equal(cipher.open(bytes, 12, length, 0x5501a0b2, 0xf17b), length - 16);
    assert.equal(textOf(bytes.slice(0, length - 16)), plain.replace(/\s/g, ''));
  }
});

for (const suite of allSuites) {
  test(`${suite}: what one side protects the other reads, RTP and RTCP {srtp}`, () => {
    const [a, b] = pair(suite);
    for (let sequence = 0; sequence < 5; sequence++) {
      const packet = sealed(a, sequence);
      assert.notDeepEqual(packet.slice(12, 32), rtp(sequence).bytes.slice(12, 32));
      assert.deepEqual(opened(b, packet), rtp(sequence).bytes.slice(0, 32));
      assert.equal(opened(a, packet), null, 'it came back to its sender');
    }
    for (let report = 0; report < 3; report++) {
      const bytes = new Uint8Array(28 + maxOverheadBytes);
      bytes.set([0x80, 200, 0, 6, 0, 0, 0, 7, report]);
      const plain = bytes.slice(0, 28);
      const length = a.protectRtcp(bytes, 28);
      assert.ok(length - 28 <= a.overheadBytes);
      const packet = bytes.slice(0, length);
      assert.equal(b.unprotectRtcp(bytes, length), 28);
      assert.deepEqual(bytes.slice(0, 28), plain);
      assert.equal(b.unprotectRtcp(packet.slice(), length), -1, 'a report came twice');
    }
    assert.deepEqual([b.notAuthentic, b.replayed], [0, 3]);
  });

  test(`${suite}: a changed bit anywhere is refused and changes nothing {srtp}`, () => {
    const [a, b] = pair(suite);
    const packet = sealed(a, 65530);
    for (let at = 0; at < packet.length; at++) {
      const broken = packet.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      assert.equal(opened(b, broken), null, `byte ${at}`);
    }
    for (let length = 0; length < packet.length; length++) {
      assert.equal(b.unprotect(packet.slice(0, length), length), -1, `${length} bytes`);
    }
    assert.deepEqual(b.state().received, []);
    assert.ok(opened(b, packet));
  });
}

test('CSRC list and header extension stay readable and are authenticated {srtp}', () => {
  for (const suite of ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const) {
    const [a, b] = pair(suite);
    const bytes = new Uint8Array(28 + maxOverheadBytes);
    bytes.set([0x91, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 1, 1, 1, 0xbe, 0xde, 0, 1, 2, 2, 2, 2, 9, 9, 9, 9]);
    const plain = bytes.slice(0, 28);
    const length = a.protect(bytes, 28);
    assert.deepEqual(bytes.slice(0, 24), plain.slice(0, 24));
    const broken = bytes.slice(0, length);
    broken[21] = 3;
    assert.equal(opened(b, broken), null);
    assert.deepEqual(opened(b, bytes.slice(0, length)), plain);
    const endless = Uint8Array.of(0x90, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0xff, 0xff, 0, 0, 0, 0);
    assert.equal(b.unprotect(endless, endless.length), -1);
    assert.equal(a.protect(new Uint8Array(12), 12), -1, 'there is no room for the tag');
  }
});

test('a packet that was there is refused within the window and behind it {srtp}', () => {
  const [a, b] = pair('AES_CM_128_HMAC_SHA1_80');
  const packets = Array.from({ length: 400 }, (_, i) => sealed(a, i));
  const inOrder = [0, 5, 3, 4, 200, 100, 199, 73];
  for (const number of inOrder) assert.ok(opened(b, packets[number] ?? new Uint8Array()), `${number}`);
  for (const number of inOrder) assert.equal(opened(b, packets[number] ?? new Uint8Array()), null, `${number} again`);
  assert.equal(opened(b, packets[72] ?? new Uint8Array()), null, 'older than the window');
  assert.deepEqual([b.notAuthentic, b.replayed], [0, inOrder.length + 1]);
  assert.ok(opened(b, packets[399] ?? new Uint8Array()));
  assert.ok(opened(b, packets[300] ?? new Uint8Array()));
});

test('the roll-over counter survives loss, reordering and bursts over the wrap {srtp}', () => {
  const [a, b] = pair('AES_CM_128_HMAC_SHA1_80');
  const sent = new Map<number, Uint8Array>();
  for (let i = 65_000; i < 65_536 + 65_536 + 65_000; i++) {
    const packet = sealed(a, i % 65_536);
    if (i < 66_000 || i % 1000 === 0 || i > 131_000) sent.set(i, packet);
  }
  const arrive = (i: number) => opened(b, sent.get(i) ?? new Uint8Array());
  for (const i of [65_000, 65_530, 65_537, 65_535, 65_536, 65_534]) assert.ok(arrive(i), `${i}`);
  assert.ok(arrive(65_999)); // a burst was lost
  assert.ok(arrive(98_000)); // nearly half a turn
  assert.ok(arrive(131_071), 'more than half a turn was lost');
  assert.equal(arrive(65_999), null, 'a replay of a turn before');
  for (let i = 131_100; i > 131_060; i--) if (i !== 131_071) assert.ok(arrive(i), `${i} backwards over the wrap`);
  assert.ok(arrive(196_000), 'most of a turn was lost');
});

test('a receiver that missed the first wrap finds the counter {srtp}', () => {
  const [a, b] = pair('AEAD_AES_128_GCM');
  for (let i = 65_500; i < 65_540; i++) sealed(a, i % 65_536);
  assert.ok(opened(b, sealed(a, 5)));
  assert.equal(b.state().received[0]?.highest, 65_541);
});

test('what is forged cannot move the counter {srtp}', () => {
  const [a, b] = pair('AES_CM_128_HMAC_SHA1_32');
  assert.ok(opened(b, sealed(a, 10)));
  for (let i = 0; i < 500; i++) {
    const forged = sealed(
      new SrtpContext({
        suite: 'AES_CM_128_HMAC_SHA1_32',
        sendKey: keyOf('AES_CM_128_HMAC_SHA1_32', 9),
        receiveKey: keyOf('AES_CM_128_HMAC_SHA1_32', 9),
      }),
      (i * 131) % 65_536,
    );
    assert.equal(opened(b, forged), null);
  }
  assert.ok(opened(b, sealed(a, 11)));
  assert.equal(b.notAuthentic, 500);
});

test('each source has its counter; a ninth takes the place of the one that was silent longest {srtp}', () => {
  const [a, b] = pair('AES_CM_128_HMAC_SHA1_80');
  for (let ssrc = 1; ssrc <= 9; ssrc++) assert.ok(opened(b, sealed(a, 65_535, ssrc)));
  assert.deepEqual(
    b.state().received.map(({ ssrc }) => ssrc),
    [2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('a packet index is never used twice for sending {srtp}', () => {
  const [a] = pair('AES_CM_128_HMAC_SHA1_80');
  sealed(a, 3);
  const { bytes, length } = rtp(3);
  assert.equal(a.protect(bytes, length), -1);
  assert.deepEqual(bytes, rtp(3).bytes);
});

test('after a move to another thread counters and windows go on {srtp}', () => {
  const [a, b] = pair('AES_CM_128_HMAC_SHA1_80');
  for (let i = 65_530; i < 65_540; i++) assert.ok(opened(b, sealed(a, i % 65_536)));
  const old = sealed(a, 4);
  assert.ok(opened(b, old));
  const [a2, b2] = pair('AES_CM_128_HMAC_SHA1_80');
  a2.restore(JSON.parse(JSON.stringify(a.state())));
  b2.restore(JSON.parse(JSON.stringify(b.state())));
  assert.equal(opened(b2, old), null);
  assert.ok(opened(b2, sealed(a2, 5)));
  assert.equal(b2.state().received[0]?.highest, 65_541);
});

test('new keys lose no audio: packets under the old ones are taken for a while {srtp}', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  const [a, b] = pair(suite);
  for (let i = 65_530; i < 65_540; i++) assert.ok(opened(b, sealed(a, i % 65_536)));
  const onTheWay = sealed(a, 4);
  const twice = sealed(a, 5);
  assert.ok(opened(b, twice));
  const renewed: SrtpParameters = { suite, sendKey: keyOf(suite, 50), receiveKey: keyOf(suite, 101) };
  a.rekey(renewed);
  b.rekey({ suite, sendKey: renewed.receiveKey, receiveKey: renewed.sendKey });
  assert.ok(opened(b, sealed(a, 6)));
  assert.ok(opened(b, onTheWay));
  assert.equal(opened(b, twice), null);
  for (let i = 7; i < 300; i++) assert.ok(opened(b, sealed(a, i)));
  assert.equal(opened(b, onTheWay), null);
  // The other direction kept its key: nothing changed there.
  assert.ok(opened(a, sealed(b, 1)));
});

test('a peer that begins its counter anew with new keys is understood {srtp}', () => {
  const suite = 'AEAD_AES_256_GCM';
  const [a, b] = pair(suite);
  for (let i = 65_530; i < 65_540; i++) assert.ok(opened(b, sealed(a, i % 65_536)));
  const fresh = new SrtpContext({ suite, sendKey: keyOf(suite, 50), receiveKey: keyOf(suite, 101) });
  b.rekey({ suite, sendKey: keyOf(suite, 101), receiveKey: keyOf(suite, 50) });
  assert.ok(opened(b, sealed(fresh, 10)));
  assert.equal(b.state().received[0]?.highest, 10);
});

test('a key of another length is refused {srtp}', () => {
  assert.throws(
    () => new SrtpContext({ suite: 'AEAD_AES_128_GCM', sendKey: 'AAAA', receiveKey: 'AAAA' }),
    /a key of AEAD_AES_128_GCM has 3 bytes, not 28/,
  );
});

/** The protection profiles of werift-rtp that we have too. */
const profiles = [
  ['AES_CM_128_HMAC_SHA1_80', 1],
  ['AEAD_AES_128_GCM', 7],
] as const;

for (const [suite, profile] of profiles) {
  test(`${suite}: another implementation reads ours and we read its own, over two wraps {srtp}`, () => {
    const [context] = pair(suite);
    const local = masterOf(suite, keyOf(suite, 101));
    const remote = masterOf(suite, keyOf(suite, 1));
    const keys = {
      localMasterKey: Buffer.from(local.key),
      localMasterSalt: Buffer.from(local.salt),
      remoteMasterKey: Buffer.from(remote.key),
      remoteMasterSalt: Buffer.from(remote.salt),
    };
    const other = new SrtpSession({ keys, profile });
    const otherRtcp = new SrtcpSession({ keys, profile });
    for (let i = 65_000; i < 3 * 65_536; i += 7) {
      const plain = rtp(i % 65_536).bytes.slice(0, 32);
      const theirs = other.decrypt(Buffer.from(sealed(context, i % 65_536)));
      assert.deepEqual(Uint8Array.from(theirs), plain);
      const header = RtpHeader.deSerialize(Buffer.from(plain));
      const packet = Uint8Array.from(other.encrypt(Buffer.from(plain.slice(12)), header));
      assert.deepEqual(opened(context, packet), plain);
    }
    for (let report = 0; report < 3; report++) {
      const bytes = new Uint8Array(28 + maxOverheadBytes);
      bytes.set([0x80, 200, 0, 6, 0, 0, 0, 7, report]);
      const plain = Buffer.from(bytes.slice(0, 28));
      const length = context.protectRtcp(bytes, 28);
      assert.deepEqual(Buffer.from(otherRtcp.decrypt(Buffer.from(bytes.slice(0, length)))), plain);
      const theirs = Uint8Array.from(otherRtcp.encrypt(plain));
      assert.equal(context.unprotectRtcp(theirs, theirs.length), 28);
      assert.deepEqual(Buffer.from(theirs.slice(0, 28)), plain);
    }
  });
}
