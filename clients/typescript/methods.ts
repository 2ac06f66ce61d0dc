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
}

export interface CallOptions {
  /** A call is given up after this long, ms. Default 30000. */
  readonly timeoutMs?: number;
}

export const defaultTimeoutMs = 30_000;
