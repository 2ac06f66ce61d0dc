/** Quantizers of ITU-T G.726 (tables 1 to 4 for the four rates, and section 3 for W and F). */

export interface G726Rate {
  readonly bitsPerCode: 2 | 3 | 4 | 5;
  /** Decision levels of the normalized logarithm. */
  readonly levels: Int32Array;
  /** Code of a positive difference below the first level: 0 is "no code" at 24, 32 and 40 kbit/s. */
  readonly smallest: number;
  /** By code: logarithm of the reconstructed difference, scale multiplier (times 2^5), speed (times 2^9). */
  readonly reconstruction: Int32Array;
  readonly multipliers: Int32Array;
  readonly speeds: Int32Array;
  /** Section 4.2.6 (UPB): how fast a zero forgets. */
  readonly leak: number;
}

/** Codes of negative differences mirror the positive ones. */
function mirrored(...half: number[]): Int32Array {
  return Int32Array.of(...half, ...[...half].reverse());
}

/** kbit/s. */
export type G726Kbps = 16 | 24 | 32 | 40;

export const g726Rates: { readonly [kbps in G726Kbps]: G726Rate } = {
  16: {
    bitsPerCode: 2,
    levels: Int32Array.of(261),
    smallest: 0,
    reconstruction: mirrored(116, 365),
    multipliers: mirrored(-704, 14048),
    speeds: mirrored(0, 0xe00),
    leak: 8,
  },
  24: {
    bitsPerCode: 3,
    levels: Int32Array.of(8, 218, 331),
    smallest: 7,
    reconstruction: mirrored(-2048, 135, 273, 373),
    multipliers: mirrored(-128, 960, 4384, 18624),
    speeds: mirrored(0, 0x200, 0x400, 0xe00),
    leak: 8,
  },
  32: {
    bitsPerCode: 4,
    levels: Int32Array.of(-124, 80, 178, 246, 300, 349, 400),
    smallest: 15,
    reconstruction: mirrored(-2048, 4, 135, 213, 273, 323, 373, 425),
    multipliers: mirrored(-384, 576, 1312, 2048, 3584, 6336, 11360, 35904),
    speeds: mirrored(0, 0, 0, 0x200, 0x200, 0x200, 0x600, 0xe00),
    leak: 8,
  },
  40: {
    bitsPerCode: 5,
    levels: Int32Array.of(-122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553),
    smallest: 31,
    reconstruction: mirrored(-2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566),
    multipliers: mirrored(
      448,
      448,
      768,
      1248,
      1280,
      1312,
      1856,
      3200,
      4512,
      5728,
      7008,
      8960,
      11456,
      14080,
      16928,
      22272,
    ),
    speeds: mirrored(0, 0, 0, 0, 0, 0x200, 0x200, 0x200, 0x200, 0x200, 0x400, 0x600, 0x800, 0xa00, 0xc00, 0xc00),
    leak: 9,
  },
};
