import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDtlsEngine, type DtlsOptions } from '../../../../core/media/dtls/index.ts';
import type { DtlsReply, DtlsRequest } from '../../../../core/media/dtls/protocol.ts';
import { createSimulation, type Seams, type Thread } from '../../../../core/runtime/index.ts';
import type { SrtpParameters } from '../../../../core/sdp/types.ts';

const keys: SrtpParameters = { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: 'a', receiveKey: 'b' };
const farewell = Uint8Array.of(21);

/** An engine whose threads the test plays. */
function world(settings = {}) {
  const { clock, host } = createSimulation({ seed: 1 });
  const { seams } = host('192.0.2.1');
  const threads: { thread: Thread; readonly requests: DtlsRequest[] }[] = [];
  const start = (): Thread => {
    const requests: DtlsRequest[] = [];
    const thread: Thread = {
      post: (message) => requests.push(message as DtlsRequest),
      onMessage: () => {},
      onExit: () => {},
      terminate: async () => {},
    };
    threads.push({ thread, requests });
    return thread;
  };
  const real: Seams = { ...seams, threads: { start } };
  return { clock, seams, threads, engine: createDtlsEngine(real, settings) };
}

function leg(told: string[] = []): DtlsOptions & { readonly told: string[] } {
  return {
    told,
    setup: 'active',
    fingerprints: [{ algorithm: 'sha-256', value: 'AA' }],
    send: (packet) => told.push(`sent ${packet[0]}`),
    onKeys: ({ suite }) => told.push(suite),
    onEnd: (detail) => told.push(detail),
  };
}

test('no thread before the first browser leg, and one for all {webrtc}', async () => {
  const { engine, threads } = world();
  assert.equal(threads.length, 0);
  const fingerprint = await engine.fingerprint();
  assert.match(fingerprint.value, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.deepEqual(await engine.fingerprint(), fingerprint);
  engine.open(leg());
  engine.open(leg());
  assert.deepEqual(
    threads.map(({ requests }) => requests.map(({ kind, id }) => `${kind} ${id}`)),
    [['open 1', 'open 2']],
  );
});

test('close says goodbye at once, with what the thread had made ready {webrtc}', async () => {
  const { engine, threads } = world();
  await engine.fingerprint();
  const options = leg();
  const association = engine.open(options);
  const reply: DtlsReply = { kind: 'keys', id: 1, keys, farewell };
  threads[0]?.thread.onMessage(reply);
  association.close();
  association.close();
  assert.deepEqual(options.told, ['AES_CM_128_HMAC_SHA1_80', 'sent 21']);
});

test('a handshake that comes to nothing ends with a sentence {webrtc}', async () => {
  const { engine, clock } = world({ timeoutMs: 2000 });
  await engine.fingerprint();
  const silent = leg();
  const stuck = leg();
  engine.open(silent);
  engine.open(stuck).receive(Uint8Array.of(22));
  await clock.advance(2000);
  assert.deepEqual(silent.told, ['no DTLS handshake within 2000 ms: nothing came from the peer']);
  assert.deepEqual(stuck.told, ['no DTLS handshake within 2000 ms: 1 packets came from the peer']);
  assert.equal(clock.pending, 0);
});

test('when the thread dies its handshakes end, those with keys go on, and the next leg starts another {webrtc}', async () => {
  const { engine, threads } = world();
  await engine.fingerprint();
  const done = leg();
  const under = leg();
  engine.open(done);
  engine.open(under);
  threads[0]?.thread.onMessage({ kind: 'keys', id: 1, keys, farewell } satisfies DtlsReply);
  threads[0]?.thread.onExit(new Error('out of memory'));
  assert.deepEqual(under.told, ['the thread of the DTLS handshakes failed: out of memory']);
  assert.deepEqual(done.told, ['AES_CM_128_HMAC_SHA1_80']);
  await engine.fingerprint();
  engine.open(leg());
  assert.deepEqual(
    threads.map(({ requests }) => requests.length),
    [2, 1],
  );
});

test('only so many handshakes at once; one more ends, and counts no longer {webrtc}', async () => {
  const { engine, clock } = world({ maxHandshakes: 1 });
  await engine.fingerprint();
  const [first, second, third] = [leg(), leg(), leg()];
  const association = engine.open(first);
  engine.open(second);
  await clock.advance(1);
  assert.deepEqual(second.told, ['1 DTLS handshakes are under way, more are not begun']);
  association.close();
  engine.open(third);
  await clock.advance(1);
  assert.deepEqual([first.told, third.told], [[], []]);
});

test('what is opened before anybody asked for the fingerprint waits for the certificate {webrtc}', async () => {
  const { engine, threads } = world();
  engine.open(leg()).receive(Uint8Array.of(22));
  await engine.fingerprint();
  assert.deepEqual(
    threads.map(({ requests }) => requests.map(({ kind }) => kind)),
    [['open', 'packet']],
  );
  await engine.stop();
});

test('made ready, the thread has shaken hands with itself, and no counter tells of it {webrtc}', async () => {
  const { engine, threads, seams } = world();
  engine.prepare();
  engine.prepare();
  await engine.fingerprint();
  engine.prepare();
  await Promise.resolve();
  const [{ thread, requests } = assert.fail('no thread')] = threads;
  const opened = requests.flatMap((request) => (request.kind === 'open' ? [`${request.id} ${request.setup}`] : []));
  assert.deepEqual([threads.length, opened], [1, ['1 passive', '2 active']]);
  thread.onMessage({ kind: 'send', id: 2, packet: Uint8Array.of(22) } satisfies DtlsReply);
  for (const id of [1, 2]) thread.onMessage({ kind: 'keys', id, keys, farewell } satisfies DtlsReply);
  assert.deepEqual(
    requests.slice(2).map(({ kind, id }) => `${kind} ${id}`),
    ['packet 1', 'close 2', 'close 1'],
  );
  const options = leg();
  engine.open(options);
  thread.onMessage({ kind: 'keys', id: 3, keys, farewell } satisfies DtlsReply);
  assert.deepEqual(options.told, ['AES_CM_128_HMAC_SHA1_80']);
  assert.equal(seams.counters.counter('callbus_media_dtls_handshakes_total', '').value({ result: 'keys' }), 1);
});

test('the first leg breaks off what is only to make ready {webrtc}', async () => {
  const { engine, threads } = world();
  engine.prepare();
  await engine.fingerprint();
  await Promise.resolve();
  engine.open(leg());
  assert.deepEqual(
    threads[0]?.requests.map(({ kind, id }) => `${kind} ${id}`),
    ['open 1', 'open 2', 'close 2', 'close 1', 'open 3'],
  );
});

test('a leg waits for the thread that was begun for it, and for nothing else {webrtc}', async () => {
  const { engine, threads } = world();
  await engine.fingerprint();
  engine.prepare();
  await Promise.resolve();
  engine.open(leg());
  assert.deepEqual(
    threads.map(({ requests }) => requests.map(({ kind, id }) => `${kind} ${id}`)),
    [['open 1']],
  );
});
