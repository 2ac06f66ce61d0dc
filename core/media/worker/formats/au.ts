/**
 * Sun and NeXT audio (`.au`, `.snd`).
 *
 *   '.snd' │ data offset │ data size (0xffffffff: unknown) │ encoding │ rate │ channels │ text │ data
 *
 * All numbers have 32 bits, big endian.
 */
import type { AudioReader, FormatRecord, FormatWriter, WriterOptions } from '../records.ts';
import { damaged, impossible, setTag, tagAt } from './damage.ts';
import { readAll } from './read-all.ts';
import { type SampleKind, SampleReader, sampleWriter } from './samples.ts';

const headerBytes = 24;
const maxChannels = 8;

const kinds: { readonly [encoding: number]: SampleKind } = {
  1: 'ulaw',
  2: 's8',
  3: 's16be',
  4: 's24be',
  5: 's32be',
  6: 'f32be',
  7: 'f64be',
  27: 'alaw',
};

const subtypes: { readonly [name: string]: number } = { 'Mu-Law': 1, 'A-Law': 27, Pcm16: 3 };

function open(bytes: Uint8Array): AudioReader {
  if (bytes.length < headerBytes) throw bad(bytes.length, 'the file ends inside its header');
  if (tagAt(bytes, 0) !== '.snd') throw bad(0, 'no ".snd" at the start');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(4);
  const encoding = view.getUint32(12);
  const rateHz = view.getUint32(16);
  const channels = view.getUint32(20);
  if (start < headerBytes || start > bytes.length) throw bad(4, `the data begin at byte ${start}`);
  const kind = kinds[encoding];
  if (kind === undefined) throw bad(12, `encoding ${encoding}`);
  if (rateHz < 4000 || rateHz > 192_000) throw bad(16, `a sample rate of ${rateHz} Hz`);
  if (channels < 1 || channels > maxChannels) throw bad(20, `${channels} channels`);
  const size = view.getUint32(8);
  const present = bytes.length - start;
  return new SampleReader(
    bytes.subarray(start, start + (size === 0 ? present : Math.min(size, present))),
    kind,
    channels,
    rateHz,
  );
}

function writer(rateHz: number, { channels = 1, subtype = 'Mu-Law' }: WriterOptions = {}): FormatWriter {
  const encoding = Object.hasOwn(subtypes, subtype) ? subtypes[subtype] : undefined;
  const kind = encoding === undefined ? undefined : kinds[encoding];
  if (encoding === undefined || kind === undefined) {
    throw impossible('AU', `no subtype ${subtype}; ${Object.keys(subtypes).join(', ')}`);
  }
  const header = (dataBytes: number): Uint8Array => {
    const bytes = new Uint8Array(headerBytes);
    const view = new DataView(bytes.buffer);
    setTag(bytes, 0, '.snd');
    view.setUint32(4, headerBytes);
    view.setUint32(8, Math.min(dataBytes, 0xfffffffe));
    view.setUint32(12, encoding);
    view.setUint32(16, rateHz);
    view.setUint32(20, channels);
    return bytes;
  };
  const samples = sampleWriter(kind, channels, header);
  if (samples === null) throw impossible('AU', `${subtype} is only read`);
  return samples;
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['au', 'snd'],
    mime: 'audio/basic',
    subtypes: Object.keys(subtypes),
    open: (bytes) => open(bytes),
    decode: (bytes) => readAll(open(bytes)),
    writer,
  },
];

function bad(byte: number, what: string): Error {
  return damaged('AU', byte, what);
}
