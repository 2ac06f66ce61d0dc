/**
 * As much of an assembler as the vector kernels need: WebAssembly's binary format (core specification,
 * section 5) for a module that imports its memory and exports functions of integers. What a machine
 * has no vector instructions for does not validate, and `instantiate` answers null.
 */

/** Of the JavaScript API of WebAssembly, what is used here; the modules are ours, so what they export is known. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly [module: string]: { readonly [name: string]: object } },
  ) => { readonly exports: { readonly [name: string]: WasmKernel | undefined } };
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory;
};

export type WasmKernel = (...numbers: number[]) => void;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export const newMemory = (pages: number): WasmMemory => new WebAssembly.Memory({ initial: pages });

/** Encoded instructions. */
export type Code = readonly number[];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** A vector instruction; `code` as the specification numbers it. */
const vector = (code: number, ...operands: number[]): Code => [0xfd, ...unsigned(code), ...operands];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a] as Code,
  mul: [0x6c] as Code,
  div: [0x6e] as Code,
  rem: [0x70] as Code,
  store: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
};
export const f32 = {
  add: [0x92] as Code,
  store: (offset: number): Code => [0x38, 2, ...unsigned(offset)],
};
export const f64 = {
  add: [0xa0] as Code,
  store: (offset: number): Code => [0x39, 3, ...unsigned(offset)],
};
export const v128 = {
  /** Any alignment will do. */
  load: (offset: number): Code => vector(0x00, 0, ...unsigned(offset)),
  store: (offset: number): Code => vector(0x0b, 0, ...unsigned(offset)),
  /** The same 64 bits in both halves. */
  loadTwice: (offset: number): Code => vector(0x0a, 0, ...unsigned(offset)),
  zero: vector(0x0c, ...new Array<number>(16).fill(0)),
  /** The upper half's lanes of 32 bits below, or each pair's upper lane. */
  upperHalf: vector(0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  upperOfPairs: vector(0x0d, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11),
};
export const i32x4 = {
  add: vector(0xae),
  /** Eight products of 16 bits, summed by pairs. */
  dot: vector(0xba),
  first: vector(0x1b, 0),
};
export const f32x4 = {
  add: vector(0xe4),
  mul: vector(0xe6),
  lane: (lane: 0 | 1 | 2 | 3): Code => vector(0x1f, lane),
};
export const f64x2 = {
  add: vector(0xf0),
  mul: vector(0xf2),
  lane: (lane: 0 | 1): Code => vector(0x21, lane),
};
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
/** `local += by`. */
export const advance = (local: number, by: number): Code => [
  ...get(local),
  ...i32.const(by),
  ...i32.add,
  ...set(local),
];
/** The body again as long as the number that it leaves is not zero. */
export const repeat = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];
/** 1 where `a < b`, addresses. */
export const isBelow = (a: number, b: number): Code => [...get(a), ...get(b), 0x49];
/** 1 where `a > 0`. */
export const isPositive = (a: number): Code => [...get(a), ...i32.const(0), 0x4a];

export interface WasmFunction {
  readonly name: string;
  /** All of them i32; nothing is returned. */
  readonly parameters: number;
  /** Locals behind the parameters: integers, then vectors. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

const i32Type = 0x7f;
const v128Type = 0x7b;

const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => [...unsigned(value.length), ...Array.from(value, (each) => each.charCodeAt(0))];

function codeOf({ integers, vectors, body }: WasmFunction): Code {
  const locals = list([
    [...unsigned(integers), i32Type],
    [...unsigned(vectors), v128Type],
  ]);
  const code = [...locals, ...body, 0x0b];
  return [...unsigned(code.length), ...code];
}

/** The functions over `memory`, by name; null where the machine cannot run them. */
export function instantiate(
  functions: readonly WasmFunction[],
  memory: WasmMemory,
): { readonly [name: string]: WasmKernel | undefined } | null {
  const types = functions.map(({ parameters }): Code => {
    const integers = list(Array.from({ length: parameters }, () => [i32Type]));
    return [0x60, ...integers, 0];
  });
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list([[...text('m'), ...text('m'), 2, 0, 1]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
    ...section(10, list(functions.map(codeOf))),
  ]);
  if (!WebAssembly.validate(bytes)) return null;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } }).exports;
}
