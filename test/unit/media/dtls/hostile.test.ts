/** Records of a peer that wants to break the thread of all handshakes: each ends its own at most. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageTypes } from '../../../../core/media/dtls/handshake-order.ts';
import { contentTypes, writeRecord } from '../../../../core/media/dtls/records.ts';
import { createSimulation } from '../../../../core/runtime/index.ts';
import { end, identity, shake } from './pair.ts';

/** A handshake fragment; what it says of itself need not be true. */
function fragment(type: number, length: number, sequence: number, offset: number, body: Buffer, said = body.length) {
  const header = Buffer.alloc(12);
  header.writeUInt8(type, 0);
  header.writeUIntBE(length, 1, 3);
  header.writeUInt16BE(sequence, 4);
  header.writeUIntBE(offset, 6, 3);
  header.writeUIntBE(said, 9, 3);
  return Buffer.concat([header, body]);
}
const record = (fragmentBytes: Buffer, contentType: number = contentTypes.handshake, epoch = 0): Buffer =>
  writeRecord({ contentType, epoch, sequence: 0, fragment: fragmentBytes });

test('hostile lengths, fragments, alerts and data end one handshake with a word, and no other {webrtc}', async () => {
  const { random } = createSimulation({ seed: 20_261_122 }).host('192.0.2.9').seams;
  const [a, b] = [await identity(), await identity()];
  const some = (most: number): Buffer => Buffer.from(random.secure(random.integer(most)));
  const hello = messageTypes.clientHello;
  const hostile: Record<string, () => Buffer> = {
    'a record longer than its packet': () => Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1]),
    'half a header': () => Buffer.from([22, 254, 253, 0]),
    'many empty records': () => Buffer.concat(Array.from({ length: 100 }, () => record(Buffer.alloc(0)))),
    'a message of 16 MB': () => record(fragment(hello, 0xffffff, 0, 0, some(20))),
    'a fragment past its message': () => record(fragment(hello, 10, 0, 9, Buffer.alloc(5))),
    'fragments of two lengths': () =>
      Buffer.concat([record(fragment(hello, 100, 0, 0, some(20))), record(fragment(hello, 90, 0, 30, some(20)))]),
    'a fragment that says it is longer': () => record(fragment(hello, 100, 0, 0, Buffer.alloc(5), 50)),
    'messages far ahead': () => record(fragment(hello, 16_000, 60_000, 0, some(20))),
    'an empty ClientHello': () => record(fragment(hello, 0, 0, 0, Buffer.alloc(0))),
    'a ClientHello of noise': () => {
      const noise = some(400);
      return record(fragment(hello, noise.length, 0, 0, noise));
    },
    'a Finished at the beginning': () => record(fragment(messageTypes.finished, 12, 0, 0, Buffer.alloc(12))),
    'protected noise': () => record(some(200), contentTypes.handshake, 1),
    'application data before keys': () => record(some(200), contentTypes.applicationData),
    'data of another epoch': () => record(some(200), contentTypes.applicationData, 7),
    'a ChangeCipherSpec of nothing': () => record(Buffer.alloc(0), contentTypes.changeCipherSpec),
    'an alert of three bytes': () => record(Buffer.alloc(3), contentTypes.alert),
    noise: () => some(1500),
  };
  for (const [name, make] of Object.entries(hostile)) {
    for (const setup of ['active', 'passive'] as const) {
      const one = end(setup, a, [b.fingerprint]);
      let answered = 0;
      let received = 0;
      for (let i = 0; i < 220; i++) {
        const bytes = make();
        received += bytes.length;
        one.handshake.receive(bytes);
        answered += one.sent.splice(0).reduce((sum, { length }) => sum + length, 0);
      }
      assert.ok(answered <= received + 100, `${name}: ${received} bytes got ${answered}`);
      one.handshake.close();
    }
  }
  const [keys] = await shake(end('active', a, [b.fingerprint]), end('passive', b, [a.fingerprint]));
  assert.ok(keys.keys !== null);
});

test('what was said in a handshake and is said again after it changes nothing: no second keys, no end {webrtc}', async () => {
  const [a, b] = [await identity(), await identity()];
  const said: Uint8Array[] = [];
  const active = end('active', a, [b.fingerprint], (packet) => {
    said.push(packet);
    return [packet];
  });
  const passive = end('passive', b, [a.fingerprint]);
  await shake(active, passive);
  let ended = false;
  void passive.end.then(() => {
    ended = true;
  });
  passive.sent.length = 0;
  for (let i = 0; i < 5; i++) for (const packet of said) passive.handshake.receive(packet);
  // Alerts in the open, after the keys, are anybody's.
  for (const alert of [0, 40, 50]) passive.handshake.receive(record(Buffer.of(2, alert), contentTypes.alert));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ended, false);
  // A new association of the same peer gets nothing out of old packets either.
  const other = end('passive', b, [a.fingerprint]);
  for (const packet of said) other.handshake.receive(packet);
  await new Promise((resolve) => setImmediate(resolve));
  const first = await Promise.race([other.outcome, new Promise<null>((resolve) => setImmediate(() => resolve(null)))]);
  assert.equal(first?.keys ?? null, null);
  other.handshake.close();
  passive.handshake.close();
  active.handshake.close();
});
