import type { Session } from './session.ts';
import type { SendKeysOptions } from './types.ts';

const pressMs = 250;
/** What every peer that takes keys by INFO takes (reference/applications 4.6). */
const longestInfoMs = 1000;

/**
 * Sends keys as RFC 4733 events where they were agreed, else as tones in the audio; or as `method`
 * says. What is no key is left out.
 */
export function sendKeys(session: Session, keys: string, options: SendKeysOptions = {}): void {
  const { method = 'auto', durationMs } = options;
  const sendable = keys.toUpperCase().replace(/[^0-9*#A-D]/g, '');
  if (sendable === '') return;
  if (method === 'info') void sendByInfo(session, sendable, Math.min(durationMs ?? pressMs, longestInfoMs));
  else session.media?.sendKeys(sendable, { method, ...(durationMs === undefined ? {} : { durationMs }) });
}

/** One INFO after the other, so that they arrive in order. */
async function sendByInfo(session: Session, keys: string, durationMs: number): Promise<void> {
  for (const key of keys) {
    if (session.signal.aborted) return;
    const content = new TextEncoder().encode(`Signal=${key}\r\nDuration=${durationMs}\r\n`);
    const { status } = await session.request('INFO', { body: { contentType: 'application/dtmf-relay', content } });
    if (status >= 300) session.log.info('the peer refused a key by INFO', { status });
  }
}
