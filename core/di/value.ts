/**
 * DI values: the JavaScript form of SEMS's AmArg (design, section 2; di-interfaces 1.1).
 * Int and Double stay apart: a whole-valued double is carried as `Double`; any other number is an
 * Int when it is integral and within 32 bits; beyond that it is a `bigint` (LongLong).
 */
export type DiValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Double
  | readonly DiValue[]
  | { readonly [member: string]: DiValue };

/** A struct value. */
export type DiStruct = { readonly [member: string]: DiValue };

/** A double whose value is whole: `Double(2)` is AmArg Double 2.0, `2` is Int 2. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** `value` as a DI double: boxed when whole, plain otherwise. */
export function toDouble(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value;
}
