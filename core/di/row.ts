/**
 * A function is a row (design, section 2). From the row alone come the handler's type, validation
 * by position and by name, XML-RPC introspection, the OpenRPC document, clients, reference, help.
 */
import type { ErrorCode, Static, TSchema } from '../runtime/index.ts';
import type { CallContext } from './context.ts';
import type { DiValue, Double } from './value.ts';

export interface Parameter<Kind extends 'arg' | 'opt' | 'rest' = 'arg' | 'opt' | 'rest', S extends TSchema = TSchema> {
  readonly kind: Kind;
  readonly name: string;
  readonly schema: S;
  readonly summary?: string;
}

/** A required parameter. */
export const arg = <S extends TSchema>(name: string, schema: S, summary?: string): Parameter<'arg', S> =>
  parameter('arg', name, schema, summary);

/** An optional parameter; all after it are optional too. */
export const opt = <S extends TSchema>(name: string, schema: S, summary?: string): Parameter<'opt', S> =>
  parameter('opt', name, schema, summary);

/** Any number of further values, as the last parameter. */
export const rest = <S extends TSchema>(name: string, schema: S, summary?: string): Parameter<'rest', S> =>
  parameter('rest', name, schema, summary);

function parameter<K extends 'arg' | 'opt' | 'rest', S extends TSchema>(
  kind: K,
  name: string,
  schema: S,
  summary: string | undefined,
): Parameter<K, S> {
  return { kind, name, schema, ...(summary === undefined ? {} : { summary }) };
}

/** The handler's arguments, from the parameters. */
export type Arguments<P extends readonly Parameter[]> = P extends readonly [
  infer Head,
  ...infer Tail extends readonly Parameter[],
]
  ? Head extends Parameter<'arg', infer S>
    ? [Static<S>, ...Arguments<Tail>]
    : Head extends Parameter<'opt', infer S>
      ? [(Static<S> | undefined)?, ...Arguments<Tail>]
      : Head extends Parameter<'rest', infer S>
        ? Static<S>[]
        : never
  : [];

/** Context of one invocation, with the state that the module's `start` returned. */
export interface InvokeContext<State> extends CallContext {
  readonly state: State;
}

/** What a handler may give for a result type: the same, or a readonly form of it (three levels deep). */
export type ReadonlyValue<T, Depth extends unknown[] = []> = Depth['length'] extends 3
  ? T
  : T extends Uint8Array | Double
    ? T
    : T extends object
      ? { readonly [K in keyof T]: ReadonlyValue<T[K], [...Depth, 0]> }
      : T;

/** A row as the registry keeps it: types erased. */
export interface FunctionRow<State = never> {
  readonly summary: string;
  /** Longer text for the reference page. */
  readonly description?: string;
  readonly params: readonly Parameter[];
  /** Further accepted parameter lists; the first whose shape fits is taken. */
  readonly overloads?: readonly (readonly Parameter[])[];
  readonly result: TSchema;
  /** `<module>:<read|control|admin>`. A row without a scope is refused at registration. */
  readonly scope: string;
  /** The parameter that a token may be limited to. */
  readonly limit?: string;
  /**
   * It has no such parameter, and yet a limited token may call it: the handler shows and changes only what `mayName`
   * allows.
   */
  readonly confined?: true;
  readonly aliases?: readonly string[];
  /**
   * It judges credentials of that kind: `auth.login` with exactly these arguments by name asks it, and gives its result
   * (`LoginGrant`) to the connection, or refuses when that is null. It is asked again, with the same, as long as the
   * connection lives. Such a row is not exported, compares in constant time and does not count wrong secrets: `rpc` does.
   */
  readonly login?: string;
  /** False: internal, answered as not exported on every wire. Default true. */
  readonly exported?: boolean;
  /** False: callable but not in SEMS's `_list` (di-interfaces 5). Default true. */
  readonly listed?: boolean;
  readonly deprecated?: string;
  /** Errors beside those that any function may answer with. */
  readonly errors?: readonly ErrorCode[];
  readonly examples?: readonly { readonly params: readonly DiValue[]; readonly result: DiValue }[];
  // biome-ignore lint/suspicious/noExplicitAny: the row builder `fn` has typed the arguments
  readonly handler: (context: InvokeContext<State>, ...args: any[]) => unknown;
}

export type FunctionRows<State = never> = { readonly [name: string]: FunctionRow<State> };

/**
 * The typed builders for a module with `State`. With `overloads` the handler gets the values of
 * whichever list fitted, typed as a union.
 */
export function rowsFor<State>(): {
  fn<
    const P extends readonly Parameter[],
    R extends TSchema,
    const O extends readonly (readonly Parameter[])[] = readonly [],
    const Out extends ReadonlyValue<Static<R>> = ReadonlyValue<Static<R>>,
  >(
    row: Omit<FunctionRow<State>, 'params' | 'result' | 'handler' | 'overloads'> & {
      readonly params: P;
      readonly overloads?: O;
      readonly result: R;
      handler(context: InvokeContext<State>, ...args: Arguments<P> | Arguments<O[number]>): Out | Promise<Out>;
    },
  ): FunctionRow<State>;
  defineFunctions<T extends FunctionRows<State>>(rows: T): T;
} {
  return {
    fn: (row) => row as unknown as FunctionRow<State>,
    defineFunctions: (rows) => rows,
  };
}
