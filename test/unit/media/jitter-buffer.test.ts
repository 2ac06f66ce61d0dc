import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JitterBuffer, type JitterDecoder } from '../../../core/media/worker/jitter-buffer.ts';
import type { Codec } from '../../../core/media/worker/records.ts';

/** A codec whose payload bytes are the samples themselves. */
const identity: Codec = {
  encode: () => 0,
  decode(payload, length, samples) {
    for (let i = 0; i < length; i++) samples[i] = payload[i] ?? 0;
    return length;
  },
};
const table = Int16Array.from({ length: 256 }, (_, i) => i);
const decoder: JitterDecoder = { codec: identity, clockRateHz: 8000, sampleRateHz: 8000, table, resampler: null };

/** Fixed playout: what is asked here is order, gaps and pauses; stretching has tests of its own. */
function makeBuffer(fixedMs: number, decoders: readonly JitterDecoder[]): JitterBuffer {
  const playout = { type: 'fixed', minMs: 20, maxMs: 240, fixedMs } as const;
  return new JitterBuffer({ playout, longestBytes: 640, sampleRateHz: 8000, decoders });
}

/**
 * Runs a script of ticks: each names the packets that arrive before it, as `number` or
 * `number@timestamp` (in packets of 20 ms). Packet n is filled with n. Returns what each tick gives:
 * the packet's number, `.` for silence, `~` for concealment, `-` for nothing to hear.
 */
function run(script: readonly string[], options: { readonly base?: number; readonly decoder?: JitterDecoder } = {}) {
  const { base = 65_530, decoder: used = decoder } = options;
  const buffer = makeBuffer(60, [used]);
  const out = new Int16Array(160);
  const results: string[] = [];
  const heard = script.map((arrivals) => {
    for (const word of arrivals.split(' ').filter((text) => text !== '')) {
      const isEvent = word.startsWith('e');
      const [number = 0, at = number] = word.replace('e', '').split('@').map(Number);
      const timestamp = (0xffff_ff00 + at * 160) >>> 0;
      const payload = new Uint8Array(160).fill(number);
      results.push(buffer.push((base + number) & 0xffff, timestamp, payload, 0, 160, isEvent ? -1 : 0));
    }
    const concealed = buffer.concealedMs;
    if (!buffer.pull(out, 160)) return out.every((sample) => sample === 0) ? '.' : '-';
    if (buffer.concealedMs > concealed) return '~';
    // After a gap the frame begins with what is repeated, and fades over to its own.
    assert.ok(out.subarray(80).every((sample) => sample === out[159]));
    return String(out[159]);
  });
  return { heard: heard.join(' ').replace(/-/g, '.'), results, buffer };
}

test('packets in order come out 60 ms after the first, across the wraps of sequence and timestamp {jitter}', () => {
  const { heard } = run(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.equal(heard, '. . . 1 2 3 4 5 6');
});

test('a codec without tables goes the same way', () => {
  const { heard } = run(['1', '2', '4', '3', '5', '', '6'], { decoder: { ...decoder, table: null } });
  assert.equal(heard, '. . . 1 2 3 4');
});

test('packets that overtake each other are put in order, the first ones too', () => {
  assert.equal(run(['2', '1', '4 3', '5', '8', '6', '7', '', '', '']).heard, '. . . 1 2 3 4 5 6 7');
});

test('a packet that comes twice is played once, and the second is a duplicate also after it was played', () => {
  const { heard, results } = run(['1', '2 2', '3', '4', '1 5', '6']);
  assert.equal(heard, '. . . 1 2 3');
  assert.deepEqual(results, [
    'accepted',
    'accepted',
    'duplicate',
    'accepted',
    'accepted',
    'duplicate',
    'accepted',
    'accepted',
  ]);
});

test('a lost packet is concealed, and what comes after its time is late', () => {
  const { heard, results, buffer } = run(['1', '2', '4', '5', '6', '7', '3 8', '9']);
  assert.equal(heard, '. . . 1 2 ~ 4 5');
  assert.equal(results[6], 'accepted', 'its gap is still being filled, so it might have been in time');
  assert.equal(buffer.latePackets, 1);
  assert.equal(buffer.droppedMs, 20);
  assert.equal(buffer.concealedMs, 20);
});

test('concealment repeats the last packet and fades to silence within 120 ms', () => {
  const buffer = makeBuffer(0, [decoder]);
  const out = new Int16Array(160);
  buffer.push(1, 160, new Uint8Array(160).fill(200), 0, 160, 0);
  const peaks: number[] = [];
  for (let i = 0; i < 7; i++) {
    buffer.pull(out, 160);
    peaks.push(Math.max(...out));
  }
  assert.deepEqual(peaks, [200, 200, 200, 165, 118, 71, 24]);
});

test('a pause of the sender is silence, and its talk goes on in time', () => {
  // The sender is silent for 100 ms: numbers go on, timestamps jump.
  assert.equal(
    run(['1', '2', '3', '', '', '', '', '', '4@9', '5@10', '6@11', '7@12', '8@13']).heard,
    '. . . 1 2 3 ~ ~ ~ ~ ~ 4 5',
  );
});

test('after a long pause the delay is made anew', () => {
  const pause = Array.from({ length: 60 }, () => '');
  const { heard } = run(['1', '2', '3', '4', ...pause, '5@70', '6@71', '7@72', '8@73', '9@74']);
  assert.equal(heard.split(' ').slice(-5).join(' '), '. . . 5 6');
});

test('another source that counts anew is followed at once', () => {
  const buffer = makeBuffer(60, [decoder]);
  const out = new Int16Array(160);
  const heard: number[] = [];
  for (let i = 0; i < 12; i++) {
    const number = i < 5 ? 100 + i : 40_000 + i;
    buffer.push(number, number * 160, new Uint8Array(160).fill(i + 1), 0, 160, 0);
    heard.push(buffer.pull(out, 160) ? (out[0] ?? 0) : 0);
  }
  assert.deepEqual(heard.slice(0, 5), [0, 0, 0, 1, 2]);
  assert.deepEqual(heard.slice(8), [6, 7, 8, 9]);
});

test('keys in the place of audio are silence, not loss', () => {
  const { heard, buffer } = run(['1', '2', 'e3@3', 'e4@3', 'e5@3', '6@6', '7@7', '8@8', '9@9', '']);
  assert.equal(heard, '. . . 1 2 . . . 6 7');
  assert.equal(buffer.concealedMs, 0);
});

test('keys beside the audio do not disturb it', () => {
  assert.equal(run(['1@1', '2@2', '3@3', 'e4@4', '5@4', 'e6@4 7@5', '8@6', '9@7']).heard, '. . . 1 2 3 5 7');
});

test('a buffer that grew by a burst falls back to its delay', () => {
  const burst = Array.from({ length: 20 }, (_, i) => String(i + 4)).join(' ');
  const { heard, buffer } = run(['1', '2', '3', burst, '24', '25', '26']);
  assert.equal(heard, '. . . 1 21 22 23');
  assert.ok(buffer.latePackets >= 15);
});

test('a sender whose clock is slower than ours is never starved for long', () => {
  const buffer = makeBuffer(60, [decoder]);
  const out = new Int16Array(160);
  let sent = 0;
  let silent = 0;
  for (let tick = 0; tick < 5000; tick++) {
    if (tick % 100 !== 99) buffer.push(sent & 0xffff, sent++ * 160, new Uint8Array(160).fill(9), 0, 160, 0);
    if (!buffer.pull(out, 160)) silent++;
  }
  assert.ok(silent < 250, `${silent} silent frames of 5000`);
});

test('random numbers, lengths and times never throw and never play more than was asked for', () => {
  let seed = 1;
  const random = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return seed % limit;
  };
  const buffer = makeBuffer(60, [decoder, { ...decoder, table: null }]);
  const out = new Int16Array(160);
  const packet = new Uint8Array(640).fill(5);
  for (let i = 0; i < 20_000; i++) {
    const near = random(4) > 0;
    const sequence = near ? (i + random(6)) & 0xffff : random(0x1_0000);
    const timestamp = near ? (i * 160 + random(3) * 160) >>> 0 : random(0x7fff_ffff) * 2;
    buffer.push(sequence, timestamp, packet, 0, random(641), random(3) - 1);
    if (random(3) > 0) buffer.pull(out, 160);
  }
});

test('its state as JSON goes on in another buffer', () => {
  const script = ['1', '2', '3', '5', '4', '6', '7', '8'];
  const whole = run([...script, '9', '10']).heard;
  const first = run(script);
  const second = makeBuffer(60, [decoder]);
  second.restore(JSON.parse(JSON.stringify(first.buffer.state())));
  const out = new Int16Array(160);
  const rest = [9, 10].map((number) => {
    second.push(
      (65_530 + number) & 0xffff,
      (0xffff_ff00 + number * 160) >>> 0,
      new Uint8Array(160).fill(number),
      0,
      160,
      0,
    );
    second.pull(out, 160);
    return out[0];
  });
  assert.equal(`${first.heard} ${rest.join(' ')}`, whole);
});
