import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw } from '../../../core/media/index.ts';
import type { MediaEvent, StreamSnapshot, StreamStats } from '../../../core/media/worker/protocol.ts';
import { browserAgreed, contextOf, FakeBrowser, keys, ours, webRtc } from './fake-browser.ts';
import { bench, type TestEngine } from './harness.ts';

const loud = encodeSample(linearToUlaw, 1000);
const silence = encodeSample(linearToUlaw, 0);
const iceTimeoutMs = 5000;

/** A leg that is open and agreed on, with an echo, and its browser. */
async function legWorld(agree = true) {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, browserAgreed(peer, agree ? {} : { direction: 'inactive' }), {
    webRtc: { ...ours, iceTimeoutMs },
  });
  engine.play(1, { kind: 'echo', item: 1 });
  const browser = new FakeBrowser(peer);
  return { world, engine, peer, browser };
}

const secure = (engine: TestEngine, srtp = keys): void => engine.send({ kind: 'secure', stream: 1, srtp });
const statsOf = (engine: TestEngine) => engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));
const only = <K extends MediaEvent['kind']>(engine: TestEngine, kind: K): Extract<MediaEvent, { kind: K }>[] =>
  engine.events.filter((event): event is Extract<MediaEvent, { kind: K }> => event.kind === kind);
const warnings = (engine: TestEngine): string[] => only(engine, 'log').map(({ message }) => message);

test('checks, then DTLS, then keys: audio goes encrypted both ways, RTCP on the same port {webrtc}', async () => {
  const { world, engine, peer, browser } = await legWorld();
  browser.check();
  await world.ticks(2);
  assert.deepEqual(
    browser.take().answers.map(({ type, mapped, authentic }) => [type, mapped, authentic]),
    [[0x0101, `${peer.address} 5000`, true]],
  );
  browser.nominate();
  browser.sendDtls(200);
  await world.ticks(2);
  assert.deepEqual(
    only(engine, 'iceSelected').map(({ address, port, transport }) => [address, port, transport]),
    [[peer.address, 5000, 'udp']],
  );
  assert.deepEqual(
    only(engine, 'dtlsReceived').map(({ packet }) => packet.length),
    [200],
  );
  engine.send({ kind: 'dtlsSend', stream: 1, packet: new Uint8Array(90).fill(22) });
  await world.ticks(2);
  browser.take();
  assert.deepEqual([browser.dtls.length, browser.dtls[0]?.length], [1, 90]);
  assert.deepEqual([browser.rtp.length, browser.unopened], [0, 0], 'media before there are keys');
  secure(engine);
  await world.ticks(300, (tick) => {
    browser.speak(loud, tick % 2 === 0);
    if (tick % 100 === 0) browser.nominate();
  });
  assert.ok(browser.heard(loud) >= 290);
  assert.ok(browser.rtcp.length > 0, 'no reports');
  assert.equal(browser.unopened, 0);
  const { packetsReceived, packetsNotAuthentic, packetsFromStrangers, relearned } = await statsOf(engine);
  assert.deepEqual([packetsReceived, packetsNotAuthentic, packetsFromStrangers, relearned], [300, 0, 0, 0]);
  assert.deepEqual(warnings(engine), []);
});

test('media and DTLS from where no check came are dropped, counted and told once; its checks move nothing {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  const thief = new FakeBrowser(await world.peer());
  thief.peer.target = browser.peer.target;
  browser.nominate();
  await world.ticks(2);
  secure(engine);
  await world.ticks(20, () => {
    thief.speak(loud);
    thief.sendDtls();
    thief.check({ useCandidate: true, password: 'w'.repeat(32) });
    browser.speak(silence);
  });
  assert.equal(only(engine, 'dtlsReceived').length, 0);
  assert.equal(only(engine, 'iceSelected').length, 1);
  assert.ok(thief.take().answers.every(({ code }) => code === 401));
  assert.deepEqual([thief.rtp.length, thief.unopened], [0, 0]);
  assert.equal(engine.engine.iceCounts.strangers, 40);
  assert.equal((await statsOf(engine)).packetsFromStrangers, 20);
  assert.equal(warnings(engine).length, 1);
  assert.match(warnings(engine)[0] ?? '', /10\.0\.1\.2 port 5000 is dropped: no connectivity check/);
});

test('media before the keys, and protocols that are none of ours, are counted and dropped {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  await world.ticks(2);
  browser.speak(loud);
  for (const first of [4, 16, 19, 64, 79, 127, 192, 255]) browser.peer.raw(new Uint8Array(40).fill(first));
  browser.peer.raw(new Uint8Array(0));
  await world.ticks(2);
  const { withoutKeys, otherProtocols } = engine.engine.iceCounts;
  assert.deepEqual([withoutKeys, otherProtocols], [1, 9]);
  secure(engine);
  await world.ticks(10, () => browser.speak(loud));
  assert.ok(browser.heard(loud) > 0);
});

test('DTLS packets are bounded in number and in length, and our own need somewhere to go {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  engine.send({ kind: 'dtlsSend', stream: 1, packet: new Uint8Array(60).fill(22) });
  assert.equal(engine.engine.iceCounts.dtlsDropped, 1);
  browser.check();
  await world.ticks(1);
  for (let i = 0; i < 60; i++) browser.sendDtls();
  browser.sendDtls(1501);
  await world.ticks(2);
  assert.equal(only(engine, 'dtlsReceived').length, 32);
  assert.equal(engine.engine.iceCounts.dtlsDropped, 1 + 29);
  // Before a pair is nominated, DTLS is answered where it came from.
  engine.send({ kind: 'dtlsSend', stream: 1, packet: new Uint8Array(60).fill(22) });
  await world.ticks(1);
  assert.equal(browser.take().dtls.length, 1);
});

test("a browser's feedback is read over and counted, in reduced packets too {webrtc} {rtcp}", async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(5, () => browser.speak(loud));
  const feedback = (type: number, format: number, words: number): Buffer => {
    const packet = Buffer.alloc(4 * (words + 1), 1);
    packet.set([0x80 | format, type, 0, words]);
    return packet;
  };
  browser.report(feedback(205, 1, 3)); // NACK
  browser.report(feedback(206, 1, 2)); // PLI
  const receiverReport = Buffer.from([0x80, 201, 0, 1, 0xbb, 0, 0, 1]);
  browser.report(Buffer.concat([receiverReport, feedback(206, 15, 5), feedback(205, 15, 6)])); // REMB, transport-cc
  await world.ticks(2);
  assert.equal(engine.engine.iceCounts.feedback, 4);
  browser.report(feedback(205, 1, 1)); // no room for both SSRCs
  await world.ticks(2);
  assert.equal((await statsOf(engine)).packetsMalformed, 1);
  assert.equal(only(engine, 'dtlsReceived').length, 0);
});

test('the browser changes its network: audio follows the pair that it nominates {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(40, () => browser.speak(loud));
  const there = new FakeBrowser(await world.peer());
  there.peer.target = browser.peer.target;
  there.context = browser.context;
  Object.assign(there.peer, {
    ssrc: browser.peer.ssrc,
    sequence: browser.peer.sequence,
    timestamp: browser.peer.timestamp,
  });
  browser.take();
  there.nominate();
  await world.ticks(30, () => there.speak(loud));
  assert.ok(there.heard(loud) >= 25);
  assert.equal(only(engine, 'iceSelected').length, 2);
  assert.equal((await statsOf(engine)).packetsLost, 0);
  assert.deepEqual(warnings(engine), []);
});

test('an ICE restart: audio goes on with the old pair without a gap, then with the new one {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(20, () => browser.speak(loud));
  browser.heard(loud);
  const credentials = { ufrag: 'next', password: 'n'.repeat(32) };
  engine.send({ kind: 'iceRestart', stream: 1, credentials });
  const parameters = browserAgreed(browser.peer, {
    webRtc: { ...webRtc, localUfrag: 'next', localPassword: credentials.password, remoteUfrag: 'theirs' },
  });
  engine.send({ kind: 'configure', stream: 1, parameters });
  await world.ticks(50, () => browser.speak(loud));
  assert.ok(browser.heard(loud) >= 49);
  const there = new FakeBrowser(await world.peer());
  Object.assign(there, { credentials, remoteUfrag: 'theirs', context: browser.context });
  there.peer.target = browser.peer.target;
  there.nominate();
  await world.ticks(50, () => browser.speak(loud));
  const gone = browser.heard(loud);
  assert.ok(there.heard(loud) >= 48 && gone <= 2, `${gone} still to the old pair`);
  // The restart was done: nothing is overdue.
  await world.ticks(300, (tick) => {
    if (tick % 50 === 0) there.nominate();
  });
  assert.deepEqual(only(engine, 'iceFailed'), []);
  assert.equal(engine.engine.iceCounts.restarts, 1);
});

test('30 s without a check: consent is lost, told, and nothing is sent any more {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(1480, () => browser.speak(loud));
  assert.deepEqual(only(engine, 'iceFailed'), []);
  await world.ticks(40, () => browser.speak(loud));
  assert.deepEqual(
    only(engine, 'iceFailed').map(({ reason }) => reason),
    ['consent'],
  );
  browser.take().rtp.splice(0);
  browser.rtcp.splice(0);
  await world.ticks(500, () => browser.speak(loud));
  browser.take();
  assert.deepEqual([browser.rtp.length, browser.rtcp.length, browser.unopened], [0, 0, 0]);
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  await world.ticks(2);
  assert.equal(browser.take().rtcp.length, 0, 'a BYE without consent');
});

test('ICE that never completes is told with what did come, and a leg without a description waits {webrtc}', async () => {
  for (const [each, sentence] of [
    [() => {}, /after 5 s no check of the browser had come to UDP port \d+ of 10\.0\.0\.1: open media\.ports/],
    [(browser: FakeBrowser) => browser.check({ password: 'w'.repeat(32) }), /had other credentials/],
    [(browser: FakeBrowser) => browser.check(), /had nominated no address/],
  ] as const satisfies readonly (readonly [(browser: FakeBrowser) => void, RegExp])[]) {
    const { world, engine, browser } = await legWorld();
    await world.ticks(280, (tick) => {
      if (tick % 50 === 0) each(browser);
    });
    const [failed, ...more] = only(engine, 'iceFailed');
    assert.equal(failed?.reason, 'timeout');
    assert.match(failed?.detail ?? '', sentence);
    assert.deepEqual(more, []);
    browser.take();
    assert.deepEqual([browser.rtp.length, browser.unopened], [0, 0]);
  }
});

test('silence of a browser that is connected is rtpTimeout, as with any phone {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  // Not before there is anybody: that is told as what it is.
  await world.ticks(100);
  assert.equal(only(engine, 'rtpTimeout').length, 0);
  browser.nominate();
  secure(engine);
  await world.ticks(100, (tick) => {
    if (tick < 20) browser.speak(loud);
  });
  assert.equal(only(engine, 'rtpTimeout').length, 1);
});

test('on hold nothing is sent but answers; back on, audio flows without a new handshake {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(20, () => browser.speak(loud));
  engine.send({ kind: 'configure', stream: 1, parameters: browserAgreed(browser.peer, { direction: 'inactive' }) });
  await world.ticks(5);
  browser.take().rtp.splice(0);
  browser.answers.splice(0);
  browser.check({ useCandidate: true });
  await world.ticks(50);
  browser.take();
  assert.deepEqual([browser.answers.length, browser.rtp.length], [1, 0]);
  engine.send({ kind: 'configure', stream: 1, parameters: browserAgreed(browser.peer) });
  await world.ticks(20, () => browser.speak(loud));
  assert.ok(browser.heard(loud) > 10);
});

test('new keys in mid-call: packets under the old ones are heard for a while {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(20, () => browser.speak(loud));
  browser.heard(loud);
  const other = { ...keys, sendKey: keys.receiveKey, receiveKey: Buffer.alloc(30, 9).toString('base64') };
  secure(engine, other);
  browser.speak(loud); // still under the old ones
  await world.ticks(1);
  browser.context = contextOf(other);
  await world.ticks(30, () => browser.speak(loud));
  assert.ok(browser.heard(loud) > 20);
  assert.equal((await statsOf(engine)).packetsLost, 0);
});

test('a leg moves between engines in any state: before checks, in the handshake, in mid-call {webrtc} {media-move}', async () => {
  const world = bench();
  const engines = [world.engine(), world.engine()] as const;
  const peer = await world.peer();
  await engines[0].stream(1, peer, browserAgreed(peer), { webRtc: { ...ours, iceTimeoutMs } });
  engines[0].play(1, { kind: 'echo', item: 1 });
  const browser = new FakeBrowser(peer);
  let at = 0;
  const move = async (): Promise<TestEngine> => {
    const snapshot = await engines[at as 0 | 1].ask<StreamSnapshot>((request) => ({
      kind: 'detach',
      request,
      stream: 1,
    }));
    at = 1 - at;
    await engines[at as 0 | 1].ask((request) => ({ kind: 'attach', request, snapshot, reopen: false }));
    return engines[at as 0 | 1];
  };
  let engine = await move();
  browser.nominate();
  await world.ticks(2);
  assert.equal(only(engine, 'iceSelected').length, 1);
  engine = await move();
  browser.sendDtls();
  await world.ticks(2);
  assert.equal(only(engine, 'dtlsReceived').length, 1);
  engine = await move();
  engine.send({ kind: 'dtlsSend', stream: 1, packet: new Uint8Array(60).fill(22) });
  secure(engine);
  await world.ticks(50, () => browser.speak(loud));
  engine = await move();
  await world.ticks(50, () => browser.speak(loud));
  assert.ok(browser.heard(loud) >= 97);
  assert.equal(browser.dtls.length, 1);
  assert.deepEqual([browser.unopened, (await statsOf(engine)).packetsLost], [0, 0]);
  // Consent is counted on from the last check.
  engine = await move();
  await world.ticks(1420);
  assert.equal(only(engine, 'iceFailed').length, 1);
});

test('a snapshot restores a leg in a fresh process: the same port, the same keys, no packet number twice {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  browser.nominate();
  secure(engine);
  await world.ticks(50, () => browser.speak(loud));
  const snapshot = await engine.ask<StreamSnapshot>((request) => ({ kind: 'snapshot', request, stream: 1 }));
  await engine.ask((request) => ({ kind: 'stop', request }));
  browser.heard(loud);
  const fresh = world.engine();
  const plain: StreamSnapshot = JSON.parse(JSON.stringify(snapshot));
  await fresh.ask((request) => ({ kind: 'attach', request, snapshot: plain, reopen: true }));
  browser.nominate();
  await world.ticks(50, () => browser.speak(loud));
  assert.ok(browser.heard(loud) >= 45);
  assert.equal(browser.unopened, 0);
});

test('an early check, before our answer is agreed on, is answered and remembered {webrtc}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  const browser = new FakeBrowser(peer);
  await engine
    .ask((request) => ({
      kind: 'open',
      request,
      stream: 1,
      address: '10.0.0.1',
      options: { symmetric: true, rtpTimeoutMs: 0, ssrc: 1, cname: 'test', webRtc: { ...ours, iceTimeoutMs } },
    }))
    .then((sockets) => Object.assign(peer, { target: (sockets as { rtpPort: number }).rtpPort }));
  browser.nominate();
  await world.ticks(300);
  assert.equal(browser.take().answers.length, 1);
  assert.deepEqual([only(engine, 'iceSelected').length, only(engine, 'iceFailed').length], [0, 0]);
  engine.send({ kind: 'configure', stream: 1, parameters: browserAgreed(peer) });
  await world.ticks(1);
  assert.equal(only(engine, 'iceSelected').length, 1);
});

test('commands of browser legs for a phone, and a description without ICE for a browser, are told and change nothing {webrtc}', async () => {
  const { world, engine, browser } = await legWorld();
  const phone = await world.peer();
  await engine.stream(2, phone);
  engine.send({ kind: 'secure', stream: 2, srtp: keys });
  engine.send({ kind: 'configure', stream: 1, parameters: browserAgreed(browser.peer, { webRtc: null }) });
  browser.nominate();
  secure(engine);
  await world.ticks(10, () => {
    phone.speak(loud);
    browser.speak(loud);
  });
  assert.ok(phone.take().length > 0);
  assert.ok(browser.heard(loud) > 0);
  assert.deepEqual(
    warnings(engine).map((text) => /no browser leg|has no ICE/.test(text)),
    [true, true],
  );
});
