/** Twenty browser legs for a minute: each page of Chromium holds several, and no packet is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { bareArguments, callMore, connect, figuresOfAll, hangUpAll, servePage } from '../live/webrtc/bare-page.ts';
import { nothingLeft } from '../live/webrtc/nothing-left.ts';
import { skipWithoutChromium, startChromium } from '../support/chromium.ts';
import { startLiveServer } from '../support/live-server.ts';

const legs = 20;
const minuteMs = 60_000;

test('20 browser legs for a minute lose nothing, and leave nothing {webrtc}', {
  skip: skipWithoutChromium,
}, async (context) => {
  const bare = await servePage();
  const server = await startLiveServer({
    limitMs: 240_000,
    config: { rpc: { listen: { address: '127.0.0.1', port: 0 }, netstring: null, origins: [bare.origin] } },
  });
  const browser = await startChromium({ args: bareArguments });
  try {
    const page = await browser.open(bare.url);
    await connect(page, server.http, 'many');
    await callMore(page, `sip:echo@127.0.0.1:${server.sipPort}`, legs);
    for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 500) {
      const all = await figuresOfAll(page);
      if (all.length === legs && all.every(({ packetsReceived }) => packetsReceived > 0)) break;
      await pause(500);
    }
    const before = await figuresOfAll(page);
    await pause(minuteMs);
    const after = await figuresOfAll(page);
    const received = after.map(({ packetsReceived }, at) => packetsReceived - (before[at]?.packetsReceived ?? 0));
    const sent = after.map(({ packetsSent }, at) => packetsSent - (before[at]?.packetsSent ?? 0));
    const range = (all: readonly number[]): string => `${Math.min(...all)} to ${Math.max(...all)}`;
    context.diagnostic(`packets of a minute: ${range(sent)} sent, ${range(received)} received`);
    assert.equal(after.length, legs);
    assert.deepEqual(
      after.map(({ packetsLost }) => packetsLost),
      Array(legs).fill(0),
    );
    // A page on a busy machine sends fewer than 50 a second; what it sends comes back.
    for (const [at, count] of received.entries())
      assert.ok(count > 500 && count > (sent[at] ?? 0) * 0.95, `${received}`);
    await hangUpAll(page);
    await nothingLeft(server);
  } finally {
    await browser.close();
    await server.stop();
    await bare.close();
  }
});
