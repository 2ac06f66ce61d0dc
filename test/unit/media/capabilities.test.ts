import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesOf } from '../../../core/media/capabilities.ts';
import { defaultCodecs } from '../../../core/media/config.ts';
import type { CodecRecord } from '../../../core/media/worker/records.ts';

function record(name: string, clockRateHz = 8000): CodecRecord {
  return {
    name,
    clockRateHz,
    sampleRateHz: clockRateHz,
    channels: 1,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: 160,
    create: () => ({ encode: () => 0, decode: () => 0 }),
  };
}

const records = [record('PCMU'), record('PCMA'), record('speex'), record('speex', 16_000)];
const namesOf = (names: readonly string[], onMissing?: (names: readonly string[]) => void) =>
  capabilitiesOf(records, names, onMissing).codecs.map(({ name, clockRateHz }) => `${name}/${clockRateHz}`);

test('a codec is named alone, with all its rates, or with one, in whatever case {sdp}', () => {
  assert.deepEqual(namesOf(['Speex', 'pcma']), ['speex/8000', 'speex/16000', 'PCMA/8000']);
  assert.deepEqual(namesOf(['speex/16000', 'PCMU/8000']), ['speex/16000', 'PCMU/8000']);
});

test('of the default list what is missing is left out and told; a codec that is named must be there {sdp}', () => {
  const missing: string[] = [];
  const found = namesOf(defaultCodecs, (names) => missing.push(...names));
  assert.deepEqual(found, ['PCMU/8000', 'PCMA/8000', 'speex/16000', 'speex/8000']);
  assert.deepEqual(missing, ['G722', 'opus', 'iLBC', 'GSM', 'G726-32']);
  assert.throws(() => namesOf(['PCMU', 'speex/32000']), /media\.codecs\[1\]: no codec "speex\/32000" is loaded/);
});
