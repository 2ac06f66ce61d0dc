import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { LiveServer } from '../../support/live-server.ts';

/** No call, no stream: waits until it is so. */
export async function nothingLeft(server: LiveServer, limitMs = 30_000): Promise<void> {
  const names = ['callbus_calls', 'callbus_media_streams'];
  let found: string[] = [];
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 100) {
    const response = await fetch(`${server.http}/metrics`, { signal: AbortSignal.timeout(60_000) });
    const lines = (await response.text()).split('\n');
    found = lines.filter((line) => names.some((name) => line.startsWith(`${name} `)) && !line.endsWith(' 0'));
    if (found.length === 0) return;
    await pause(100);
  }
  assert.fail(`left behind: ${found.join(', ')}`);
}
