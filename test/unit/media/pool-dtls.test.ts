import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DtlsEngine, DtlsOptions } from '../../../core/media/dtls/types.ts';
import {
  createMediaPool,
  encodeSample,
  linearToUlaw,
  ourCodecs,
  ourFormats,
  type StreamEvent,
} from '../../../core/media/index.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import type { WebRtcParameters } from '../../../core/sdp/index.ts';
import { mediaConfig } from '../../support/media-config.ts';
import { browserAgreed, FakeBrowser, keys, webRtc } from './fake-browser.ts';
import { engineAddress, Peer } from './harness.ts';

const loud = encodeSample(linearToUlaw, 1000);

/** Handshakes that do what the test says. */
class FakeDtls implements DtlsEngine {
  readonly opened: { readonly options: DtlsOptions; readonly received: Uint8Array[]; closed: boolean }[] = [];
  stopped = false;

  prepare(): void {}

  async fingerprint() {
    return { algorithm: 'sha-256', value: new Array<string>(32).fill('CD').join(':') } as const;
  }

  open(options: DtlsOptions) {
    const association = { options, received: [] as Uint8Array[], closed: false };
    this.opened.push(association);
    if (options.setup === 'active') options.send(new Uint8Array(100).fill(22));
    return {
      receive: (packet: Uint8Array) => void association.received.push(packet),
      close: () => {
        if (!association.closed) options.send(new Uint8Array(30).fill(21)); // close_notify
        association.closed = true;
      },
    };
  }

  /** The newest handshake. */
  get last() {
    const last = this.opened.at(-1);
    assert.ok(last !== undefined, 'no handshake was begun');
    return last;
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

async function world() {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const { clock } = simulation;
  const { seams } = simulation.host(engineAddress);
  const dtls = new FakeDtls();
  const config = mediaConfig({ codecs: ['PCMU'], workers: 0, ports: [20_000, 20_019], iceTimeoutMs: 5000 });
  const pool = await createMediaPool(seams, config, { codecs: [ourCodecs], formats: [ourFormats], dtls });
  const { host } = simulation.host('10.0.1.1');
  const io = host.packetIo();
  const peer = new Peer(clock, io, '10.0.1.1', await io.open('10.0.1.1', 5000), await io.open('10.0.1.1', 5001));
  const stream = await pool.openStream({ localAddress: engineAddress, webRtc: true });
  const events: StreamEvent[] = [];
  stream.onEvent = (event) => {
    if (event.kind === 'webRtcConnected' || event.kind === 'webRtcFailed') events.push(event);
  };
  peer.target = stream.rtpPort;
  const browser = new FakeBrowser(peer);
  const ours = stream.webRtc;
  assert.ok(ours !== null);
  browser.credentials = ours;
  const parameters = (values: Partial<WebRtcParameters> = {}) =>
    browserAgreed(peer, {
      webRtc: { ...webRtc, localUfrag: ours.ufrag, localPassword: ours.password, ...values },
    });
  /** What `/metrics` would say of it. */
  const metric = (name: string, label: string): number | undefined =>
    seams.counters
      .samples()
      .find((sample) => sample.name === name)
      ?.values.find(({ labels }) => Object.values(labels).includes(label))?.value;
  return { simulation, clock, seams, pool, dtls, stream, ours, browser, events, parameters, metric };
}

test('a browser leg has credentials and a fingerprint for its description, a phone has none {webrtc}', async () => {
  const { pool, stream, ours } = await world();
  assert.match(ours.ufrag, /^[A-Za-z0-9+/]{4,256}$/);
  assert.match(ours.password, /^[A-Za-z0-9+/]{22,256}$/);
  assert.deepEqual([ours.onePort, ours.tcpPort, ours.fingerprint.algorithm], [false, null, 'sha-256']);
  assert.equal(stream.rtpPort % 2, 0);
  const phone = await pool.openStream({ localAddress: engineAddress });
  assert.equal(phone.webRtc, null);
  await assert.rejects(phone.restartIce(), { code: 'media.failed', message: /no browser leg/ });
});

test('the handshake begins with the nominated address; with its keys audio flows, told once {webrtc}', async () => {
  const { clock, dtls, stream, browser, events, parameters } = await world();
  stream.configure(parameters());
  stream.play([{ kind: 'echo' }]);
  browser.check();
  await clock.advance(100);
  assert.equal(dtls.opened.length, 0);
  browser.nominate();
  await clock.advance(100);
  browser.sendDtls(120);
  await clock.advance(100);
  assert.deepEqual([dtls.opened.length, dtls.last.received[0]?.length, dtls.last.options.setup], [1, 120, 'passive']);
  assert.deepEqual(dtls.last.options.fingerprints, webRtc.fingerprints);
  dtls.last.options.send(new Uint8Array(80).fill(22));
  await clock.advance(100);
  assert.equal(browser.take().dtls[0]?.length, 80);
  assert.deepEqual(events, []);
  dtls.last.options.onKeys(keys);
  assert.deepEqual(events, [{ kind: 'webRtcConnected' }]);
  for (let i = 0; i < 20; i++) {
    browser.speak(loud);
    await clock.advance(20);
  }
  assert.ok(browser.heard(loud) > 10);
  stream.configure(parameters());
  browser.nominate();
  await clock.advance(100);
  assert.equal(events.length, 1);
  assert.equal(dtls.opened.length, 1);
});

test('keys before the nomination, and a ClientHello of ours with it {webrtc}', async () => {
  const { clock, dtls, stream, browser, events, parameters } = await world();
  stream.configure(parameters({ setup: 'active' }));
  browser.check();
  browser.sendDtls();
  await clock.advance(50);
  assert.equal(browser.take().dtls.length, 1, 'no ClientHello to where the packets came from');
  dtls.last.options.onKeys(keys);
  assert.deepEqual(events, []);
  browser.nominate();
  await clock.advance(50);
  assert.deepEqual(events, [{ kind: 'webRtcConnected' }]);
});

test('each way of failing is told once, with a sentence, logged and counted {webrtc}', async () => {
  const ice = await world();
  ice.stream.configure(ice.parameters());
  await ice.clock.advance(6000);
  const [noIce] = ice.events;
  assert.ok(noIce?.kind === 'webRtcFailed' && noIce.reason === 'ice');
  assert.match(noIce.detail, /no check of the browser had come/);
  assert.equal(ice.metric('callbus_media_browser_failed_total', 'ice'), 1);

  const wrong = await world();
  wrong.stream.configure(wrong.parameters());
  wrong.browser.nominate();
  await wrong.clock.advance(100);
  wrong.dtls.last.options.onEnd('the certificate is another one');
  assert.deepEqual(wrong.events, [{ kind: 'webRtcFailed', reason: 'dtls', detail: 'the certificate is another one' }]);
  wrong.browser.sendDtls();
  wrong.browser.nominate();
  await wrong.clock.advance(40_000);
  assert.equal(wrong.events.length, 1);
  assert.equal(wrong.dtls.opened.length, 1);

  const gone = await world();
  gone.stream.configure(gone.parameters());
  gone.browser.nominate();
  await gone.clock.advance(100);
  gone.dtls.last.options.onKeys(keys);
  await gone.clock.advance(31_000);
  const [, lost] = gone.events;
  assert.ok(lost?.kind === 'webRtcFailed' && lost.reason === 'consent');
  assert.match(lost.detail, /30 s/);
  assert.ok(gone.dtls.last.closed);
  assert.equal(gone.metric('callbus_media_ice_total', 'consentsLost'), 1);
});

test('other fingerprints, or another part, are a new handshake; the old keys are good until its own {webrtc}', async () => {
  const { clock, dtls, stream, browser, events, parameters } = await world();
  stream.configure(parameters());
  stream.play([{ kind: 'echo' }]);
  browser.nominate();
  await clock.advance(100);
  const first = dtls.last;
  first.options.onKeys(keys);
  const fingerprints = [{ algorithm: 'sha-256', value: new Array<string>(32).fill('EF').join(':') }] as const;
  stream.configure(parameters({ fingerprints }));
  assert.deepEqual([dtls.opened.length, first.closed], [2, true]);
  assert.deepEqual(dtls.last.options.fingerprints, fingerprints);
  first.options.onEnd('late'); // is nobody's any more
  for (let i = 0; i < 10; i++) {
    browser.speak(loud);
    await clock.advance(20);
  }
  assert.ok(browser.heard(loud) > 0);
  assert.deepEqual(events, [{ kind: 'webRtcConnected' }]);
});

test('a restart gives other credentials, the same until they are agreed on; the handshake stays {webrtc}', async () => {
  const { clock, dtls, stream, ours, browser, events, parameters } = await world();
  stream.configure(parameters());
  browser.nominate();
  await clock.advance(100);
  dtls.last.options.onKeys(keys);
  const next = await stream.restartIce();
  assert.notEqual(next.ufrag, ours.ufrag);
  assert.notEqual(next.password, ours.password);
  assert.deepEqual(next.fingerprint, ours.fingerprint);
  assert.deepEqual(await stream.restartIce(), next);
  assert.deepEqual(stream.webRtc, next);
  stream.configure(parameters({ localUfrag: next.ufrag, localPassword: next.password, remoteUfrag: 'theirs' }));
  Object.assign(browser, { credentials: next, remoteUfrag: 'theirs' });
  browser.nominate();
  await clock.advance(6000);
  assert.equal(browser.take().answers.at(-1)?.type, 0x0101);
  assert.equal(dtls.opened.length, 1);
  assert.deepEqual(events, [{ kind: 'webRtcConnected' }]);
  assert.notEqual((await stream.restartIce()).ufrag, next.ufrag);
  await stream.close();
  await assert.rejects(stream.restartIce(), { code: 'media.failed' });
});

test('closing says goodbye on DTLS and RTCP and leaves nothing behind {webrtc}', async () => {
  const { clock, pool, dtls, stream, browser, parameters } = await world();
  stream.configure(parameters());
  browser.nominate();
  await clock.advance(100);
  dtls.last.options.onKeys(keys);
  browser.speak(loud);
  await clock.advance(100);
  await stream.close();
  await clock.advance(20);
  browser.take();
  assert.equal(browser.dtls.at(-1)?.[0], 21);
  assert.equal(browser.rtcp.length, 1);
  assert.ok(dtls.last.closed);
  dtls.last.options.onKeys(keys);
  dtls.last.options.onEnd('late');
  assert.equal(pool.load().streams, 0);
  await pool.stop();
  assert.ok(dtls.stopped);
});

test('a leg that comes from a snapshot goes on with its keys, without a word and without a handshake {webrtc}', async () => {
  const { clock, pool, dtls, stream, browser, parameters } = await world();
  stream.configure(parameters());
  stream.play([{ kind: 'echo' }]);
  browser.nominate();
  await clock.advance(100);
  dtls.last.options.onKeys(keys);
  browser.speak(loud);
  await clock.advance(100);
  const snapshot: Awaited<ReturnType<typeof stream.snapshot>> = JSON.parse(JSON.stringify(await stream.snapshot()));
  const before = stream.webRtc;
  await stream.close();
  const restored = await pool.restoreStream(snapshot);
  const events: string[] = [];
  restored.onEvent = ({ kind }) => events.push(kind);
  assert.deepEqual(restored.webRtc, before);
  browser.heard(loud);
  for (let i = 0; i < 20; i++) {
    browser.speak(loud);
    await clock.advance(20);
  }
  assert.ok(browser.heard(loud) > 10);
  browser.nominate();
  await clock.advance(100);
  assert.equal(dtls.opened.length, 1);
  assert.ok(!events.includes('webRtcConnected') && !events.includes('webRtcFailed'));
});
