import type { RpcError } from './errors.ts';
import type { JsonObject, JsonValue } from './json-rpc.ts';

/** Methods by name, as functions; `contract.ts` has those of the server, generated from its OpenRPC document. */
export type MethodMap<M> = { readonly [Name in keyof M]: (...args: never[]) => unknown };

/** Any method with any arguments: for a client without a contract. */
export interface AnyMethods {
  readonly [method: string]: (...args: JsonValue[]) => JsonValue;
}

/** Events by name with their payloads. */
export interface AnyEvents {
  readonly [event: string]: JsonObject;
}

/** How calls are made, by any wire. */
export interface Caller<M extends MethodMap<M>> {
  /**
   * Calls `method` with arguments by position.
   * @throws RpcError (rejects) the server's error. @throws ConnectionFailed (rejects) no answer.
   */
  call<Name extends keyof M & string>(method: Name, ...args: Parameters<M[Name]>): Promise<ReturnType<M[Name]>>;
  /**
   * Several calls in one message, `[method, …args]` each; the server takes 100 at most (`rpc.limits.batch`). One that
   * fails does not harm the others.
   * @throws RpcError (rejects) the server refused all of it. @throws ConnectionFailed (rejects) no answer.
   */
  batch<const C extends readonly BatchCall<M>[]>(
    calls: C,
  ): Promise<{ readonly [At in keyof C]: BatchOutcome<M, C[At]> }>;
}

/** A method with its arguments. */
export type BatchCall<M extends MethodMap<M>> = {
  [Name in keyof M & string]: readonly [method: Name, ...args: Parameters<M[Name]>];
}[keyof M & string];

/** What became of one call of a batch. */
export type BatchOutcome<M extends MethodMap<M>, C> = C extends readonly [infer Name extends keyof M, ...unknown[]]
  ? { readonly result: ReturnType<M[Name]> } | { readonly error: RpcError }
  : never;

export interface CallOptions {
  /** A call is given up after this long, ms. Default 30000. */
  readonly timeoutMs?: number;
}

export const defaultTimeoutMs = 30_000;
