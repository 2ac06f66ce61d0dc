import { ConnectionFailed, RpcError } from './errors.ts';
import { type Message, outcomesOf, readMessages, requestText } from './json-rpc.ts';
import { type AnyMethods, type Caller, type CallOptions, defaultTimeoutMs, type MethodMap } from './methods.ts';

export interface HttpClientOptions extends CallOptions {
  /** For example `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Sent as a Bearer token. */
  readonly token?: string;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * JSON-RPC over HTTP: one request a call, with the platform's `fetch` and its kept connections.
 * A call is never sent twice.
 */
export function httpClient<M extends MethodMap<M> = AnyMethods>(options: HttpClientOptions): Caller<M> {
  const { url, token, timeoutMs = defaultTimeoutMs } = options;
  const send = options.fetch ?? globalThis.fetch;
  const target = new URL('jsonrpc', url.endsWith('/') ? url : `${url}/`);
  const headers = {
    'Content-Type': 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  let lastId = 0;
  return {
    async call(method, ...args) {
      const id = ++lastId;
      const { status, text } = await post(requestText(id, method, args));
      const message = readAnswer(status, text);
      if (message.kind === 'error') throw message.error;
      if (message.kind !== 'result' || message.id !== id) {
        throw new ConnectionFailed('the answer belongs to another request');
      }
      return message.result as ReturnType<M[typeof method]>; // the contract's word for it
    },
    batch: batch as Caller<M>['batch'], // the contract's word for it
  };

  async function batch(calls: readonly (readonly [string, ...unknown[]])[]) {
    if (calls.length === 0) return [];
    const ids = calls.map(() => ++lastId);
    const texts = calls.map(([method, ...args], at) => requestText(ids[at] ?? 0, method, args));
    const { status, text } = await post(`[${texts.join(',')}]`);
    return outcomesOf(ids, readAnswers(status, text));
  }

  async function post(body: string): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await send(target, { method: 'POST', headers, body, signal, redirect: 'error' });
      return { status: response.status, text: await response.text() };
    } catch (fault) {
      const reason = fault instanceof Error ? fault.message : String(fault);
      throw new ConnectionFailed(`${target.origin}: ${reason}`, { cause: fault });
    }
  }
}

function readAnswer(status: number, text: string): Message {
  const [message, ...more] = readAnswers(status, text);
  if (message === undefined || more.length > 0) throw new ConnectionFailed('the answer belongs to another request');
  return message;
}

/** An HTTP refusal may carry an error object; where it does not, its status is the error. */
function readAnswers(status: number, text: string): readonly Message[] {
  try {
    return readMessages(text);
  } catch (fault) {
    if (status === 200) throw fault;
    throw new RpcError(status, `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200).trim()}`}`);
  }
}
