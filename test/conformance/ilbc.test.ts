import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { IlbcDecoder } from '../../core/media/worker/codecs/ilbc-decoder.ts';
import { IlbcEncoder } from '../../core/media/worker/codecs/ilbc-encoder.ts';
import { type IlbcMode, mode20, mode30 } from '../../core/media/worker/codecs/ilbc-frame.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const folder = join(root ?? '', 'codec/ilbc');

function bytes(name: string): Uint8Array | null {
  try {
    return root === undefined ? null : new Uint8Array(readFileSync(join(folder, name)));
  } catch {
    return null;
  }
}

function words(name: string): Int16Array | null {
  const found = bytes(name);
  return found === null ? null : new Int16Array(found.buffer, 0, found.length >> 1);
}

const speech = words('iLBC.INP');

for (const mode of [mode20, mode30]) {
  const name = `iLBC_${mode.frameMs}ms`;
  const frames = bytes(`${name}.BIT`);
  // Only what is there is tested, where there is a folder at all.
  if (root !== undefined && frames === null) continue;
  const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

  test(`the encoder writes the frames of the reference, ${mode.frameMs} ms {ilbc}`, { skip }, () => {
    if (frames === null || speech === null) return;
    const encoder = new IlbcEncoder(mode);
    const payload = new Uint8Array(mode.bytes);
    const count = Math.floor(frames.length / mode.bytes);
    let same = 0;
    for (let frame = 0; frame < count; frame++) {
      encoder.encode(speech, frame * mode.samples, payload);
      if (payload.every((byte, i) => byte === frames[frame * mode.bytes + i])) same++;
    }
    // The reference's single precision decides a tie of two gains otherwise, once in ten seconds.
    assert.ok(same >= count - Math.ceil(count / 300), `${same} of ${count}`);
  });

  for (const [output, channel] of [
    [`${name}_clean.OUT`, 'clean.chn'],
    [`${name}_tlm05.OUT`, 'tlm05.chn'],
  ] as const) {
    const expected = words(output);
    const lost = words(channel);
    if (root !== undefined && (expected === null || lost === null)) continue;
    test(`the decoder is within 3 of the reference, ${output} {ilbc}`, { skip }, () => {
      if (frames === null || expected === null || lost === null) return;
      assert.ok(furthest(mode, frames, expected, lost) <= 3);
    });
  }
}

/** The largest difference of one sample; a frame whose word in `channel` is 0 is lost. */
function furthest(mode: IlbcMode, frames: Uint8Array, expected: Int16Array, channel: Int16Array): number {
  const decoder = new IlbcDecoder(mode);
  const samples = new Int16Array(mode.samples);
  let most = 0;
  for (let frame = 0; (frame + 1) * mode.samples <= expected.length; frame++) {
    if (channel[frame] === 0) decoder.conceal(samples, 0);
    else decoder.decode(frames, frame * mode.bytes, samples, 0);
    for (let i = 0; i < mode.samples; i++) {
      most = Math.max(most, Math.abs((samples[i] ?? 0) - (expected[frame * mode.samples + i] ?? 0)));
    }
  }
  return most;
}
