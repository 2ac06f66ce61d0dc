/**
 * GSM 06.10 in files: plain frames of 33 bytes (`.gsm`), as on the wire (RFC 3551, 4.5.8), and pairs of
 * frames in 65 bytes inside of WAV files (WAV49).
 */
import {
  decodeGsmFrame,
  decodeGsmPair,
  encodeGsmFrame,
  encodeGsmPair,
  GsmDecoderState,
  GsmEncoderState,
  gsmFrameBytes,
  gsmPairBytes,
} from '../codecs/gsm.ts';
import type { AudioReader, FormatRecord } from '../records.ts';
import { type BlockCoding, BlockReader, blockWriter } from './blocks.ts';
import { damaged, impossible } from './damage.ts';
import { noHeader } from './raw.ts';
import { readAll } from './read-all.ts';

const frameSamples = 160;
const rateHz = 8000;
const signature = 0xd;

const frames: BlockCoding = {
  bytes: gsmFrameBytes,
  samples: frameSamples,
  newDecoder() {
    const state = new GsmDecoderState();
    return (bytes, at, samples) => void decodeGsmFrame(state, bytes, at, samples, 0);
  },
  newEncoder() {
    const state = new GsmEncoderState();
    return (samples, bytes, at) => encodeGsmFrame(state, samples, 0, bytes, at);
  },
};

/** The blocks of WAV49. */
export const gsmPairs: BlockCoding = {
  bytes: gsmPairBytes,
  samples: 2 * frameSamples,
  newDecoder() {
    const state = new GsmDecoderState();
    return (bytes, at, samples) => decodeGsmPair(state, bytes, at, samples, 0);
  },
  newEncoder() {
    const state = new GsmEncoderState();
    return (samples, bytes, at) => encodeGsmPair(state, samples, 0, bytes, at);
  },
};

function open(bytes: Uint8Array): AudioReader {
  for (let at = 0; at + gsmFrameBytes <= bytes.length; at += gsmFrameBytes) {
    if ((bytes[at] as number) >> 4 !== signature) {
      throw damaged('GSM', at, 'no frame begins here (its first four bits are not 1101)');
    }
  }
  return new BlockReader(bytes, frames, rateHz);
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['gsm'],
    mime: 'audio/GSM',
    costly: true,
    open,
    decode: (bytes) => readAll(open(bytes)),
    writerRateHz: rateHz,
    writer(sampleRateHz, { channels = 1 } = {}) {
      if (channels !== 1 || sampleRateHz !== rateHz) throw impossible('GSM', 'one channel at 8000 Hz only');
      return blockWriter(frames, noHeader);
    },
  },
];
