/**
 * Files without a header: what is in them says their name. 16 bits little endian at 8000 Hz for
 * `.raw`, `.s16` and `.sln`, at the rate of the name for `.sln16` and its like; G.711 bytes at 8000 Hz
 * for `.ul`, `.al` and their like.
 */
import type { AudioReader, FormatRecord } from '../records.ts';
import { impossible } from './damage.ts';
import { readAll } from './read-all.ts';
import { type SampleKind, SampleReader, sampleWriter } from './samples.ts';

interface RawName {
  readonly extensions: readonly string[];
  readonly kind: SampleKind;
  readonly sampleRateHz: number;
}

const linear = (rateHz: number, ...extensions: string[]): RawName => ({
  extensions,
  kind: 's16le',
  sampleRateHz: rateHz,
});

const names: readonly RawName[] = [
  linear(8000, 'raw', 's16', 'sln', 'sln8'),
  linear(12_000, 'sln12'),
  linear(16_000, 'sln16'),
  linear(24_000, 'sln24'),
  linear(32_000, 'sln32'),
  linear(44_100, 'sln44'),
  linear(48_000, 'sln48'),
  linear(96_000, 'sln96'),
  { extensions: ['ul', 'ulaw', 'mulaw', 'mu', 'pcmu', 'pcm'], kind: 'ulaw', sampleRateHz: 8000 },
  { extensions: ['al', 'alaw', 'pcma'], kind: 'alaw', sampleRateHz: 8000 },
];

/** No header at all. */
export const noHeader = (): Uint8Array => new Uint8Array(0);

function record({ extensions, kind, sampleRateHz }: RawName): FormatRecord {
  const open = (bytes: Uint8Array): AudioReader => new SampleReader(bytes, kind, 1, sampleRateHz);
  return {
    extensions,
    mime: kind === 's16le' ? 'audio/L16' : 'audio/basic',
    open,
    decode: (bytes) => readAll(open(bytes)),
    // The name promises a rate: the recorder converts to it.
    writerRateHz: sampleRateHz,
    writer(rateHz, { channels = 1 } = {}) {
      if (channels !== 1) throw impossible(`.${extensions[0]}`, 'a file without header has one channel');
      if (rateHz !== sampleRateHz) throw impossible(`.${extensions[0]}`, `${sampleRateHz} Hz only, not ${rateHz}`);
      const writer = sampleWriter(kind, 1, noHeader);
      if (writer === null) throw impossible(`.${extensions[0]}`, 'is only read');
      return writer;
    },
  };
}

export const formats: readonly FormatRecord[] = names.map(record);
