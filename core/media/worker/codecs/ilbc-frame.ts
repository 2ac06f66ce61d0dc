/**
 * What an iLBC frame says, and how its bits lie (RFC 3951, section 3.8): the most sensitive bits of all
 * parameters come first, then the next class, then the third; one empty bit ends the frame.
 */

/** Where each parameter stands in a list of a frame's parameters. */
export const field = {
  lsf: 0,
  start: 6,
  stateFirst: 7,
  scale: 8,
  extraVector: 9,
  extraGain: 12,
  vector: 15,
  gain: 27,
  state: 39,
  empty: 97,
} as const;
export const fieldCount = 98;

export interface IlbcMode {
  readonly frameMs: 20 | 30;
  readonly samples: number;
  readonly subframes: number;
  /** Sub-blocks outside of the state. */
  readonly blocks: number;
  /** Sets of line spectral frequencies. */
  readonly lsfSets: number;
  readonly bytes: number;
  /** Samples of the start state that are quantized one by one. */
  readonly stateSamples: number;
  /** Bits in the order of the frame: parameter, shift, count, and so on. */
  readonly plan: Uint8Array;
}

/** Bits of the three classes of one parameter. */
type Classes = readonly [number, number, number];

interface Allocation {
  readonly lsf: readonly Classes[];
  readonly start: Classes;
  readonly extraVector: readonly Classes[];
  readonly extraGain: readonly Classes[];
  readonly vectors: readonly Classes[];
  readonly gains: readonly Classes[];
}

const lsfBits: readonly Classes[] = [
  [6, 0, 0],
  [7, 0, 0],
  [7, 0, 0],
];

/** RFC 3951, table 3.2. */
const allocation20: Allocation = {
  lsf: lsfBits,
  start: [2, 0, 0],
  extraVector: [
    [6, 0, 1],
    [0, 0, 7],
    [0, 0, 7],
  ],
  extraGain: [
    [2, 0, 3],
    [1, 1, 2],
    [0, 0, 3],
  ],
  vectors: [
    [7, 0, 1],
    [0, 0, 7],
    [0, 0, 7],
    [0, 0, 8],
    [0, 0, 8],
    [0, 0, 8],
  ],
  gains: [
    [1, 2, 2],
    [1, 1, 2],
    [0, 0, 3],
    [1, 1, 3],
    [0, 2, 2],
    [0, 0, 3],
  ],
};
const allocation30: Allocation = {
  lsf: [...lsfBits, ...lsfBits],
  start: [3, 0, 0],
  extraVector: [
    [4, 2, 1],
    [0, 0, 7],
    [0, 0, 7],
  ],
  extraGain: [
    [1, 1, 3],
    [1, 1, 2],
    [0, 0, 3],
  ],
  vectors: [
    [6, 1, 1],
    [0, 0, 7],
    [0, 0, 7],
    [0, 7, 1],
    [0, 0, 8],
    [0, 0, 8],
    [0, 7, 1],
    [0, 0, 8],
    [0, 0, 8],
    [0, 7, 1],
    [0, 0, 8],
    [0, 0, 8],
  ],
  gains: [
    [1, 2, 2],
    [1, 2, 1],
    [0, 0, 3],
    [0, 2, 3],
    [0, 2, 2],
    [0, 0, 3],
    [0, 1, 4],
    [0, 1, 3],
    [0, 0, 3],
    [0, 1, 4],
    [0, 1, 3],
    [0, 0, 3],
  ],
};

function planOf(bits: Allocation, stateSamples: number): Uint8Array {
  const all: [number, Classes][] = [];
  const add = (first: number, list: readonly Classes[]): void =>
    list.forEach((classes, index) => {
      all.push([first + index, classes]);
    });
  add(field.lsf, bits.lsf);
  add(field.start, [bits.start]);
  add(field.stateFirst, [[1, 0, 0]]);
  add(field.scale, [[6, 0, 0]]);
  add(
    field.state,
    Array.from({ length: stateSamples }, (): Classes => [0, 1, 2]),
  );
  add(field.extraVector, bits.extraVector);
  add(field.extraGain, bits.extraGain);
  add(field.vector, bits.vectors);
  add(field.gain, bits.gains);
  const plan: number[] = [];
  for (const level of [0, 1, 2] as const) {
    for (const [parameter, classes] of all) {
      const count = classes[level];
      const shift = classes.slice(level + 1).reduce((sum, more) => sum + more, 0);
      if (count > 0) plan.push(parameter, shift, count);
    }
  }
  return Uint8Array.from([...plan, field.empty, 0, 1]);
}

export const mode20: IlbcMode = {
  frameMs: 20,
  samples: 160,
  subframes: 4,
  blocks: 2,
  lsfSets: 1,
  bytes: 38,
  stateSamples: 57,
  plan: planOf(allocation20, 57),
};
export const mode30: IlbcMode = {
  frameMs: 30,
  samples: 240,
  subframes: 6,
  blocks: 4,
  lsfSets: 2,
  bytes: 50,
  stateSamples: 58,
  plan: planOf(allocation30, 58),
};

/** Writes a frame; `payload` has room for `mode.bytes`. */
export function packFrame(mode: IlbcMode, fields: Int32Array, payload: Uint8Array): void {
  const { plan, bytes } = mode;
  let at = 0;
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < plan.length; i += 3) {
    const count = plan[i + 2] as number;
    const value = ((fields[plan[i] as number] as number) >> (plan[i + 1] as number)) & ((1 << count) - 1);
    held = (held << count) | value;
    heldBits += count;
    while (heldBits >= 8) {
      heldBits -= 8;
      payload[at++] = (held >> heldBits) & 0xff;
    }
    held &= 0xff;
  }
  if (at < bytes) payload[at] = (held << (8 - heldBits)) & 0xff;
}

/** Reads the frame at `payload[at…]` into `fields`. */
export function unpackFrame(mode: IlbcMode, payload: Uint8Array, at: number, fields: Int32Array): void {
  const { plan } = mode;
  fields.fill(0);
  let from = at;
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < plan.length; i += 3) {
    const count = plan[i + 2] as number;
    while (heldBits < count) {
      held = ((held & 0xff) << 8) | (payload[from++] as number);
      heldBits += 8;
    }
    heldBits -= count;
    const parameter = plan[i] as number;
    const value = (held >> heldBits) & ((1 << count) - 1);
    fields[parameter] = (fields[parameter] as number) | (value << (plan[i + 1] as number));
    held &= (1 << heldBits) - 1;
  }
}
