/** baresip called by the server: it answers, holds, takes the call up again and hangs up, as its users press it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startBaresip } from '../support/baresip.ts';
import { startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { levelAt } from '../support/tones.ts';

const toneHz = 560;

test('the server calls baresip, which answers, hears itself in the echo, holds, resumes and hangs up {interop-baresip}', {
  skip: skipWithout('baresip'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {}, di_dial: {} } } });
  const says = Int16Array.from({ length: 8000 * 30 }, (_, i) => 8000 * Math.sin((2 * Math.PI * toneHz * i) / 8000));
  const phone = await startBaresip(server.folder, says);
  try {
    await server.rpc('di_dial.dial', ['echo', 'x', 'sip:us@127.0.0.1', `sip:baresip@127.0.0.1:${phone.sipPort}`]);
    await phone.peer.shows(/Incoming call from/, 10_000);
    await phone.command('accept');
    await phone.peer.shows(/Call established/, 10_000);
    await pause(2000);
    const beforeHoldMs = await phone.heardMs();
    await phone.command('hold');
    await pause(1000);
    await phone.command('resume');
    await pause(2000);
    await phone.command('hangup');
    const [, figures = ''] = await server.peer.shows(/^(\{.*"msg":"call ended"\})$/m, 10_000);
    assert.equal(await server.rpc('calls'), 0);
    await phone.peer.stop();
    const heard = await phone.recording();
    const level = levelAt(heard.subarray((beforeHoldMs - 1200) * 8, (beforeHoldMs - 200) * 8), toneHz);
    assert.ok(level > 1000, `its own tone has level ${level.toFixed(0)} of ${heard.length} samples`);
    // baresip's recording ends with the hold; that there was audio after it shows in the packets (50 a second).
    const { endedBy, packetsSent, packetsReceived } = JSON.parse(figures) as Record<string, unknown>;
    assert.equal(endedBy, 'remote');
    for (const packets of [packetsSent, packetsReceived])
      assert.ok(Number(packets) > beforeHoldMs / 20 + 40, `${packets} packets, ${beforeHoldMs} ms before the hold`);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});
