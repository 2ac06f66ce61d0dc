import { CodedError } from '../runtime/index.ts';
import { type DiKind, diKind } from './kinds.ts';
import type { DiStruct, DiValue, Double } from './value.ts';

/** SEMS's letters (di-interfaces 1.3). `o` and `d` are C++ pointers, which never cross this bus: nothing fits them. */
const kindOfLetter: { readonly [letter: string]: DiKind | 'pointer' } = {
  i: 'int',
  l: 'longlong',
  t: 'bool',
  f: 'double',
  s: 'string',
  o: 'pointer',
  d: 'pointer',
  b: 'blob',
  a: 'array',
  u: 'struct',
};

interface LetterTypes {
  i: number;
  l: bigint | number;
  t: boolean;
  f: number | Double;
  s: string;
  o: never;
  d: never;
  b: Uint8Array;
  a: readonly DiValue[];
  u: DiStruct;
}

/** The argument list that a format describes; further arguments may follow. */
export type Formatted<F extends string> = F extends `${infer Letter}${infer Rest}`
  ? readonly [Letter extends keyof LetterTypes ? LetterTypes[Letter] : DiValue, ...Formatted<Rest>]
  : readonly DiValue[];

/**
 * Checks the first arguments as SEMS's `assertArrayFmt`: no coercion, further arguments are
 * accepted, an unknown letter leaves its position unchecked.
 * @throws CodedError `rpc.tooFewArguments`, `rpc.wrongType`
 */
export function assertFormat<const F extends string>(
  args: readonly DiValue[],
  format: F,
): asserts args is Formatted<F> {
  const letters: readonly string[] = format.split('');
  letters.forEach((letter, i) => {
    const given = args[i];
    if (given === undefined)
      throw new CodedError('rpc.tooFewArguments', `${letters.length} needed, ${args.length} given`);
    const kind = kindOfLetter[letter];
    if (kind !== undefined && diKind(given) !== kind) {
      throw new CodedError('rpc.wrongType', `argument ${i + 1}: expected ${kind}, got ${diKind(given)}`);
    }
  });
}
