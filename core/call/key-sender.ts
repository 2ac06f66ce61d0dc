import type { Session } from './session.ts';

const pressMs = 250;

/** Sends keys as RFC 4733 events, or by INFO to a peer that did not agree to those. */
export function sendKeys(session: Session, keys: string): void {
  const sendable = keys.toUpperCase().replace(/[^0-9*#A-D]/g, '');
  if (sendable === '') return;
  if (session.negotiation.parameters?.telephoneEvent != null) session.media?.sendKeys(sendable);
  else void sendByInfo(session, sendable);
}

/** One INFO after the other, so that they arrive in order. */
async function sendByInfo(session: Session, keys: string): Promise<void> {
  for (const key of keys) {
    if (session.signal.aborted) return;
    const content = new TextEncoder().encode(`Signal=${key}\r\nDuration=${pressMs}\r\n`);
    const { status } = await session.request('INFO', { body: { contentType: 'application/dtmf-relay', content } });
    if (status >= 300) session.log.info('the peer refused a key by INFO', { status });
  }
}
