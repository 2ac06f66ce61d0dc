import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { hashOf } from '../../../../core/media/dtls/fingerprints.ts';
import { readRecords } from '../../../../core/media/dtls/records.ts';
import { masterOf } from '../../../../core/media/worker/srtp-suites.ts';
import { end, identity, shake } from './pair.ts';

const [ours, theirs, stranger] = await Promise.all([identity(), identity(), identity()]);

test('two ends agree on keys: what one sends with is what the other receives with {webrtc}', async () => {
  const active = end('active', ours, [theirs.fingerprint]);
  const passive = end('passive', theirs, [ours.fingerprint]);
  const [a, b] = await shake(active, passive);
  assert.equal(a.keys?.suite, 'AEAD_AES_128_GCM');
  assert.equal(a.keys.sendKey, b.keys?.receiveKey);
  assert.equal(a.keys.receiveKey, b.keys?.sendKey);
  assert.notEqual(a.keys.sendKey, a.keys.receiveKey);
  assert.equal(masterOf(a.keys.suite, a.keys.sendKey).salt.length, 12);
});

test('close_notify ends the other side, and only under the keys {webrtc}', async () => {
  const active = end('active', ours, [theirs.fingerprint]);
  const passive = end('passive', theirs, [ours.fingerprint]);
  const [a] = await shake(active, passive);
  // An alert that anybody could have written is not listened to.
  passive.handshake.receive(Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0));
  passive.handshake.receive(a.farewell ?? new Uint8Array());
  assert.deepEqual(await passive.end, {
    keys: null,
    farewell: null,
    ending: 'closed',
    detail: 'the peer closed DTLS',
  });
});

for (const wrong of ['active', 'passive'] as const) {
  test(`the ${wrong} side refuses a certificate with another fingerprint {webrtc}`, async () => {
    const known = (setup: string, right: typeof ours) => [setup === wrong ? stranger.fingerprint : right.fingerprint];
    const active = end('active', ours, known('active', theirs));
    const passive = end('passive', theirs, known('passive', ours));
    const [a, b] = await shake(active, passive);
    const [refusing, refused] = wrong === 'active' ? [a, b] : [b, a];
    assert.equal(refusing.ending, 'fingerprint');
    assert.equal(refusing.detail, 'the certificate of the peer has another fingerprint than its description says');
    assert.equal(refused.detail, 'the peer ended DTLS: bad_certificate');
  });

  test(`the ${wrong} side refuses who shows a certificate without its key {webrtc}`, async () => {
    const thief = { certificate: theirs.certificate, key: stranger.key };
    const honest = end(wrong, ours, [theirs.fingerprint]);
    const other = end(wrong === 'active' ? 'passive' : 'active', thief, [ours.fingerprint]);
    const [found] = await shake(honest, other);
    assert.equal(found.ending, 'proof');
    assert.match(found.detail, /^the peer does not have the key of its certificate/);
  });
}

test('a message that was changed on its way gives no keys {webrtc}', async () => {
  // Somebody takes AEAD_AES_128_GCM out of the offered profiles: 0x0007, 0x0001 become twice 0x0001.
  const offered = Buffer.from([0, 14, 0, 7, 0, 4, 0, 7, 0, 1, 0]);
  const change = (packet: Uint8Array): Uint8Array[] => {
    const changed = Buffer.from(packet);
    const at = changed.indexOf(offered);
    if (at >= 0) changed[at + 7] = 1;
    return [changed];
  };
  const active = end('active', ours, [theirs.fingerprint], change);
  const passive = end('passive', theirs, [ours.fingerprint]);
  const [, b] = await shake(active, passive);
  assert.equal(b.ending, 'proof');
});

test('of several hashes of a certificate the strongest counts {webrtc}', async () => {
  const der = new X509Certificate(theirs.certificate).raw;
  const sha1 = { algorithm: 'sha-1', value: hashOf(der, 'sha-1') } as const;
  const sha512 = { algorithm: 'sha-512', value: hashOf(der, 'sha-512').toLowerCase() } as const;
  const outcomes = [];
  for (const fingerprints of [[sha1], [sha1, sha512], [sha1, { ...sha512, value: '00' }], []]) {
    const [a] = await shake(end('active', ours, fingerprints), end('passive', theirs, [ours.fingerprint]));
    outcomes.push(a.ending);
  }
  assert.deepEqual(outcomes, [null, null, 'fingerprint', 'fingerprint']);
});

test('fragments in any order and records one by one come to the same {webrtc}', async () => {
  const split = (packet: Uint8Array): Uint8Array[] =>
    readRecords(packet)
      .flatMap(({ epoch, contentType, fragment, bytes }) => {
        if (epoch !== 0 || contentType !== 22 || fragment.length < 40) return [bytes];
        return [fragmentOf(bytes, 0, 20), fragmentOf(bytes, 20, fragment.length - 12)];
      })
      .reverse();
  const active = end('active', ours, [theirs.fingerprint], split);
  const passive = end('passive', theirs, [ours.fingerprint], split);
  const [a, b] = await shake(active, passive);
  assert.equal(a.keys?.sendKey, b.keys?.receiveKey);
});

/** The record of one message with only that part of it. */
function fragmentOf(record: Buffer, from: number, to: number): Buffer {
  const part = Buffer.concat([record.subarray(0, 25), record.subarray(25 + from, 25 + to)]);
  part.writeUInt16BE(part.length - 13, 11);
  part.writeUIntBE(from, 19, 3);
  part.writeUIntBE(to - from, 22, 3);
  return part;
}

test('who offers no SRTP is told why {webrtc}', async () => {
  const passive = end('passive', theirs, [ours.fingerprint]);
  const change = (packet: Uint8Array): Uint8Array[] => {
    const changed = Buffer.from(packet);
    const at = changed.indexOf(Buffer.from([0, 14, 0, 7, 0, 4]));
    if (at >= 0) changed.writeUInt16BE(0x7777, at); // an extension that nobody knows
    return [changed];
  };
  const [a, b] = await shake(end('active', ours, [theirs.fingerprint], change), passive);
  assert.equal(b.detail, 'the peer has none of our SRTP profiles (AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80)');
  assert.equal(a.detail, 'the peer ended DTLS: handshake_failure');
});
