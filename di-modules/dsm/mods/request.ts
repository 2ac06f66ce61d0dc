import { CodedError, type DsmScript, type HttpClientReply } from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { serverOf } from './server.ts';

/** Seconds that a script may wait. */
const longestWait = 600;
const usualWaitMs = 10_000;
/** Of a reply, whatever becomes of it. */
export const replyBytes = 1 << 20;

/** A failed request in words of scripts: `$errno` and a sentence. */
export interface RequestFault {
  readonly errno: 'arg' | 'general';
  readonly text: string;
}

export interface ScriptRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Seconds, as the script wrote them; empty: the usual. */
  readonly timeout?: string;
  readonly replyBytes?: number;
}

/**
 * A request of a script: the call's other events wait for it, other calls do not. Where it may go is decided by
 * `outgoing`, unless the operator trusts his scripts (`trusted_urls`). HTTP status codes are no faults.
 */
export async function requestOf(
  script: DsmScript,
  { timeout = '', ...request }: ScriptRequest,
): Promise<HttpClientReply | RequestFault> {
  const { http, config } = serverOf(script);
  const seconds = parseUnsigned(timeout) ?? 0;
  try {
    return await http.send({
      replyBytes,
      ...request,
      url: request.url.trim(),
      timeoutMs: seconds > 0 ? Math.min(seconds, longestWait) * 1000 : usualWaitMs,
      namedBy: config.trusted_urls ? 'configuration' : 'caller',
      signal: script.signal,
    });
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    return { errno: fault.code === 'http.invalid' ? 'arg' : 'general', text: fault.message };
  }
}

export const isFault = (outcome: HttpClientReply | RequestFault): outcome is RequestFault => 'errno' in outcome;

export const bodyText = ({ body }: HttpClientReply): string => Buffer.from(body).toString('utf8');
