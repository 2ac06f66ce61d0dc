/** iLBC in files (RFC 3952, section 9): `#!iLBC20\n` or `#!iLBC30\n`, then frames of 38 or 50 bytes. */
import { codecs } from '../codecs/ilbc.ts';
import type { AudioReader, Codec, FormatRecord } from '../records.ts';
import { type BlockCoding, BlockReader, blockWriter } from './blocks.ts';
import { damaged, impossible } from './damage.ts';
import { readAll } from './read-all.ts';

const rateHz = 8000;
const headerBytes = 9;

function newCodec(frameMs: 20 | 30): Codec {
  const record = codecs.find(({ name }) => name.toLowerCase() === 'ilbc');
  if (record === undefined) throw impossible('iLBC', 'the codec is not loaded');
  return record.create({ fmtp: `mode=${frameMs}`, ptimeMs: frameMs });
}

function coding(frameMs: 20 | 30): BlockCoding {
  const bytes = frameMs === 20 ? 38 : 50;
  const samples = frameMs * 8;
  return {
    bytes,
    samples,
    newDecoder() {
      const codec = newCodec(frameMs);
      return (file, at, out) => void codec.decode(file.subarray(at, at + bytes), bytes, out);
    },
    newEncoder() {
      const codec = newCodec(frameMs);
      return (block, file, at) => void codec.encode(block, samples, file.subarray(at, at + bytes));
    },
  };
}

const codings: { readonly [subtype: string]: BlockCoding } = { iLBC30: coding(30), iLBC20: coding(20) };

function open(bytes: Uint8Array): AudioReader {
  const header = String.fromCharCode(...bytes.subarray(0, headerBytes));
  const found = Object.entries(codings).find(([subtype]) => header === `#!${subtype}\n`);
  if (found === undefined) throw damaged('iLBC', 0, 'neither "#!iLBC20" nor "#!iLBC30" at the start');
  return new BlockReader(bytes.subarray(headerBytes), found[1], rateHz);
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['ilbc', 'lbc'],
    mime: 'audio/iLBC',
    subtypes: Object.keys(codings),
    costly: true,
    open,
    decode: (bytes) => readAll(open(bytes)),
    writerRateHz: rateHz,
    writer(sampleRateHz, { channels = 1, subtype = 'iLBC30' } = {}) {
      const chosen = Object.hasOwn(codings, subtype) ? codings[subtype] : undefined;
      if (chosen === undefined) throw impossible('iLBC', `no subtype ${subtype}; ${Object.keys(codings).join(', ')}`);
      if (channels !== 1 || sampleRateHz !== rateHz) throw impossible('iLBC', 'one channel at 8000 Hz only');
      const header = Uint8Array.from(`#!${subtype}\n`, (character) => character.charCodeAt(0));
      return blockWriter(chosen, () => header.slice());
    },
  },
];
