import type { JsonValue } from './json-rpc.ts';

/** An error that the server answered. */
export class RpcError extends Error {
  /** JSON-RPC error code, or the HTTP status where the answer was no JSON-RPC. */
  readonly code: number;
  readonly data: JsonValue;
  /** The server's own name of the error, such as `room.full`; null where it is not known. */
  readonly reason: string | null;
  /** What was wrong and where, as the server tells it. */
  readonly detail: string | null;

  constructor(code: number, message: string, data: JsonValue = null) {
    const detail = member(data, 'detail');
    super(detail === null ? message : `${message}: ${detail}`);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
    this.detail = detail;
    this.reason = member(data, 'code');
  }
}

/** No answer, or one that is no JSON-RPC: refused, closed, timed out, not a Callbus server. */
export class ConnectionFailed extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ConnectionFailed';
  }
}

function member(data: JsonValue, name: string): string | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  const value = Object.entries(data).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : null;
}
