import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JitterBuffer } from '../../../../core/media/worker/jitter-buffer.ts';
import type { PlayoutOptions } from '../../../../core/media/worker/protocol.ts';
import { chromium } from './chromium.ts';
import { clean, evenJitter, queuedJitter, spike } from './network.ts';
import { burstQuality, figuresOf, msToRecover, run, scenarios } from './scenarios.ts';
import { adaptive, largestStep, pcmu, quantile, simulate } from './simulate.ts';
import { alignment, likeness, power } from './spectrum.ts';
import { speech, speechName } from './speech.ts';

test('a clean network adds at most 40 ms in 99 % of 10 minutes, and nothing is concealed {playout}', () => {
  for (const phaseMs of [0, 3, 7, 9.8, 10, 14, 19]) {
    const figures = figuresOf(run({ ...scenarios.clean, phaseMs }));
    assert.ok(figures.p99Ms <= 40, `phase ${phaseMs}: ${figures.p99Ms} ms`);
    assert.equal(figures.concealedPercent, 0);
    assert.equal(figures.droppedMs, 0);
  }
});

for (const key of ['evenJitter', 'normalJitter', 'queuedJitter'] as const) {
  test(`${scenarios[key].name}: at most 0.5 % is concealed, and 90 ms added in the mean {playout}`, () => {
    const figures = figuresOf(run(scenarios[key]));
    assert.ok(figures.concealedPercent <= 0.5, `${figures.concealedPercent} % concealed`);
    assert.ok(figures.meanMs <= 90, `${figures.meanMs} ms in the mean`);
  });
}

for (const key of ['fastClock', 'slowClock'] as const) {
  test(`${scenarios[key].name}: for an hour the delay stays within 20 ms {playout}`, () => {
    const result = run(scenarios[key]);
    const middleMs = (quantile(result.delaysMs, 0.001) + quantile(result.delaysMs, 0.999)) / 2;
    const beyond = result.delaysMs.filter((delayMs) => Math.abs(delayMs - middleMs) > 20).length;
    assert.ok(beyond / result.delaysMs.length < 0.001, `${beyond} ticks beyond 20 ms of ${middleMs}`);
    assert.ok(result.concealedMs < 400, `${result.concealedMs} ms concealed in an hour`);
    assert.equal(result.droppedMs, 0);
  });
}

test('clocks that differ lose and repeat no word: every half second of speech is found where it belongs {playout}', () => {
  const source = speech(120);
  for (const ppm of [2000, -2000]) {
    const { output, places } = simulate({ source, network: clean(), ppm });
    let [asked, found] = [0, 0];
    let lastAt = 0;
    for (let at = 4000; at + 8000 < source.length; at += 4000) {
      if (power(source, at, 800) < 400 * 400) continue;
      const tick = places.findIndex((place) => place >= at);
      const guess = tick * 160 - (places[tick] ?? 0);
      const lag = alignment(source, output, at, Math.round(guess), 200, 800);
      asked++;
      if (likeness(source, at, output, at + lag, 480) > 0.7) found++;
      assert.ok(at + lag > lastAt, 'in order');
      lastAt = at + lag;
    }
    assert.ok(asked > 30 && found >= asked * 0.97, `${ppm} ppm: ${found} of ${asked} pieces of ${speechName}`);
  }
});

test('after a spike of 500 ms the delay is back within 5 s, and nothing that was said is dropped {playout}', () => {
  const result = run(scenarios.spike);
  assert.ok(Math.max(...result.delaysMs.filter((delayMs) => !Number.isNaN(delayMs))) > 400, 'it was played late');
  assert.ok(msToRecover(result) <= 5000, `${msToRecover(result)} ms`);
  assert.equal(result.droppedMs, 0);
});

test('spikes that come again and again are waited for', () => {
  const source = speech(40);
  const held = Array.from({ length: 13 }, (_, i) => 10_000 + i * 2000);
  const way = clean();
  const network = (packet: number, sentMs: number): number => {
    const from = held.find((atMs) => sentMs >= atMs && sentMs < atMs + 200);
    return from === undefined ? (way(packet, sentMs) ?? 0) : from + 200 - sentMs + 30;
  };
  let concealedMs = 0;
  const result = simulate({
    source,
    network,
    onTick: (nowMs, buffer) => {
      if (nowMs === 27_000) concealedMs = buffer.concealedMs;
      return undefined;
    },
  });
  assert.ok(result.concealedMs - concealedMs < 60, `${result.concealedMs - concealedMs} ms in the last spikes`);
});

test('loss of 5 %, 60 ms at a time, is no further from what was said than in Chromium {concealment}', () => {
  const { meanDb, worst5Db } = burstQuality();
  if (speechName !== chromium.speech) return;
  assert.ok(meanDb <= chromium.meanDb, `${meanDb} dB, Chromium ${chromium.meanDb}`);
  assert.ok(worst5Db <= chromium.worst5Db, `worst 5 %: ${worst5Db} dB, Chromium ${chromium.worst5Db}`);
});

test('nothing clicks: no step beyond 6 sigma that the source had not {concealment}', () => {
  const source = speech(60);
  const allowed = Math.max(6, largestStep(source, source));
  const { step } = burstQuality();
  assert.ok(step <= allowed + 0.01, `bursts: ${step} sigma`);
  const networks = { even: evenJitter(60), queued: queuedJitter(60), spike: spike(30_000, 500) };
  for (const [name, network] of Object.entries(networks)) {
    const heard = largestStep(simulate({ source, network }).output, source);
    assert.ok(heard <= allowed + 0.01, `${name}: ${heard} sigma`);
  }
});

test('packets of 10 to 120 ms are played without a hole', () => {
  const source = speech(30);
  for (const ptimeMs of [10, 20, 30, 40, 60, 80, 120]) {
    const result = simulate({ source, network: clean(), ptimeMs });
    assert.equal(result.concealedMs, 0, `${ptimeMs} ms`);
    const tick = 500;
    const place = result.places[tick] ?? 0;
    assert.ok(likeness(source, place, result.output, tick * 160, 4000) > 0.999, `${ptimeMs} ms: the same audio`);
  }
});

test('its state as JSON goes on sample for sample, in whatever it was doing', () => {
  const source = speech(40);
  for (const network of [() => evenJitter(80), () => queuedJitter(40), () => spike(10_000, 500)]) {
    const whole = simulate({ source, network: network() });
    const moved = simulate({
      source,
      network: network(),
      onTick: (nowMs, buffer) => {
        if (nowMs % 700 !== 0) return undefined;
        const other = new JitterBuffer({ playout: adaptive, longestBytes: 1460, sampleRateHz: 8000, decoders: [pcmu] });
        other.restore(JSON.parse(JSON.stringify(buffer.state())));
        return other;
      },
    });
    assert.deepEqual(moved.output, whole.output);
    assert.equal(moved.stretchedMs, whole.stretchedMs);
  }
});

test('simple plays after the least delay, fixed after its own, and neither stretches', () => {
  const source = speech(20);
  const played = (type: PlayoutOptions['type']) =>
    simulate({ source, network: clean(), playout: { ...adaptive, type } });
  const [simple, fixed] = [played('simple'), played('fixed')];
  assert.ok(Math.abs(quantile(fixed.delaysMs, 0.5) - quantile(simple.delaysMs, 0.5) - 40) < 1);
  assert.equal(simple.stretchedMs + fixed.stretchedMs, 0);
});

test('a stall of the engine that let half a second pile up is caught up with', () => {
  const source = speech(30);
  let stalled = false;
  const result = simulate({
    source,
    network: (packet, sentMs) => (sentMs >= 5000 && sentMs < 5500 ? 5500 - sentMs : 0) + (clean()(packet, sentMs) ?? 0),
    onTick: (nowMs, buffer) => {
      stalled ||= nowMs > 5000 && buffer.delayMs > 200;
      return undefined;
    },
  });
  assert.ok(stalled);
  assert.ok(quantile(result.delaysMs.slice(600), 0.99) < 45);
});
