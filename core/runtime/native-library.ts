import { createRequire } from 'node:module';

/** What C functions take and give. A pointer is memory of ours, or one that the library gave. */
export interface NativeValues {
  int: number;
  void: undefined;
  /** A zero-terminated text, copied. */
  str: string;
  'void *': ArrayBufferView | bigint | object | null;
}
export type NativeType = keyof NativeValues;

export type NativeFunction<A extends readonly NativeType[], R extends NativeType> = (
  ...values: { [I in keyof A]: NativeValues[A[I]] }
) => NativeValues[R];

/** A shared library of the system. */
export interface NativeLibrary {
  /** The name it was found under. */
  readonly name: string;
  /** Binds a C function. @throws Error when the library has none of that name. */
  func<const A extends readonly NativeType[], R extends NativeType>(
    name: string,
    result: R,
    parameters: A,
  ): NativeFunction<A, R>;
  /** Binds `int name(void *, int, ...)`, called with one more int (what C calls a ctl). @throws Error as `func`. */
  control(name: string): (state: ArrayBufferView, request: number, value: number) => number;
}

/**
 * Opens the first of `names` that the system's loader finds (`libopus.so.0`); null where none is there,
 * or koffi, an optional package, is not.
 */
export function openNativeLibrary(names: readonly string[]): NativeLibrary | null {
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    return null;
  }
  for (const name of names) {
    try {
      return bind(name, koffi.load(name));
    } catch {
      // The next one.
    }
  }
  return null;
}

function bind(name: string, library: import('koffi').LibraryHandle): NativeLibrary {
  return {
    name,
    func: (symbol, result, parameters) => library.func(symbol, result, [...parameters]),
    control: (symbol) => {
      const call = library.func(`int ${symbol}(void *, int, ...)`);
      return (state, request, value) => call(state, request, 'int', value);
    },
  };
}
