/**
 * RIFF WAVE files. Read: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, A-law, µ-law, GSM 06.10
 * (WAV49), plain or as WAVE_FORMAT_EXTENSIBLE, and RF64; any rate, several channels averaged to one.
 *
 *   'RIFF' size 'WAVE'  then chunks:  name(4) size(4, little endian) data [pad to even]
 *
 * Unknown chunks are skipped; a data chunk of unknown or wrong length (a recorder that died, a
 * pipe) reaches to the end of the file, as other readers do it.
 */
import type { AudioReader, DecodedAudio, FormatRecord } from '../records.ts';
import { BlockReader } from './blocks.ts';
import { damaged, tagAt } from './damage.ts';
import { gsmPairs } from './gsm.ts';
import { readAll } from './read-all.ts';
import { type SampleKind, SampleReader } from './samples.ts';
import { wavSubtypes, wavWriter } from './wav-writer.ts';

const formatPcm = 1;
const formatFloat = 3;
const formatAlaw = 6;
const formatUlaw = 7;
const formatGsm = 0x31;
const formatExtensible = 0xfffe;
const maxChannels = 8;
/** A size that says nothing: a recorder or a pipe that did not come to its end. */
const unknownSizes: readonly number[] = [0, 0xffffffff];

interface WavFormat {
  readonly kind: SampleKind | 'gsm';
  readonly channels: number;
  readonly sampleRateHz: number;
}

/** Reads a WAV file piece by piece. @throws CodedError `file.format` naming the byte. */
export function openWav(bytes: Uint8Array): AudioReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw bad(bytes.length, 'the file ends inside the RIFF header');
  const riff = tagAt(bytes, 0);
  if (riff !== 'RIFF' && riff !== 'RF64') throw bad(0, 'no "RIFF" at the start');
  if (tagAt(bytes, 8) !== 'WAVE') throw bad(8, 'no "WAVE" after the RIFF size');
  let format: WavFormat | null = null;
  let longDataBytes: number | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tagAt(bytes, at);
    const sizeBytes = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name === 'fmt ') format = readFormat(view, start, sizeBytes);
    // EBU Tech 3306: the true size of the data chunk stands in the ds64 chunk, in 64 bits.
    if (name === 'ds64' && sizeBytes >= 16 && start + 16 <= bytes.length) {
      longDataBytes = Number(view.getBigUint64(start + 8, true));
    }
    if (name === 'data') {
      if (format === null) throw bad(at, 'the data chunk comes before the format chunk');
      const present = bytes.length - start;
      const declared = sizeBytes === 0xffffffff && longDataBytes !== null ? longDataBytes : sizeBytes;
      const isUnknown = unknownSizes.includes(sizeBytes) && declared === sizeBytes && !isChunk(view, bytes, start);
      return openData(bytes.subarray(start, start + (isUnknown ? present : Math.min(declared, present))), format);
    }
    at = start + sizeBytes + (sizeBytes & 1);
  }
  if (format === null) throw bad(bytes.length, 'no format chunk');
  throw bad(bytes.length, 'no data chunk');
}

function openData(data: Uint8Array, { kind, channels, sampleRateHz }: WavFormat): AudioReader {
  return kind === 'gsm'
    ? new BlockReader(data, gsmPairs, sampleRateHz)
    : new SampleReader(data, kind, channels, sampleRateHz);
}

/** Decodes a whole WAV file. @throws CodedError `file.format` naming the byte. */
export function decodeWav(bytes: Uint8Array): DecodedAudio {
  return readAll(openWav(bytes));
}

/** Does another chunk begin here? Then an empty data chunk is what it says. */
function isChunk(view: DataView, bytes: Uint8Array, at: number): boolean {
  if (at + 8 > bytes.length) return at === bytes.length;
  return /^[A-Za-z][A-Za-z0-9_ ]{3}$/.test(tagAt(bytes, at)) && at + 8 + view.getUint32(at + 4, true) <= bytes.length;
}

function readFormat(view: DataView, start: number, sizeBytes: number): WavFormat {
  if (sizeBytes < 16) throw bad(start - 4, `a format chunk of ${sizeBytes} bytes, at least 16 expected`);
  if (start + 16 > view.byteLength) throw bad(view.byteLength, 'the file ends inside the format chunk');
  let code = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (code === formatExtensible) {
    if (sizeBytes < 40 || start + 26 > view.byteLength) throw bad(start, 'an extensible format chunk is too short');
    code = view.getUint16(start + 24, true); // the first two bytes of the sub-format's GUID
  }
  if (channels < 1 || channels > maxChannels) throw bad(start + 2, `${channels} channels`);
  if (sampleRateHz < 4000 || sampleRateHz > 192_000) throw bad(start + 4, `a sample rate of ${sampleRateHz} Hz`);
  if (code === formatGsm) {
    if (channels !== 1) throw bad(start + 2, `GSM with ${channels} channels`);
    return { kind: 'gsm', channels, sampleRateHz };
  }
  const kinds = kindsOf[code];
  if (kinds === undefined) {
    throw bad(start, `audio format ${code}; PCM (1), float (3), A-law (6), µ-law (7) and GSM (49) are read`);
  }
  const kind = kinds[bits];
  if (kind === undefined) throw bad(start + 14, `${bits} bits a sample`);
  return { kind, channels, sampleRateHz };
}

/** Format code, bits. PCM of 8 bits is unsigned, everything wider is signed. */
const kindsOf: { readonly [code: number]: { readonly [bits: number]: SampleKind } } = {
  [formatPcm]: { 8: 'u8', 16: 's16le', 24: 's24le', 32: 's32le' },
  [formatFloat]: { 32: 'f32le', 64: 'f64le' },
  [formatAlaw]: { 8: 'alaw' },
  [formatUlaw]: { 8: 'ulaw' },
};

/** A complete WAV file: PCM of 16 bits, one channel. */
export function encodeWav(audio: DecodedAudio): Uint8Array {
  const writer = wavWriter(audio.sampleRateHz);
  const data = writer.encode(audio.samples, audio.samples.length);
  const header = writer.header(data.length);
  const file = new Uint8Array(header.length + data.length);
  file.set(header);
  file.set(data, header.length);
  return file;
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['wav', 'wave'],
    mime: 'audio/x-wav',
    subtypes: wavSubtypes,
    decode: decodeWav,
    open: openWav,
    writer: wavWriter,
  },
  {
    extensions: ['wav49'],
    mime: 'audio/x-wav',
    costly: true,
    decode: decodeWav,
    open: openWav,
    writerRateHz: 8000,
    writer: (rateHz, options = {}) => wavWriter(rateHz, { ...options, subtype: 'Gsm' }),
  },
];

function bad(byte: number, what: string): Error {
  return damaged('WAV', byte, what);
}
