/** One request to a webhook's receiver. */
import { asCodedError, type Clock, type EventGap, type ModuleContext } from '../../core/index.ts';
import type { HookSettings, Outcome } from './hook-types.ts';
import { signatureOf } from './signature.ts';

export interface PostParts {
  readonly http: ModuleContext<unknown>['http'];
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** A receiver says little: more of its reply is not read. */
const replyBytes = 65_536;
const longestRetryAfterMs = 3_600_000;
/** RFC 9110, 15.5: the request is at fault, not the time; save for these, which may pass. */
const passing = [401, 403, 404, 408, 409, 423, 425, 429];

/** The texts of events in one body; `extra` stands before them. */
export function bodyOf(hook: string, texts: readonly string[], gap: EventGap | null): string {
  const lost = gap === null ? '' : `,"gap":${JSON.stringify(gap)}`;
  return `{"hook":${JSON.stringify(hook)}${lost},"events":[${texts.map((text) => `{${text}}`).join(',')}]}`;
}

/** Never rejects. */
export async function post(
  { http, clock, timeoutMs }: PostParts,
  hook: HookSettings,
  body: string,
  attempt: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const startMs = clock.nowMs();
  const timestampS = Math.floor(clock.unixMs() / 1000);
  const outcome = (kind: Outcome['kind'], status: number, reason: string, retryAfterMs = 0): Outcome => ({
    kind,
    status,
    reason,
    tookMs: Math.round(clock.nowMs() - startMs),
    retryAfterMs,
  });
  try {
    const { status, headers } = await http.send({
      method: 'POST',
      url: hook.url,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'callbus',
        'Callbus-Hook': hook.id,
        'Callbus-Timestamp': String(timestampS),
        'Callbus-Signature': signatureOf(hook.secret, timestampS, body),
        'Callbus-Attempt': String(attempt),
      },
      body,
      timeoutMs,
      replyBytes,
      namedBy: hook.namedBy,
      keepAlive: true,
      signal,
    });
    if (status >= 200 && status < 300) return outcome('delivered', status, '');
    const isFinal = status >= 400 && status < 500 && !passing.includes(status);
    const waitMs = Math.min(longestRetryAfterMs, 1000 * Math.max(0, Number(headers['retry-after'] ?? 0) || 0));
    return outcome(isFinal ? 'rejected' : 'failed', status, `HTTP ${status}`, waitMs);
  } catch (fault) {
    return outcome('failed', 0, asCodedError(fault).message);
  }
}
