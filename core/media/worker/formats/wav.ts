/**
 * RIFF WAVE files. Read: PCM of 8, 16, 24 and 32 bits, A-law, µ-law, plain or as
 * WAVE_FORMAT_EXTENSIBLE, any rate, several channels averaged to one. Written: PCM of 16 bits.
 *
 *   'RIFF' size 'WAVE'  then chunks:  name(4) size(4, little endian) data [pad to even]
 *
 * Unknown chunks are skipped; a data chunk of unknown or wrong length (a recorder that died, a
 * pipe) reaches to the end of the file, as other readers do it.
 */
import { CodedError } from '../../../runtime/index.ts';
import { alawToLinear, ulawToLinear } from '../codecs/g711.ts';
import type { DecodedAudio, FormatRecord, FormatWriter } from '../records.ts';

const formatPcm = 1;
const formatAlaw = 6;
const formatUlaw = 7;
const formatExtensible = 0xfffe;
const maxChannels = 8;
const headerBytes = 44;

interface WavFormat {
  readonly code: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bytesPerSample: number;
}

/** Decodes a WAV file. @throws CodedError `file.format` naming the byte. */
export function decodeWav(bytes: Uint8Array): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw damaged(bytes.length, 'the file ends inside the RIFF header');
  if (tag(bytes, 0) !== 'RIFF') throw damaged(0, 'no "RIFF" at the start');
  if (tag(bytes, 8) !== 'WAVE') throw damaged(8, 'no "WAVE" after the RIFF size');
  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(bytes, at);
    const sizeBytes = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name === 'fmt ') format = readFormat(view, start, sizeBytes);
    if (name === 'data') {
      if (format === null) throw damaged(at, 'the data chunk comes before the format chunk');
      return readSamples(view, start, Math.min(sizeBytes, bytes.length - start), format);
    }
    at = start + sizeBytes + (sizeBytes & 1);
  }
  if (format === null) throw damaged(bytes.length, 'no format chunk');
  throw damaged(bytes.length, 'no data chunk');
}

function readFormat(view: DataView, start: number, sizeBytes: number): WavFormat {
  if (sizeBytes < 16) throw damaged(start - 4, `a format chunk of ${sizeBytes} bytes, at least 16 expected`);
  if (start + 16 > view.byteLength) throw damaged(view.byteLength, 'the file ends inside the format chunk');
  let code = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (code === formatExtensible) {
    if (sizeBytes < 40 || start + 26 > view.byteLength) throw damaged(start, 'an extensible format chunk is too short');
    code = view.getUint16(start + 24, true); // the first two bytes of the sub-format's GUID
  }
  if (channels < 1 || channels > maxChannels) throw damaged(start + 2, `${channels} channels`);
  if (sampleRateHz < 4000 || sampleRateHz > 192_000) throw damaged(start + 4, `a sample rate of ${sampleRateHz} Hz`);
  if (code !== formatPcm && code !== formatAlaw && code !== formatUlaw) {
    throw damaged(start, `audio format ${code}, only PCM (1), A-law (6) and µ-law (7) are read`);
  }
  const wanted = code === formatPcm ? [8, 16, 24, 32] : [8];
  if (!wanted.includes(bits)) throw damaged(start + 14, `${bits} bits a sample`);
  return { code, channels, sampleRateHz, bytesPerSample: bits / 8 };
}

function readSamples(view: DataView, start: number, sizeBytes: number, format: WavFormat): DecodedAudio {
  const { channels, bytesPerSample, sampleRateHz } = format;
  const blockBytes = channels * bytesPerSample;
  const count = Math.floor(sizeBytes / blockBytes);
  const samples = new Int16Array(count);
  const read = reader(format);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(view, start + i * blockBytes + c * bytesPerSample);
    samples[i] = channels === 1 ? sum : Math.round(sum / channels);
  }
  return { sampleRateHz, samples };
}

function reader({ code, bytesPerSample }: WavFormat): (view: DataView, at: number) => number {
  if (code === formatAlaw) return (view, at) => alawToLinear[view.getUint8(at)] as number;
  if (code === formatUlaw) return (view, at) => ulawToLinear[view.getUint8(at)] as number;
  // PCM of 8 bits is unsigned, everything wider is signed.
  if (bytesPerSample === 1) return (view, at) => (view.getUint8(at) - 128) << 8;
  if (bytesPerSample === 2) return (view, at) => view.getInt16(at, true);
  return (view, at) => view.getInt16(at + bytesPerSample - 2, true); // the upper 16 bits
}

/** A complete WAV file: PCM of 16 bits, one channel. */
export function encodeWav(audio: DecodedAudio): Uint8Array {
  const writer = wavWriter(audio.sampleRateHz);
  const data = writer.encode(audio.samples, audio.samples.length);
  const file = new Uint8Array(headerBytes + data.length);
  file.set(writer.header(data.length));
  file.set(data, headerBytes);
  return file;
}

/** Writes PCM of 16 bits, one channel, piece by piece. */
export function wavWriter(sampleRateHz: number): FormatWriter {
  return {
    header(dataBytes) {
      const header = new Uint8Array(headerBytes);
      const view = new DataView(header.buffer);
      setTag(header, 0, 'RIFF');
      view.setUint32(4, headerBytes - 8 + dataBytes, true);
      setTag(header, 8, 'WAVE');
      setTag(header, 12, 'fmt ');
      view.setUint32(16, 16, true);
      view.setUint16(20, formatPcm, true);
      view.setUint16(22, 1, true);
      view.setUint32(24, sampleRateHz, true);
      view.setUint32(28, sampleRateHz * 2, true);
      view.setUint16(32, 2, true);
      view.setUint16(34, 16, true);
      setTag(header, 36, 'data');
      view.setUint32(40, dataBytes, true);
      return header;
    },
    encode(samples, count) {
      const bytes = new Uint8Array(count * 2);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < count; i++) view.setInt16(i * 2, samples[i] as number, true);
      return bytes;
    },
  };
}

export const formats: readonly FormatRecord[] = [
  { extensions: ['wav', 'wave'], mime: 'audio/x-wav', decode: decodeWav, writer: wavWriter },
];

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function setTag(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = text.charCodeAt(i);
}

function damaged(byte: number, what: string): CodedError {
  return new CodedError('file.format', `WAV, byte ${byte}: ${what}`);
}
