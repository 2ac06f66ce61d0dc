/** Tables of ITU-T G.722, sections 3 and 6, as the Recommendation prints them, and what one band needs of them. */

/** One band's quantizer, scale factors and output levels. */
export interface BandTables {
  /** Scale factor that the band starts with. */
  readonly firstStep: number;
  /** Decision levels, and half of how many there is room for: the search goes by halves. */
  readonly levels: Int32Array;
  readonly firstHalf: number;
  /** Codes by the number of levels passed, 32 for a negative difference, then 32 for a positive one. */
  readonly codes: Int32Array;
  /** What drives the predictor is the code without its lowest bits. */
  readonly coreShift: number;
  readonly core: Int32Array;
  /** By the core code: what is added to the logarithm of the scale factor. */
  readonly logSteps: Int32Array;
  readonly highestLog: number;
  /** The scale factor by its logarithm, less the six lowest bits. */
  readonly steps: Int32Array;
  /** What the decoder gives out, by the code without its `fineShift` lowest bits. */
  readonly fine: Int32Array;
  readonly fineShift: number;
}

/** Decision levels of the lower band (table 14), then room. */
const q6 = Int32Array.of(
  35,
  72,
  110,
  150,
  190,
  233,
  276,
  323,
  370,
  422,
  473,
  530,
  587,
  650,
  714,
  786,
  858,
  940,
  1023,
  1121,
  1219,
  1339,
  1458,
  1612,
  1765,
  1980,
  2195,
  2557,
  2919,
  32767,
  32767,
);

/** Inverse quantizers of 4, 5 and 6 bits (tables 17 to 19). */
const qm4 = Int32Array.of(
  0,
  -20456,
  -12896,
  -8968,
  -6288,
  -4240,
  -2584,
  -1200,
  20456,
  12896,
  8968,
  6288,
  4240,
  2584,
  1200,
  0,
);
const qm5 = Int32Array.of(
  -280,
  -280,
  -23352,
  -17560,
  -14120,
  -11664,
  -9752,
  -8184,
  -6864,
  -5712,
  -4696,
  -3784,
  -2960,
  -2208,
  -1520,
  -880,
  23352,
  17560,
  14120,
  11664,
  9752,
  8184,
  6864,
  5712,
  4696,
  3784,
  2960,
  2208,
  1520,
  880,
  280,
  -280,
);
const qm6 = Int32Array.of(
  -136,
  -136,
  -136,
  -136,
  -24808,
  -21904,
  -19008,
  -16704,
  -14984,
  -13512,
  -12280,
  -11192,
  -10232,
  -9360,
  -8576,
  -7856,
  -7192,
  -6576,
  -6000,
  -5456,
  -4944,
  -4464,
  -4008,
  -3576,
  -3168,
  -2776,
  -2400,
  -2032,
  -1688,
  -1360,
  -1040,
  -728,
  24808,
  21904,
  19008,
  16704,
  14984,
  13512,
  12280,
  11192,
  10232,
  9360,
  8576,
  7856,
  7192,
  6576,
  6000,
  5456,
  4944,
  4464,
  4008,
  3576,
  3168,
  2776,
  2400,
  2032,
  1688,
  1360,
  1040,
  728,
  432,
  136,
  -432,
  -136,
);
/** Of the higher band, 2 bits. */
const qm2 = Int32Array.of(-7408, -1616, 7408, 1616);

/** Table 14: 63 and 62, then 31 down to 4, for negative differences; 61 down to 32 for positive ones. */
const lowerCodes = Int32Array.from({ length: 64 }, (_, place) => {
  const passed = Math.min(place & 31, 29);
  if (place >= 32) return 61 - passed;
  return passed < 2 ? 63 - passed : 33 - passed;
});

/** Log scale multipliers of the lower band (table 20) by the 4-bit code. */
const wl = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const rl42 = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];

/** The logarithm's fraction to linear (table 21). */
const ilb = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
  3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/** Block SCALE: the linear scale factor of each logarithm up to `highestLog`. */
function stepsUpTo(highestLog: number, shift: number): Int32Array {
  return Int32Array.from({ length: (highestLog >> 6) + 1 }, (_, index) => {
    const fraction = ilb[index & 31] as number;
    const places = shift - (index >> 5);
    return (places < 0 ? fraction << -places : fraction >> places) << 2;
  });
}

function lower(fine: Int32Array, fineShift: number): BandTables {
  return {
    firstStep: 32,
    levels: q6,
    firstHalf: 16,
    codes: lowerCodes,
    coreShift: 2,
    core: qm4,
    logSteps: Int32Array.from(rl42, (index) => wl[index] as number),
    highestLog: 18432,
    steps: stepsUpTo(18432, 8),
    fine,
    fineShift,
  };
}

/** The lower band in the decoder's modes: 64, 56 and 48 kbit/s; without the lowest bits, which carry data. */
export const lowerBand: { readonly [mode in 1 | 2 | 3]: BandTables } = {
  1: lower(qm6, 0),
  2: lower(qm5, 1),
  3: lower(qm4, 2),
};

export const higherBand: BandTables = {
  firstStep: 8,
  levels: Int32Array.of(564),
  firstHalf: 1,
  codes: Int32Array.from({ length: 64 }, (_, place) => (place >= 32 ? 2 : 0) + ((place & 31) === 0 ? 1 : 0)),
  coreShift: 0,
  core: qm2,
  logSteps: Int32Array.of(798, -214, 798, -214),
  highestLog: 22528,
  steps: stepsUpTo(22528, 10),
  fine: qm2,
  fineShift: 0,
};
