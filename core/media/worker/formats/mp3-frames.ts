/**
 * The frames of an MPEG audio file, layer III, without decoding: so its length is known before a
 * sample is made, and only what is a frame reaches the decoder.
 *
 *   11111111 111vvllp │ bbbbrrx… : v version, l layer, p no CRC, b bit rate, r sampling rate, x padding
 */
import { damaged, tagAt } from './damage.ts';

/** kbit/s by index, version 1 and versions 2 and 2.5; 0: free format. */
const bitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const bitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** Hz by index, version 1; halved for version 2, quartered for 2.5. */
const rates1 = [44_100, 48_000, 32_000];

export interface Mp3Frame {
  readonly start: number;
  readonly bytes: number;
  readonly sampleRateHz: number;
  /** Of each channel. */
  readonly samples: number;
}

/** Bytes that are no frame between two that are: more of them in one place is no MP3 file. */
const maxGapBytes = 65_536;

/** The header of a frame at `at`, or null when none begins there. */
export function frameAt(bytes: Uint8Array, at: number): Mp3Frame | null {
  if (at + 4 > bytes.length || bytes[at] !== 0xff) return null;
  const second = bytes[at + 1] as number;
  const third = bytes[at + 2] as number;
  const version = (second >> 3) & 3; // 0: 2.5, 2: 2, 3: 1
  if (second >> 5 !== 7 || version === 1 || ((second >> 1) & 3) !== 1) return null;
  const isVersion1 = version === 3;
  const kbitPerSecond = (isVersion1 ? bitRates1 : bitRates2)[third >> 4];
  const rate = rates1[(third >> 2) & 3];
  if (kbitPerSecond === undefined || kbitPerSecond === 0 || rate === undefined) return null;
  const sampleRateHz = rate / (isVersion1 ? 1 : version === 2 ? 2 : 4);
  const samples = isVersion1 ? 1152 : 576;
  const size = Math.floor((samples * 125 * kbitPerSecond) / sampleRateHz) + ((third >> 1) & 1);
  return { start: at, bytes: size, sampleRateHz, samples };
}

export interface Mp3Frames {
  readonly first: Mp3Frame;
  /** Starts of all frames, in order. */
  readonly starts: Uint32Array;
  /** At the rate of the first frame. */
  readonly maxSamples: number;
}

/** All whole frames. ID3 tags at both ends and junk between frames are skipped. @throws CodedError `file.format`. */
export function findFrames(bytes: Uint8Array): Mp3Frames {
  const starts: number[] = [];
  let first: Mp3Frame | null = null;
  let seconds = 0;
  let lastEnd = afterId3(bytes);
  for (let at = lastEnd; at + 4 <= bytes.length; ) {
    const frame = frameAt(bytes, at);
    if (frame === null || !isFollowed(bytes, frame)) {
      if (at - lastEnd > maxGapBytes && first !== null) break;
      if (at - lastEnd > maxGapBytes) throw damaged('MP3', lastEnd, `no frame in the next ${maxGapBytes} bytes`);
      at++;
      continue;
    }
    first ??= frame;
    starts.push(at);
    seconds += frame.samples / frame.sampleRateHz;
    at += frame.bytes;
    lastEnd = at;
  }
  if (first === null) throw damaged('MP3', lastEnd, 'no frame of MPEG layer III with a stated bit rate');
  const maxSamples = Math.ceil(seconds * first.sampleRateHz) + first.samples * 2;
  return { first, starts: Uint32Array.from(starts), maxSamples };
}

/** A frame is one when another follows it, or the file ends with it: four bytes may look like one by chance. */
function isFollowed(bytes: Uint8Array, frame: Mp3Frame): boolean {
  const end = frame.start + frame.bytes;
  if (end > bytes.length) return false;
  if (end + 4 > bytes.length || tagAt(bytes, end).startsWith('TAG')) return true;
  return bytes[end] === 0xff && (bytes[end + 1] as number) >> 5 === 7;
}

/** ID3v2: 'ID3' version(2) flags(1) size(4, seven bits each). */
function afterId3(bytes: Uint8Array): number {
  if (bytes.length < 10 || !tagAt(bytes, 0).startsWith('ID3')) return 0;
  let size = 0;
  for (let i = 6; i < 10; i++) size = (size << 7) | ((bytes[i] as number) & 0x7f);
  return Math.min(bytes.length, 10 + size + (((bytes[5] as number) & 0x10) === 0 ? 0 : 10));
}
