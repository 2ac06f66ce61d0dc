import type { AudioReader, DecodedAudio } from '../records.ts';

/** Everything that a reader has, in one piece. */
export function readAll(reader: AudioReader): DecodedAudio {
  try {
    const samples = new Int16Array(reader.maxSamples);
    let filled = 0;
    for (let got = reader.read(samples); got > 0; got = reader.read(samples.subarray(filled))) filled += got;
    return { sampleRateHz: reader.sampleRateHz, samples: samples.subarray(0, filled) };
  } finally {
    reader.dispose?.();
  }
}
