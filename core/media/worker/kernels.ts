/**
 * The inner loops of the packet path: typed arrays and plain integers only, eight elements a round
 * (a frame is 160 samples at 8000 Hz), which measured 1.5 to 2 times as fast as one at a time.
 */

/** Decodes `count` bytes of `bytes[from…]` to `out[at…]` by a table of 256 samples. */
export function decodeByTable(
  table: Int16Array,
  bytes: Uint8Array,
  from: number,
  out: Int16Array,
  at: number,
  count: number,
): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    out[at + i] = table[bytes[from + i] as number] as number;
    out[at + i + 1] = table[bytes[from + i + 1] as number] as number;
    out[at + i + 2] = table[bytes[from + i + 2] as number] as number;
    out[at + i + 3] = table[bytes[from + i + 3] as number] as number;
    out[at + i + 4] = table[bytes[from + i + 4] as number] as number;
    out[at + i + 5] = table[bytes[from + i + 5] as number] as number;
    out[at + i + 6] = table[bytes[from + i + 6] as number] as number;
    out[at + i + 7] = table[bytes[from + i + 7] as number] as number;
  }
  for (; i < count; i++) out[at + i] = table[bytes[from + i] as number] as number;
}

/** Encodes `count` samples by a table whose index is the sample without its `shift` lowest bits. */
export function encodeByTable(
  table: Uint8Array,
  shift: number,
  samples: Int16Array,
  out: Uint8Array,
  count: number,
): void {
  const mask = table.length - 1;
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    out[i] = table[((samples[i] as number) >> shift) & mask] as number;
    out[i + 1] = table[((samples[i + 1] as number) >> shift) & mask] as number;
    out[i + 2] = table[((samples[i + 2] as number) >> shift) & mask] as number;
    out[i + 3] = table[((samples[i + 3] as number) >> shift) & mask] as number;
    out[i + 4] = table[((samples[i + 4] as number) >> shift) & mask] as number;
    out[i + 5] = table[((samples[i + 5] as number) >> shift) & mask] as number;
    out[i + 6] = table[((samples[i + 6] as number) >> shift) & mask] as number;
    out[i + 7] = table[((samples[i + 7] as number) >> shift) & mask] as number;
  }
  for (; i < count; i++) out[i] = table[((samples[i] as number) >> shift) & mask] as number;
}

/** `out = encode(sum - own)`, clipped to 16 bits: what `clipSumWithout` and `encodeByTable` do in one go. */
export function encodeSumWithout(
  sum: Int32Array,
  own: Int16Array,
  table: Uint8Array,
  shift: number,
  out: Uint8Array,
  count: number,
): void {
  const mask = table.length - 1;
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    out[i] = table[(clip((sum[i] as number) - (own[i] as number)) >> shift) & mask] as number;
    out[i + 1] = table[(clip((sum[i + 1] as number) - (own[i + 1] as number)) >> shift) & mask] as number;
    out[i + 2] = table[(clip((sum[i + 2] as number) - (own[i + 2] as number)) >> shift) & mask] as number;
    out[i + 3] = table[(clip((sum[i + 3] as number) - (own[i + 3] as number)) >> shift) & mask] as number;
    out[i + 4] = table[(clip((sum[i + 4] as number) - (own[i + 4] as number)) >> shift) & mask] as number;
    out[i + 5] = table[(clip((sum[i + 5] as number) - (own[i + 5] as number)) >> shift) & mask] as number;
    out[i + 6] = table[(clip((sum[i + 6] as number) - (own[i + 6] as number)) >> shift) & mask] as number;
    out[i + 7] = table[(clip((sum[i + 7] as number) - (own[i + 7] as number)) >> shift) & mask] as number;
  }
  for (; i < count; i++) {
    out[i] = table[(clip((sum[i] as number) - (own[i] as number)) >> shift) & mask] as number;
  }
}

function clip(sum: number): number {
  const value = sum | 0;
  if (value > 32767) return 32767;
  return Math.max(value, -32768);
}

/** `sum = input`. */
export function beginSum(sum: Int32Array, input: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) sum[i] = input[i] as number;
}

/** `sum += input`. */
export function addToSum(sum: Int32Array, input: Int16Array, count: number): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    sum[i] = ((sum[i] as number) + (input[i] as number)) | 0;
    sum[i + 1] = ((sum[i + 1] as number) + (input[i + 1] as number)) | 0;
    sum[i + 2] = ((sum[i + 2] as number) + (input[i + 2] as number)) | 0;
    sum[i + 3] = ((sum[i + 3] as number) + (input[i + 3] as number)) | 0;
    sum[i + 4] = ((sum[i + 4] as number) + (input[i + 4] as number)) | 0;
    sum[i + 5] = ((sum[i + 5] as number) + (input[i + 5] as number)) | 0;
    sum[i + 6] = ((sum[i + 6] as number) + (input[i + 6] as number)) | 0;
    sum[i + 7] = ((sum[i + 7] as number) + (input[i + 7] as number)) | 0;
  }
  for (; i < count; i++) sum[i] = ((sum[i] as number) + (input[i] as number)) | 0;
}

/** `sum -= input`. */
export function takeFromSum(sum: Int32Array, input: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) sum[i] = ((sum[i] as number) - (input[i] as number)) | 0;
}

/** `out = sum`, clipped to 16 bits. */
export function clipSum(sum: Int32Array, out: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) out[i] = clip(sum[i] as number);
}

/** `out = sum - own`, clipped to 16 bits. */
export function clipSumWithout(sum: Int32Array, own: Int16Array, out: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) out[i] = clip((sum[i] as number) - (own[i] as number));
}

/** Are all samples within `quietest` of zero? */
export function isQuiet(frame: Int16Array, count: number, quietest: number): boolean {
  for (let i = 0; i < count; i++) {
    const sample = frame[i] as number;
    if (sample > quietest || sample < -quietest) return false;
  }
  return true;
}

/** Copies `count` samples of `from[start…]` to `to[at…]`. */
export function copySamples(from: Int16Array, start: number, to: Int16Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i] as number;
}

/**
 * Copies a part of a buffer that is reused for every packet. The view of that part is kept, so that
 * the usual packet costs one memory copy and no allocation.
 */
export class BytesCopier {
  #view: Uint8Array = new Uint8Array(0);
  #from: Uint8Array | null = null;
  #start = -1;

  copy(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
    if (from !== this.#from || start !== this.#start || length !== this.#view.length) {
      this.#from = from;
      this.#start = start;
      this.#view = from.subarray(start, start + length);
    }
    to.set(this.#view, at);
  }
}
