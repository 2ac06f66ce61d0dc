/**
 * The E-model (ITU-T G.107) with everything at its default but loss, bursts, delay and codec: what a
 * stream is worth to who listens, on the narrow-band scale. Pure functions.
 */

/** R of a perfect narrow-band connection with the default values of all other parameters. */
const bestRating = 93.2;
/** Equipment impairment of total loss (G.107, section 3.5). */
const totalImpairment = 95;

interface CodecImpairment {
  /** Ie: impairment without loss. */
  readonly impairment: number;
  /** Bpl: robustness against loss. */
  readonly robustness: number;
}

/**
 * Ie and Bpl: PCM with concealment, ADPCM, GSM and iLBC as ITU-T G.113, appendix I lists them (loss of ADPCM
 * and GSM is not listed: that of G.711 without a model of speech, and of GSM-EFR). Wide-band codecs are
 * no better than PCM on this scale.
 */
const impairments: ReadonlyMap<string, CodecImpairment> = new Map([
  ['PCMU', { impairment: 0, robustness: 25.1 }],
  ['PCMA', { impairment: 0, robustness: 25.1 }],
  ['L16', { impairment: 0, robustness: 25.1 }],
  ['G722', { impairment: 0, robustness: 14 }],
  ['G726-16', { impairment: 50, robustness: 10 }],
  ['G726-24', { impairment: 25, robustness: 10 }],
  ['G726-32', { impairment: 7, robustness: 10 }],
  ['G726-40', { impairment: 2, robustness: 10 }],
  ['GSM', { impairment: 20, robustness: 10 }],
  ['ILBC', { impairment: 11, robustness: 32 }],
  ['G729', { impairment: 11, robustness: 19 }],
  ['SPEEX', { impairment: 11, robustness: 20 }],
  ['OPUS', { impairment: 0, robustness: 25 }],
]);
const unknownCodec: CodecImpairment = { impairment: 5, robustness: 10 };

export interface QualityInput {
  /** Encoding name. */
  readonly codec: string;
  /** Not played, of what was sent: 0 to 1. */
  readonly lossFraction: number;
  /** 1: losses are independent; more: they come together. */
  readonly burstRatio: number;
  /** From mouth to ear, one way, ms. */
  readonly delayMs: number;
}

/** Rating R, 0 to 93.2. */
export function rFactor({ codec, lossFraction, burstRatio, delayMs }: QualityInput): number {
  const name = codec.toUpperCase().replace(/^AAL2-/, '');
  const { impairment, robustness } = impairments.get(name) ?? unknownCodec;
  const lossPercent = 100 * Math.min(1, Math.max(0, lossFraction));
  const burst = Math.max(1, burstRatio);
  // Ie-eff = Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl)
  const effective = impairment + ((totalImpairment - impairment) * lossPercent) / (lossPercent / burst + robustness);
  return Math.min(bestRating, Math.max(0, bestRating - delayImpairment(delayMs) - effective));
}

/** Id: too long a delay (Idd), and one's own voice that comes back with it (Idte, an echo loss of 65 dB). */
function delayImpairment(delayMs: number): number {
  const ms = Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
  return longDelay(ms) + talkerEcho(ms);
}

function longDelay(ms: number): number {
  if (ms <= 100) return 0;
  const x = Math.log2(ms / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** G.107, equations 3-19 to 3-22 with TELR 65 dB, No -61.2 dBm0p and RLR 2 dB. */
function talkerEcho(ms: number): number {
  const loudness = 65 - 40 * Math.log10((1 + ms / 10) / (1 + ms / 150)) + 6 * Math.exp(-0.3 * ms * ms);
  const half = (1.5 * (61.2 + 2) - (80 + 2.5 * (loudness - 14))) / 2;
  return Math.max(0, (half + Math.sqrt(half * half + 100) - 1) * (1 - Math.exp(-ms)));
}

/** G.107, annex B: the mean opinion of a conversation, 1 to 4.5. */
export function mosOf(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

/**
 * G.107's BurstR: the mean length of a run of losses over what it would be were they independent.
 * 1 without losses.
 */
export function burstRatioOf(lostInRuns: number, runs: number, lossFraction: number): number {
  if (runs <= 0 || lostInRuns <= 0) return 1;
  return Math.max(1, (lostInRuns / runs) * (1 - Math.min(0.99, Math.max(0, lossFraction))));
}
