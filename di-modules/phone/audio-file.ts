/** WAV files of the phone: read at any rate, written at 8 kHz. */
import { decodeWav, encodeWav, type Files, resample } from '../../core/index.ts';
import { sampleRateHz } from './rtp-session.ts';

const largestFileBytes = 200_000_000;

/** Samples at 8 kHz. @throws CodedError `file.*`. */
export async function loadAudio(files: Files, path: string): Promise<Int16Array> {
  const audio = decodeWav(await files.read(path, { limitBytes: largestFileBytes }));
  return audio.sampleRateHz === sampleRateHz
    ? audio.samples
    : resample(audio.samples, audio.sampleRateHz, sampleRateHz);
}

/** @throws CodedError `file.failed`. */
export async function saveAudio(files: Files, path: string, samples: Int16Array): Promise<void> {
  await files.write(path, encodeWav({ sampleRateHz, samples }));
}
