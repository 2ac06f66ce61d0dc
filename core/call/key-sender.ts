import type { keyTypes } from './key-info.ts';
import type { Session } from './session.ts';
import type { SendKeysOptions } from './types.ts';

type KeyType = (typeof keyTypes)[number];

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
  let type: KeyType = 'application/dtmf-relay';
  for (const key of keys) {
    if (session.signal.aborted) return;
    let status = await sendInfo(session, type, key, durationMs);
    if (status === 415 && type === 'application/dtmf-relay') {
      // Some peers know only another body: the key itself.
      type = 'application/dtmf';
      status = await sendInfo(session, type, key, durationMs);
    }
    if (status >= 300) session.log.info('the peer refused a key by INFO', { status });
  }
}

async function sendInfo(session: Session, contentType: KeyType, key: string, durationMs: number): Promise<number> {
  const text = contentType === 'application/dtmf' ? key : `Signal=${key}\r\nDuration=${durationMs}\r\n`;
  const body = { contentType, content: new TextEncoder().encode(text) };
  return (await session.request('INFO', { body })).status;
}
