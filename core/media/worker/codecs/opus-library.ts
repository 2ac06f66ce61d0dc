/**
 * libopus as this machine has it: the system's library through koffi, or compiled to WebAssembly
 * (package `@evan/opus`, whose native build crashes when a thread ends and is not used). Both keep a
 * coder's state in plain memory without pointers to itself, so that it can be copied.
 */
import { findPackageAsset, openNativeLibrary } from '../../../runtime/index.ts';
import { loadWasmOpus, wasmOpusFiles } from './opus-wasm.ts';

/** Requests of `opus_encoder_ctl` and `opus_decoder_ctl` (opus_defines.h). */
export const opusRequest = {
  setBitrate: 4002,
  setMaxBandwidth: 4004,
  setVbr: 4006,
  setComplexity: 4010,
  setInbandFec: 4012,
  setPacketLossPercent: 4014,
  setDtx: 4016,
  setSignal: 4024,
  resetState: 4028,
} as const;
export const opusVoip = 2048;
export const opusSignalVoice = 3001;

/** Memory of one encoder or decoder. */
export interface OpusState {
  /** A copy that another thread of this process can take over. */
  copy(): SharedArrayBuffer;
  /** Goes on from a copy; false where it does not fit. */
  adopt(copy: SharedArrayBuffer): boolean;
  /** Frees what lies outside of the heap. */
  dispose(): void;
}

export interface OpusEncoder extends OpusState {
  control(request: number, value: number): void;
  /** At most `room` bytes. Returns the bytes written, or a negative error. */
  encode(samples: Int16Array, count: number, payload: Uint8Array, room: number): number;
}

export interface OpusDecoder extends OpusState {
  /** At most `count` samples; a null payload conceals, `fec` reads the copy of the frame before. Negative: an error. */
  decode(payload: Uint8Array | null, length: number, samples: Int16Array, count: number, fec: boolean): number;
}

export interface OpusLibrary {
  /** For logs. */
  readonly name: string;
  /** Mono. */
  createEncoder(sampleRateHz: number): OpusEncoder;
  /** Mono: stereo is mixed down. */
  createDecoder(sampleRateHz: number): OpusDecoder;
}

const systemNames = ['libopus.so.0', 'libopus.so', 'libopus.0.dylib', 'libopus-0.dll', 'opus.dll'];
const missing = 'neither libopus (apt install libopus0) nor the package @evan/opus is installed';

let native: OpusLibrary | null | undefined;
let wasm: OpusLibrary | undefined;

/** Why there is no Opus here; null where there is. Compiles nothing. */
export function opusUnavailable(): string | null {
  if (systemLibrary() !== null || wasmOpusFiles.some((file) => findPackageAsset(file) !== null)) return null;
  return missing;
}

/** The library of this thread, loaded with the first call. @throws Error where there is none. */
export function opusLibrary(): OpusLibrary {
  return systemLibrary() ?? wasmLibrary();
}

/** The WebAssembly build. @throws Error where the package is not there. */
export function wasmLibrary(): OpusLibrary {
  wasm ??= loadWasmOpus() ?? undefined;
  if (wasm === undefined) throw new Error(missing);
  return wasm;
}

/** The system's; null where it, or koffi, is not there. */
export function systemLibrary(): OpusLibrary | null {
  if (native === undefined) native = bindSystem();
  return native;
}

function bindSystem(): OpusLibrary | null {
  const library = openNativeLibrary(systemNames);
  if (library === null) return null;
  try {
    const state = 'void *';
    const encoderSize = library.func('opus_encoder_get_size', 'int', ['int'])(1);
    const decoderSize = library.func('opus_decoder_get_size', 'int', ['int'])(1);
    const startEncoder = library.func('opus_encoder_init', 'int', [state, 'int', 'int', 'int']);
    const startDecoder = library.func('opus_decoder_init', 'int', [state, 'int', 'int']);
    const encode = library.func('opus_encode', 'int', [state, 'void *', 'int', 'void *', 'int']);
    const decode = library.func('opus_decode', 'int', [state, 'void *', 'int', 'void *', 'int', 'int']);
    const control = library.control('opus_encoder_ctl');
    return {
      name: library.func('opus_get_version_string', 'str', [])(),
      createEncoder(sampleRateHz) {
        const memory = stateMemory(encoderSize);
        check(startEncoder(memory, sampleRateHz, 1, opusVoip));
        return {
          ...ownMemory(memory),
          control: (request, value) => void control(memory, request, value),
          encode: (samples, count, payload, room) =>
            encode(memory, samples, count, payload, Math.min(payload.length, room)),
        };
      },
      createDecoder(sampleRateHz) {
        const memory = stateMemory(decoderSize);
        check(startDecoder(memory, sampleRateHz, 1));
        return {
          ...ownMemory(memory),
          decode: (payload, length, samples, count, fec) =>
            decode(memory, payload, payload === null ? 0 : length, samples, count, fec ? 1 : 0),
        };
      },
    };
  } catch {
    return null; // another library of that name
  }
}

function stateMemory(size: number): Uint8Array {
  return new Uint8Array(size);
}

/** The heap's garbage collector frees the memory; its address never changes. */
function ownMemory(memory: Uint8Array): OpusState {
  return {
    copy() {
      const copy = new SharedArrayBuffer(memory.length);
      new Uint8Array(copy).set(memory);
      return copy;
    },
    adopt(copy) {
      if (copy.byteLength !== memory.length) return false;
      memory.set(new Uint8Array(copy));
      return true;
    },
    dispose() {},
  };
}

function check(result: number): void {
  if (result < 0) throw new Error(`libopus refused to start: error ${result}`);
}
