import { codecs } from '../../../../core/media/worker/codecs/g711.ts';

/** A whole recording as PCMU. */
export function ulawEncode(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  codecs
    .find(({ name }) => name === 'PCMU')
    ?.create()
    .encode(samples, samples.length, bytes);
  return bytes;
}
