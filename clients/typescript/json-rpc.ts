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
  | { readonly kind: 'event'; readonly subscription: number; readonly event: ServerEvent }
  | { readonly kind: 'gap'; readonly subscription: number; readonly gap: EventGap };

/** Events that were asked for and that the server no longer has. */
export interface EventGap {
  /** The id that was asked after. */
  readonly after: number;
  /** From the first event after this id on all are there. */
  readonly resumedAfter: number;
  /** `dropped`: too old; `unknown`: this server never gave that id. */
  readonly reason: string;
}

export interface ServerEvent {
  /** Rises by each event of the server, also over its restarts. */
  readonly id: number;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly payload: JsonObject;
}

/** The messages of a text: one, or those of a batch. @throws ConnectionFailed when it is no JSON-RPC 2.0. */
export function readMessages(text: string): readonly Message[] {
  const value = parse(text);
  return Array.isArray(value) ? value.map(messageOf) : [messageOf(value)];
}

/** @throws ConnectionFailed when the text is no message of JSON-RPC 2.0. */
export function readMessage(text: string): Message {
  return messageOf(parse(text));
}

/** The outcomes of a batch in the order of its ids. @throws RpcError all of it was refused; ConnectionFailed. */
export function outcomesOf(
  ids: readonly number[],
  answers: readonly Message[],
): ({ readonly result: JsonValue } | { readonly error: RpcError })[] {
  const [first] = answers;
  if (answers.length === 1 && first?.kind === 'error' && first.id === null) throw first.error;
  const byId = new Map(
    answers.flatMap((one) => (one.kind === 'result' || one.kind === 'error' ? [[one.id, one]] : [])),
  );
  return ids.map((id) => {
    const answer = byId.get(id);
    if (answer === undefined) throw new ConnectionFailed('an answer of the batch is missing');
    return answer.kind === 'error' ? { error: answer.error } : { result: answer.result };
  });
}

function messageOf(message: JsonValue | undefined): Message {
  if (!isObject(message)) throw new ConnectionFailed('the answer is no JSON-RPC message');
  const id = typeof message['id'] === 'number' ? message['id'] : null;
  const { error, method, params, result } = message;
  if (isObject(error)) return { kind: 'error', id, error: readError(error) };
  if (method === 'event' && isObject(params)) return readEvent(params);
  if (method === 'events.gap' && isObject(params)) return readGap(params);
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

function readGap({ subscription, after, resumedAfter, reason }: JsonObject): Message {
  if (typeof subscription !== 'number' || typeof after !== 'number' || typeof resumedAfter !== 'number')
    throw new ConnectionFailed('a gap without its members');
  return { kind: 'gap', subscription, gap: { after, resumedAfter, reason: String(reason) } };
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
