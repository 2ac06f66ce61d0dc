/** libspeex through koffi: the system's library, as there is no other of use. */
import { type NativeLibrary, openNativeLibrary } from '../../../runtime/index.ts';

/** Requests of `speex_encoder_ctl` and `speex_decoder_ctl` (speex.h). */
export const speexRequest = {
  setEnhancement: 0,
  setQuality: 4,
  setMode: 6,
  setVbr: 12,
  setComplexity: 16,
  setVad: 30,
  setDtx: 34,
} as const;

/** What the library gave: an encoder's or a decoder's state. */
export type SpeexState = bigint | object;

export interface SpeexLibrary {
  createEncoder(mode: 0 | 1): SpeexState;
  createDecoder(mode: 0 | 1): SpeexState;
  destroyEncoder(state: SpeexState): void;
  destroyDecoder(state: SpeexState): void;
  controlEncoder(state: SpeexState, request: number, value: number): void;
  controlDecoder(state: SpeexState, request: number, value: number): void;
  /** Begins a payload. */
  clear(): void;
  /** Appends a frame; false: silence that need not be sent. */
  encode(state: SpeexState, samples: Int16Array): boolean;
  /** Ends the payload (RFC 5574, section 3.3) and writes it; returns its length. */
  finish(payload: Uint8Array): number;
  /** The payload that frames are read from. */
  load(payload: Uint8Array, length: number): void;
  /** The next frame of it; false at its end. */
  decode(state: SpeexState, samples: Int16Array): boolean;
  conceal(state: SpeexState, samples: Int16Array): void;
}

let loaded: SpeexLibrary | null | undefined;

/** The library, bound once a thread; null where it, or koffi, is not there. */
export function speexLibrary(): SpeexLibrary | null {
  if (loaded === undefined) {
    const library = openNativeLibrary(['libspeex.so.1', 'libspeex.so', 'libspeex.1.dylib', 'libspeex-1.dll']);
    try {
      loaded = library === null ? null : bind(library);
    } catch {
      loaded = null; // another library of that name
    }
  }
  return loaded;
}

/** `struct SpeexBits` has 48 bytes where pointers have 8. */
const bitsBytes = 64;

function bind(library: NativeLibrary): SpeexLibrary {
  const state = 'void *';
  const modeOf = library.func('speex_lib_get_mode', state, ['int']);
  const initEncoder = library.func('speex_encoder_init', state, [state]);
  const initDecoder = library.func('speex_decoder_init', state, [state]);
  const destroyEncoder = library.func('speex_encoder_destroy', 'void', [state]);
  const destroyDecoder = library.func('speex_decoder_destroy', 'void', [state]);
  const controlEncoder = library.func('speex_encoder_ctl', 'int', [state, 'int', state]);
  const controlDecoder = library.func('speex_decoder_ctl', 'int', [state, 'int', state]);
  const encode = library.func('speex_encode_int', 'int', [state, state, state]);
  const decode = library.func('speex_decode_int', 'int', [state, state, state]);
  const reset = library.func('speex_bits_reset', 'void', [state]);
  const terminate = library.func('speex_bits_insert_terminator', 'void', [state]);
  const write = library.func('speex_bits_write', 'int', [state, state, 'int']);
  const readFrom = library.func('speex_bits_read_from', 'void', [state, state, 'int']);
  const remaining = library.func('speex_bits_remaining', 'int', [state]);
  // One calls at a time: all coders share these, for as long as the thread lives.
  const bits = new Uint8Array(bitsBytes);
  library.func('speex_bits_init', 'void', [state])(bits);
  const word = new Int32Array(1);
  const create = (init: (mode: SpeexState) => unknown, mode: 0 | 1): SpeexState => {
    const found = modeOf(mode);
    const made = found === null ? null : init(found);
    if (typeof made !== 'bigint' && (typeof made !== 'object' || made === null)) throw new Error('no memory for Speex');
    return made;
  };
  return {
    createEncoder: (mode) => create(initEncoder, mode),
    createDecoder: (mode) => create(initDecoder, mode),
    destroyEncoder,
    destroyDecoder,
    controlEncoder(of, request, value) {
      word[0] = value;
      controlEncoder(of, request, word);
    },
    controlDecoder(of, request, value) {
      word[0] = value;
      controlDecoder(of, request, word);
    },
    clear: () => reset(bits),
    encode: (of, samples) => encode(of, samples, bits) !== 0,
    finish(payload) {
      terminate(bits);
      return write(bits, payload, payload.length);
    },
    load: (payload, length) => readFrom(bits, payload, length),
    // Fewer than five bits hold no frame.
    decode: (of, samples) => remaining(bits) >= 5 && decode(of, bits, samples) === 0,
    conceal: (of, samples) => void decode(of, null, samples),
  };
}
