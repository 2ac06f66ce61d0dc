import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDtlsEngine, createSimDtls, type DtlsAssociation } from '../../../../core/media/dtls/index.ts';
import { createSimulation } from '../../../../core/runtime/index.ts';
import type { Fingerprint, SrtpParameters } from '../../../../core/sdp/types.ts';

interface Ended {
  keys: SrtpParameters | null;
  detail: string | null;
}

async function world({
  lost = () => false,
  wrong = false,
}: {
  lost?: (packet: number) => boolean;
  wrong?: boolean;
} = {}) {
  const simulation = createSimulation({ seed: 7 });
  const { clock } = simulation;
  const ours = createDtlsEngine(simulation.host('192.0.2.1').seams);
  const theirs = createSimDtls(simulation.host('192.0.2.2').seams);
  const [a, b]: Ended[] = [
    { keys: null, detail: null },
    { keys: null, detail: null },
  ];
  assert.ok(a !== undefined && b !== undefined);
  let packets = 0;
  const first: number[] = [];
  const carry = (to: () => DtlsAssociation) => (packet: Uint8Array) => {
    first.push(packet[0] ?? 0);
    if (!lost(packets++)) clock.after(5, () => to().receive(packet));
  };
  const listener = (ended: Ended) => ({
    onKeys(keys: SrtpParameters) {
      ended.keys = keys;
    },
    onEnd(detail: string) {
      ended.detail = detail;
    },
  });
  const nobody: Fingerprint = { algorithm: 'sha-256', value: 'AA' };
  const passive: DtlsAssociation = ours.open({
    setup: 'passive',
    fingerprints: [wrong ? nobody : await theirs.fingerprint()],
    send: carry(() => active),
    ...listener(a),
  });
  const active: DtlsAssociation = theirs.open({
    setup: 'active',
    fingerprints: [await ours.fingerprint()],
    send: carry(() => passive),
    ...listener(b),
  });
  return { clock, a, b, active, passive, first };
}

test('in simulated time two ends agree on the same keys each time {webrtc}', async () => {
  const [one, two] = [await world(), await world()];
  await one.clock.advance(20);
  await two.clock.advance(20);
  assert.equal(one.a.keys?.sendKey, one.b.keys?.receiveKey);
  assert.equal(one.a.keys?.receiveKey, one.b.keys?.sendKey);
  assert.deepEqual(one.a, two.a);
  assert.deepEqual(one.first, [22, 22]);
  assert.equal(one.clock.pending, 0);
});

test('what is lost is said again, until time is over {webrtc}', async () => {
  const late = await world({ lost: (packet) => packet < 2 });
  await late.clock.advance(10_000);
  assert.ok(late.a.keys !== null && late.b.keys !== null);
  const never = await world({ lost: () => true });
  await never.clock.advance(15_000);
  assert.equal(never.a.detail, 'no DTLS handshake within 15000 ms');
  assert.equal(never.clock.pending, 0);
});

test('the wrong fingerprint, and the end of the other side, are told {webrtc}', async () => {
  const wrong = await world({ wrong: true });
  await wrong.clock.advance(20);
  assert.equal(wrong.a.detail, 'the certificate of the peer has another fingerprint than its description says');
  const closed = await world();
  await closed.clock.advance(20);
  closed.active.close();
  await closed.clock.advance(20);
  assert.equal(closed.a.detail, 'the peer closed DTLS');
});
