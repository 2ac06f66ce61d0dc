import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw } from '../../../core/media/index.ts';
import { codecs } from '../../../core/media/worker/codecs/g711.ts';
import type { StreamSnapshot, StreamStats } from '../../../core/media/worker/protocol.ts';
import { writeRtpHeader } from '../../../core/media/worker/rtp.ts';
import { SrtpContext } from '../../../core/media/worker/srtp.ts';
import { maxOverheadBytes } from '../../../core/media/worker/srtp-suites.ts';
import type { SrtpParameters } from '../../../core/sdp/index.ts';
import { agreed, bench, type Peer } from './harness.ts';

const loud = encodeSample(linearToUlaw, 1000);
const key = (byte: number) => Buffer.alloc(30, byte).toString('base64');
const keys: SrtpParameters = { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: key(1), receiveKey: key(2) };

/** The peer's side of a stream with `keys`. */
function peerContext({ suite, sendKey, receiveKey }: SrtpParameters): SrtpContext {
  return new SrtpContext({ suite, sendKey: receiveKey, receiveKey: sendKey });
}

/** Sends the next packet of `peer`, encrypted. */
function speak(peer: Peer, context: SrtpContext): Uint8Array {
  const packet = new Uint8Array(172 + maxOverheadBytes).fill(loud);
  writeRtpHeader(packet, false, 0, peer.sequence, peer.timestamp, peer.ssrc);
  peer.sequence = (peer.sequence + 1) & 0xffff;
  peer.timestamp += 160;
  const sealed = packet.slice(0, context.protect(packet, 172));
  peer.raw(sealed);
  return sealed;
}

/** Packets of the engine that `context` opens to 160 equal bytes of `code`. */
function heard(peer: Peer, context: SrtpContext, code: number): number {
  return peer.take().filter(({ payload, sequence, timestamp, ssrc, payloadType, marker }) => {
    const packet = new Uint8Array(12 + payload.length);
    writeRtpHeader(packet, marker, payloadType, sequence, timestamp, ssrc);
    packet.set(payload, 12);
    const length = context.unprotect(packet, packet.length);
    assert.equal(length, 172, 'a packet of the engine is not encrypted as agreed');
    return packet.subarray(12, length).every((byte) => byte === code);
  }).length;
}

const statsOf = (engine: ReturnType<ReturnType<typeof bench>['engine']>) =>
  engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));

test('an echo with keys goes encrypted both ways; what is not authentic or comes twice is dropped, counted and told {srtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  const context = peerContext(keys);
  await engine.stream(1, peer, { srtp: keys });
  engine.play(1, { kind: 'echo', item: 1 });
  let last: Uint8Array = new Uint8Array();
  await world.ticks(20, () => {
    last = speak(peer, context);
  });
  assert.ok(heard(peer, context, loud) >= 15);
  peer.raw(last);
  peer.speak(loud); // in the clear
  await world.ticks(10);
  const { packetsReceived, packetsNotAuthentic, packetsReplayed } = await statsOf(engine);
  assert.deepEqual([packetsReceived, packetsNotAuthentic, packetsReplayed], [20, 1, 1]);
  const told = engine.events.filter(
    (event) => event.kind === 'log' && /not encrypted with the key/.test(event.message),
  );
  assert.equal(told.length, 1);
});

test('reports are encrypted too, and the peer is understood {srtp} {rtcp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  const context = peerContext(keys);
  await engine.stream(1, peer, { srtp: keys });
  engine.play(1, { kind: 'echo', item: 1 });
  await world.ticks(500, () => void speak(peer, context));
  peer.take();
  assert.ok(peer.rtcp.length > 0);
  for (const report of peer.rtcp) {
    const length = context.unprotectRtcp(report, report.length);
    assert.ok(length > 0);
    assert.equal(report[1], 200);
  }
});

test('new keys in the middle of a call lose no packet, and a stream that moves goes on {srtp}', async () => {
  const world = bench({ codecs });
  const engine = world.engine();
  const peer = await world.peer();
  peer.sequence = 65_530;
  const context = peerContext(keys);
  await engine.stream(1, peer, { srtp: keys });
  engine.play(1, { kind: 'echo', item: 1 });
  await world.ticks(20, () => void speak(peer, context));
  peer.take();
  const renewed = { ...keys, receiveKey: key(3) };
  speak(peer, context); // on its way while the keys change
  engine.send({ kind: 'configure', stream: 1, parameters: { ...agreed(peer), srtp: renewed } });
  const fresh = peerContext(renewed);
  await world.ticks(10, () => void speak(peer, fresh));
  peer.take();
  const snapshot = await engine.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
  const other = world.engine();
  await other.ask((request) => ({ kind: 'attach', request, snapshot: structuredClone(snapshot), reopen: false }));
  await world.ticks(10, () => void speak(peer, fresh));
  const { packetsReceived, packetsLost, packetsNotAuthentic } = await statsOf(other);
  assert.deepEqual([packetsReceived, packetsLost, packetsNotAuthentic], [41, 0, 0]);
});
