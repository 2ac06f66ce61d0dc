import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs } from '../../../core/media/worker/codecs/index.ts';
import type { Codec, CodecRecord } from '../../../core/media/worker/records.ts';
import type { NegotiatedCodec } from '../../../core/sdp/index.ts';
import { levelDb, purity, sine } from './codecs/signal.ts';
import { agreed, bench, type Peer, type TestEngine } from './harness.ts';

const payloadType = 97;
const ticks = 60;
const toneHz = 440;

/** What a peer and the engine agreed on. */
function negotiated(record: CodecRecord, fmtp: string | null): NegotiatedCodec {
  const { name, clockRateHz, channels } = record;
  return { name, clockRateHz, channels, sendPayloadType: payloadType, receivePayloadType: payloadType, fmtp };
}

/** A phone with one codec: speaks a tone, and keeps what it hears. */
class Phone {
  readonly peer: Peer;
  readonly record: CodecRecord;
  readonly #codec: Codec;
  readonly #frameMs: number;
  readonly #tone: Int16Array;
  #sent = 0;
  readonly heard: number[] = [];

  constructor(peer: Peer, record: CodecRecord, fmtp: string | null, ptimeMs: number, hz: number) {
    this.peer = peer;
    this.record = record;
    this.#codec = record.create({ fmtp, ptimeMs });
    this.#frameMs = this.#codec.frameMs ?? 20;
    this.#tone = sine(record.sampleRateHz, ticks * 20 + 200, hz);
  }

  /** Sends the packets that are due at the end of `tick`. */
  speak(tick: number): void {
    const { sampleRateHz, clockRateHz } = this.record;
    const count = (sampleRateHz * this.#frameMs) / 1000;
    const payload = new Uint8Array(1460);
    while ((this.#sent + 1) * this.#frameMs <= (tick + 1) * 20) {
      const at = this.#sent * count;
      const length = this.#codec.encode(this.#tone.subarray(at, at + count), count, payload);
      const timestamp = (this.#sent * this.#frameMs * clockRateHz) / 1000;
      this.peer.packet(this.#sent, timestamp, payload.slice(0, length), payloadType);
      this.#sent++;
    }
  }

  listen(): void {
    const out = new Int16Array(this.record.sampleRateHz / 5);
    for (const { payload } of this.peer.take()) {
      this.heard.push(...out.subarray(0, this.#codec.decode(payload, payload.length, out)));
    }
  }

  dispose(): void {
    this.#codec.dispose?.();
  }
}

interface Wanted {
  readonly record: CodecRecord;
  readonly fmtp?: string | null;
  readonly ptimeMs?: number;
  readonly hz: number;
}

/** All of them in one room, for 1.2 s. */
async function meet(wanted: readonly Wanted[]): Promise<readonly Phone[]> {
  const world = bench({ codecs });
  const engine: TestEngine = world.engine();
  const phones: Phone[] = [];
  for (const [index, { record, fmtp = record.fmtp, ptimeMs = 20, hz }] of wanted.entries()) {
    const peer = await world.peer();
    await engine.stream(index + 1, peer, { ...agreed(peer), codecs: [negotiated(record, fmtp)], ptimeMs });
    engine.play(index + 1, { kind: 'room', item: index + 1, room: 'r', listenOnly: false });
    phones.push(new Phone(peer, record, fmtp, ptimeMs, hz));
  }
  await world.ticks(ticks, (tick) => {
    for (const phone of phones) {
      phone.listen();
      phone.speak(tick);
    }
  });
  for (const phone of phones) phone.listen();
  assert.deepEqual(
    engine.events.filter(({ kind }) => kind === 'log'),
    [],
  );
  for (const phone of phones) phone.dispose();
  return phones;
}

/** The second half of what a phone heard: codecs have found their way by then. */
function settled(phone: Phone): Int16Array {
  return Int16Array.from(phone.heard.slice(phone.heard.length >> 1));
}

const label = ({ name, clockRateHz }: CodecRecord): string => `${name}/${clockRateHz}`;
/** Narrow-band codecs and some others: one of each name and rate. */
const each = codecs.filter((record, index) => codecs.findIndex((other) => label(other) === label(record)) === index);

for (const from of each) {
  test(`a tone in ${label(from)} is heard in every other codec, as loud {transcoding}`, async () => {
    for (const to of each) {
      const [, listener] = await meet([
        { record: from, hz: toneHz },
        { record: to, hz: 0 },
      ]);
      if (listener === undefined) throw new Error('two phones met');
      const heard = settled(listener);
      const pair = `${label(from)} to ${label(to)}`;
      assert.ok(heard.length > to.sampleRateHz / 2, `${pair}: ${heard.length} samples`);
      const share = purity(heard, to.sampleRateHz, toneHz);
      assert.ok(share > 0.9, `${pair}: purity ${share.toFixed(3)}`);
      const level = levelDb(heard) - levelDb(sine(8000, 500, toneHz));
      assert.ok(Math.abs(level) < 2.5, `${pair}: ${level.toFixed(1)} dB`);
      const begin = listener.heard.findIndex((sample) => Math.abs(sample) > 2000) / (to.sampleRateHz / 1000);
      // What phone and room wait for, and the delays of both codecs.
      assert.ok(begin > 0 && begin < 260, `${pair}: begins at ${begin} ms`);
    }
  });
}

test('many codecs, rates and packet lengths in one room: each hears all others and not itself {transcoding}', async () => {
  const named = (name: string, rate?: number): CodecRecord | undefined =>
    codecs.find((record) => record.name === name && (rate === undefined || record.clockRateHz === rate));
  const tones = [300, 500, 700, 900, 1100, 1300];
  const mixed = [
    { record: named('PCMU') },
    { record: named('iLBC'), fmtp: 'mode=30', ptimeMs: 30 },
    { record: named('G722'), ptimeMs: 30 },
    { record: named('GSM'), ptimeMs: 40 },
    { record: named('opus') },
    { record: named('speex', 16_000), ptimeMs: 60 },
  ];
  const wanted = mixed.flatMap(({ record, ...rest }, index) =>
    record === undefined ? [] : [{ record, ...rest, hz: tones[index] ?? 0 }],
  );
  // Six voices at once would be too loud for sixteen bits.
  const phones = await meet(wanted.slice(0, 3));
  for (const [index, phone] of phones.entries()) {
    const heard = settled(phone);
    for (const [other, { hz }] of wanted.slice(0, 3).entries()) {
      const share = purity(heard, phone.record.sampleRateHz, hz);
      if (other === index) assert.ok(share < 0.02, `${label(phone.record)} hears itself: ${share}`);
      else assert.ok(share > 0.25, `${label(phone.record)} hears ${hz} Hz: ${share}`);
    }
  }
  const more = await meet(wanted.slice(3));
  for (const [index, phone] of more.entries()) {
    const heard = settled(phone);
    for (const [other, { hz }] of wanted.slice(3).entries()) {
      const share = purity(heard, phone.record.sampleRateHz, hz);
      if (other === index) assert.ok(share < 0.02, `${label(phone.record)} hears itself: ${share}`);
      else assert.ok(share > 0.25, `${label(phone.record)} hears ${hz} Hz: ${share}`);
    }
  }
});
