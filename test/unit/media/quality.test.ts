import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QualityMetrics } from '../../../core/media/quality-metrics.ts';
import type { QualityReport } from '../../../core/media/worker/protocol.ts';
import { burstRatioOf, mosOf, rFactor } from '../../../core/media/worker/quality-score.ts';
import { Counters } from '../../../core/runtime/index.ts';
import { bench, type Peer } from './harness.ts';

const rate = (codec: string, lossFraction = 0, delayMs = 0, burstRatio = 1): number =>
  Math.round(rFactor({ codec, lossFraction, burstRatio, delayMs }) * 10) / 10;

test('ratings follow the E-model: G.711 perfect, codecs by their impairment, loss by their robustness {quality}', () => {
  assert.equal(rate('PCMU'), 93.2);
  assert.equal(rate('GSM'), 73.2);
  assert.equal(rate('iLBC'), 82.2);
  assert.equal(rate('G726-32'), 86.2);
  assert.equal(rate('AAL2-G726-32'), 86.2);
  // 95 * 2 / (2 + 25.1) = 7.0; 95 * 5 / (5 + 25.1) = 15.8
  assert.equal(rate('PCMA', 0.02), 86.2);
  assert.equal(rate('PCMA', 0.05), 77.4);
  assert.equal(rate('PCMA', 1), 17.3);
  // Bursts hurt more: 95 * 5 / (5 / 2 + 25.1) = 17.2
  assert.equal(rate('PCMA', 0.05, 0, 2), 76);
  assert.ok(rate('NOBODYKNOWS') > 80);
});

test('delay costs little below 150 ms and much beyond, as in figure B.1 of G.107 {quality}', () => {
  const table = [50, 100, 150, 200, 300, 400].map((delayMs) => rate('PCMU', 0, delayMs));
  for (let i = 1; i < table.length; i++) assert.ok((table[i] ?? 0) < (table[i - 1] ?? 0), table.join());
  assert.ok((table[1] ?? 0) > 89 && (table[2] ?? 0) > 86, table.join());
  assert.ok((table[4] ?? 0) < 75 && (table[4] ?? 0) > 60, table.join());
  for (const nonsense of [Number.NaN, -5, Number.POSITIVE_INFINITY]) assert.ok(rate('PCMU', 0, nonsense) >= 0);
});

test('the opinion score of annex B: 4.4 for the best, 1 for nothing, never out of 1 to 4.5 {quality}', () => {
  assert.deepEqual(
    [93.2, 80, 70, 60, 50, 0, -5, 120].map((rating) => Math.round(mosOf(rating) * 10) / 10),
    [4.4, 4, 3.6, 3.1, 2.6, 1, 1, 4.5],
  );
  for (let rating = 0; rating <= 100; rating++) assert.ok(mosOf(rating) >= 1 && mosOf(rating) <= 4.5);
});

test('losses one by one are random, losses in a row are a burst {quality}', () => {
  assert.equal(burstRatioOf(10, 10, 0.1), 1);
  assert.equal(burstRatioOf(40, 10, 0.1), 3.6);
  assert.equal(burstRatioOf(0, 0, 0), 1);
});

const reports = (events: readonly { readonly kind: string }[]): QualityReport[] =>
  events.flatMap((event) => ('report' in event ? [event.report as QualityReport] : []));

async function measured(speak: (peer: Peer, tick: number) => void, ticks: number) {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, {}, { qualityIntervalMs: 5000 });
  await world.ticks(ticks, (tick) => speak(peer, tick));
  return { world, engine, peer };
}

test('a stream reports every interval what it received, its level and its worth {quality}', async () => {
  const { engine } = await measured((peer) => peer.speak(new Uint8Array(160).fill(0x8f)), 800);
  const list = reports(engine.events);
  assert.equal(list.length, 3);
  for (const report of list) {
    assert.ok(Math.abs(report.packetsReceived - 250) <= 8);
    assert.deepEqual([report.packetsLost, report.lossFraction, report.burstRatio, report.jitterMs], [0, 0, 1, 0]);
    assert.ok((report.mos ?? 0) > 4.2, `${report.mos}`);
  }
  // 0x8f is 16764: -5.8 dBov; what we play is silence.
  const last = list.at(-1);
  assert.ok(Math.abs((last?.rxLevelDb ?? 0) + 5.8) < 0.2, `${last?.rxLevelDb}`);
  assert.equal(last?.txLevelDb, -127);
  assert.equal(last?.remoteMos, null);
});

test('loss in bursts shows as such and lowers the score; nothing is reported of an idle stream {quality}', async () => {
  const lossy = (peer: Peer, tick: number): void => {
    if (tick >= 520) return;
    // Four in a row of every forty.
    if (tick % 40 < 4) {
      peer.sequence = (peer.sequence + 1) & 0xffff;
      peer.timestamp += 160;
    } else peer.speak(0x20);
  };
  const { engine, world } = await measured(lossy, 520);
  const [report] = reports(engine.events).slice(-1);
  assert.ok(
    report !== undefined && report.lossFraction > 0.08 && report.lossFraction < 0.12,
    `${report?.lossFraction}`,
  );
  assert.ok(report.burstRatio > 3, `${report.burstRatio}`);
  assert.ok(report.concealedMs > 300);
  assert.ok((report.mos ?? 5) < 3.5, `${report.mos}`);
  engine.send({
    kind: 'configure',
    stream: 1,
    parameters: {
      remote: null,
      remoteRtcp: null,
      direction: 'inactive',
      codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null }],
      telephoneEvent: null,
      ptimeMs: 20,
    },
  });
  await world.ticks(260);
  const before = reports(engine.events).length;
  await world.ticks(520);
  assert.equal(reports(engine.events).length, before);
});

test('clipping is counted where the samples are at full scale {quality}', async () => {
  const { engine } = await measured((peer) => peer.speak(0x00), 260);
  const [report] = reports(engine.events);
  assert.ok((report?.clippedSamples ?? 0) > 30_000, `${report?.clippedSamples} of 40000`);
});

test('the figures of all streams become histograms for Prometheus, without a label that names a call {quality}', () => {
  const counters = new Counters();
  const metrics = new QualityMetrics(counters);
  const report: QualityReport = {
    intervalMs: 5000,
    packetsReceived: 240,
    packetsLost: 10,
    packetsLate: 2,
    lossFraction: 0.048,
    burstRatio: 1,
    jitterMs: 12,
    roundTripMs: null,
    playoutDelayMs: 60,
    concealedMs: 240,
    rxLevelDb: -20,
    txLevelDb: -20,
    clippedSamples: 0,
    remoteLossFraction: null,
    remoteJitterMs: null,
    rFactor: 80,
    mos: 4,
    remoteMos: null,
  };
  metrics.add(report);
  metrics.add({ ...report, mos: 2.2 });
  metrics.add({ ...report, mos: null });
  const values = (name: string): unknown =>
    counters
      .samples()
      .find((sample) => sample.name === name)
      ?.values.map(({ labels, value }) => [labels['le'] ?? '', value]);
  assert.deepEqual(values('callbus_media_mos_count'), [['', 2]]);
  assert.deepEqual(values('callbus_media_mos_bucket'), [
    ['1.5', 0],
    ['2', 0],
    ['2.5', 1],
    ['3', 1],
    ['3.5', 1],
    ['3.8', 1],
    ['4', 2],
    ['4.2', 2],
    ['4.5', 2],
    ['+Inf', 2],
  ]);
  assert.deepEqual(values('callbus_media_concealed_seconds_total'), [['', 0.72]]);
  assert.deepEqual(values('callbus_media_packets_lost_total'), [['', 30]]);
  assert.deepEqual(values('callbus_media_round_trip_milliseconds_count'), [['', 0]]);
});
