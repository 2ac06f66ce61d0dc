/** JSON-RPC 2.0 messages, read from text with every member checked. */
import { ConnectionFailed, RpcError } from './errors.ts';

/** What JSON carries. Integers past 2^53 lose digits in JavaScript's parser. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** Arguments by position or by name. */
export type Params = readonly unknown[] | { readonly [name: string]: unknown };

export function requestText(id: number, method: string, params: Params): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** A message of the server: the answer to a request, or an event. */
export type Message =
  | { readonly kind: 'result'; readonly id: number | null; readonly result: JsonValue }
  | { readonly kind: 'error'; readonly id: number | null; readonly error: RpcError }
  | { readonly kind: 'event'; readonly subscription: number; readonly event: ServerEvent };

export interface ServerEvent {
  /** Rises by each event of the server. */
  readonly id: number;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly payload: JsonObject;
}

/** @throws ConnectionFailed when the text is no message of JSON-RPC 2.0. */
export function readMessage(text: string): Message {
  const message = parse(text);
  if (!isObject(message)) throw new ConnectionFailed('the answer is no JSON-RPC message');
  const id = typeof message['id'] === 'number' ? message['id'] : null;
  const { error, method, params, result } = message;
  if (isObject(error)) return { kind: 'error', id, error: readError(error) };
  if (method === 'event' && isObject(params)) return readEvent(params);
  if (result === undefined) throw new ConnectionFailed('the answer has neither result nor error');
  return { kind: 'result', id, result };
}

function readError({ code, message, data }: JsonObject): RpcError {
  return new RpcError(typeof code === 'number' ? code : 0, typeof message === 'string' ? message : '', data ?? null);
}

function readEvent({ subscription, id, name, at, payload }: JsonObject): Message {
  if (
    typeof subscription !== 'number' ||
    typeof id !== 'number' ||
    typeof name !== 'string' ||
    typeof at !== 'string' ||
    !isObject(payload)
  ) {
    throw new ConnectionFailed('an event without its members');
  }
  return { kind: 'event', subscription, event: { id, name, at, payload } };
}

function parse(text: string): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
