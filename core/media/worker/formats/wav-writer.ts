/** Writes WAV files: the header is the same length whatever follows, so it can be rewritten. */
import type { FormatWriter, WriterOptions } from '../records.ts';
import { blockWriter } from './blocks.ts';
import { impossible, setTag } from './damage.ts';
import { gsmPairs } from './gsm.ts';
import { type SampleKind, sampleWriter } from './samples.ts';

interface Subtype {
  readonly code: number;
  readonly bits: number;
  readonly kind: SampleKind | 'gsm';
}

/** The first three are names of SEMS (core-and-sbc 3.7). */
const subtypes: { readonly [name: string]: Subtype } = {
  Pcm16: { code: 1, bits: 16, kind: 's16le' },
  'A-Law': { code: 6, bits: 8, kind: 'alaw' },
  'Mu-Law': { code: 7, bits: 8, kind: 'ulaw' },
  Pcm8: { code: 1, bits: 8, kind: 'u8' },
  Pcm24: { code: 1, bits: 24, kind: 's24le' },
  Gsm: { code: 0x31, bits: 0, kind: 'gsm' },
};

export const wavSubtypes: readonly string[] = Object.keys(subtypes);

/** Writes a WAV file piece by piece. @throws CodedError `file.format` for an unknown subtype, or GSM in stereo. */
export function wavWriter(sampleRateHz: number, options: WriterOptions = {}): FormatWriter {
  const { channels = 1, subtype = 'Pcm16' } = options;
  const chosen = Object.hasOwn(subtypes, subtype) ? subtypes[subtype] : undefined;
  if (chosen === undefined) throw impossible('WAV', `no subtype ${subtype}; ${wavSubtypes.join(', ')}`);
  const header = (dataBytes: number): Uint8Array => wavHeader(chosen, sampleRateHz, channels, dataBytes);
  if (chosen.kind === 'gsm') {
    if (channels !== 1) throw impossible('WAV', 'GSM has one channel');
    return blockWriter(gsmPairs, header);
  }
  const writer = sampleWriter(chosen.kind, channels, header);
  if (writer === null) throw impossible('WAV', `${subtype} is only read`);
  return writer;
}

/**
 * Plain PCM has a format chunk of 16 bytes; all else has its extension size (and GSM the samples of a
 * block), and a fact chunk with the number of samples.
 */
function wavHeader({ code, bits, kind }: Subtype, rateHz: number, channels: number, dataBytes: number): Uint8Array {
  const isGsm = kind === 'gsm';
  const formatBytes = code === 1 ? 16 : isGsm ? 20 : 18;
  const factBytes = code === 1 ? 0 : 12;
  const header = new Uint8Array(20 + formatBytes + factBytes + 8);
  const view = new DataView(header.buffer);
  const blockBytes = isGsm ? gsmPairs.bytes : (channels * bits) / 8;
  const bytesPerSecond = isGsm ? Math.floor((rateHz * gsmPairs.bytes) / gsmPairs.samples) : rateHz * blockBytes;
  const size = Math.min(dataBytes, 0xffffffff - header.length);
  setTag(header, 0, 'RIFF');
  view.setUint32(4, header.length - 8 + size, true);
  setTag(header, 8, 'WAVEfmt ');
  view.setUint32(16, formatBytes, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, bytesPerSecond, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, bits, true);
  if (code !== 1) {
    view.setUint16(36, formatBytes - 18, true);
    if (isGsm) view.setUint16(38, gsmPairs.samples, true);
    const fact = 20 + formatBytes;
    setTag(header, fact, 'fact');
    view.setUint32(fact + 4, 4, true);
    view.setUint32(fact + 8, isGsm ? (size / blockBytes) * gsmPairs.samples : size / blockBytes, true);
  }
  setTag(header, header.length - 8, 'data');
  view.setUint32(header.length - 4, size, true);
  return header;
}
