/** libopus in WebAssembly: the files of `@evan/opus`, bound by us (its own face has no FEC and no concealment). */
import { readPackageAsset } from '../../../runtime/index.ts';
import type { OpusLibrary, OpusState } from './opus-library.ts';

/** With SIMD instructions first. */
export const wasmOpusFiles: readonly string[] = ['@evan/opus/wasm/simd.wasm', '@evan/opus/wasm/opus.wasm'];

const voip = 2048;
const longestPayload = 1500;
/** 120 ms at 48 kHz. */
const longestSamples = 5760;

type Call = (...values: number[]) => number;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Of the JavaScript API of WebAssembly, what is used here. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly [module: string]: { readonly [name: string]: Call } },
  ) => { readonly exports: { readonly [name: string]: unknown } };
};

interface Wasm {
  readonly memory: WasmMemory;
  call(name: string): Call;
}

/** Null where the package is not there, or does not fit. */
export function loadWasmOpus(): OpusLibrary | null {
  for (const file of wasmOpusFiles) {
    const bytes = readPackageAsset(file);
    if (bytes === null || !WebAssembly.validate(bytes)) continue;
    try {
      return bind(instantiate(bytes), file);
    } catch {
      // The build without SIMD may fit.
    }
  }
  return null;
}

function instantiate(bytes: Uint8Array): Wasm {
  const nothing = (): number => 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
    env: { emscripten_notify_memory_growth: nothing },
  });
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('no memory');
  return {
    memory,
    call(name) {
      const found: unknown = exports[name];
      if (!isCall(found)) throw new Error(`no function ${name}`);
      return found;
    },
  };
}

function isCall(value: unknown): value is Call {
  return typeof value === 'function';
}

function bind(wasm: Wasm, name: string): OpusLibrary {
  const { memory } = wasm;
  const malloc = wasm.call('malloc');
  const free = wasm.call('free');
  const encoderSize = wasm.call('opus_encoder_get_size')(1);
  const decoderSize = wasm.call('opus_decoder_get_size')(1);
  const startEncoder = wasm.call('opus_encoder_init');
  const startDecoder = wasm.call('opus_decoder_init');
  const encode = wasm.call('opus_encode');
  const decode = wasm.call('opus_decode');
  const control = wasm.call('opus_encoder_ctl_set');
  // One calls at a time: all coders share these.
  const payloadAt = malloc(longestPayload);
  const samplesAt = malloc(longestSamples * 2);
  // Views end with the memory's growth.
  let bytes = new Uint8Array(memory.buffer);
  let words = new Int16Array(memory.buffer);
  const look = (): void => {
    if (bytes.buffer === memory.buffer) return;
    bytes = new Uint8Array(memory.buffer);
    words = new Int16Array(memory.buffer);
  };

  const allocate = (size: number): number => {
    const at = malloc(size);
    if (at === 0) throw new Error('no memory for another Opus coder');
    look();
    return at;
  };
  const own = (at: number, size: number): OpusState => {
    let isFree = false;
    return {
      copy() {
        look();
        const copy = new SharedArrayBuffer(size);
        new Uint8Array(copy).set(bytes.subarray(at, at + size));
        return copy;
      },
      adopt(copy) {
        if (copy.byteLength !== size) return false;
        look();
        bytes.set(new Uint8Array(copy), at);
        return true;
      },
      dispose() {
        if (!isFree) free(at);
        isFree = true;
      },
    };
  };

  return {
    name: `libopus in WebAssembly (${name})`,
    createEncoder(sampleRateHz) {
      const at = allocate(encoderSize);
      if (startEncoder(at, sampleRateHz, 1, voip) < 0) throw new Error('libopus refused to start');
      return {
        ...own(at, encoderSize),
        control: (request, value) => void control(at, request, value),
        encode(samples, count, payload, room) {
          look();
          const first = samplesAt >> 1;
          for (let i = 0; i < count; i++) words[first + i] = samples[i] as number;
          const length = encode(at, samplesAt, count, payloadAt, Math.min(payload.length, room, longestPayload));
          look();
          for (let i = 0; i < length; i++) payload[i] = bytes[payloadAt + i] as number;
          return length;
        },
      };
    },
    createDecoder(sampleRateHz) {
      const at = allocate(decoderSize);
      if (startDecoder(at, sampleRateHz, 1) < 0) throw new Error('libopus refused to start');
      return {
        ...own(at, decoderSize),
        decode(payload, length, samples, count, fec) {
          look();
          const used = payload === null ? 0 : Math.min(length, longestPayload);
          for (let i = 0; i < used && payload !== null; i++) bytes[payloadAt + i] = payload[i] as number;
          const room = Math.min(count, longestSamples);
          const written = decode(at, used === 0 ? 0 : payloadAt, used, samplesAt, room, fec ? 1 : 0);
          look();
          const first = samplesAt >> 1;
          for (let i = 0; i < written; i++) samples[i] = words[first + i] as number;
          return written;
        },
      };
    },
  };
}
