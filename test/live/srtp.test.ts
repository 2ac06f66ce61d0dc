/** SRTP with keys in SDP between the server and baresip: both ways of offering it, and refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startBaresip } from '../support/baresip.ts';
import { startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { levelAt } from '../support/tones.ts';

const toneHz = 560;
const says = Int16Array.from({ length: 8000 * 20 }, (_, i) => 8000 * Math.sin((2 * Math.PI * toneHz * i) / 8000));

const calls = [
  { encryption: 'srtp-mand', srtp: 'required', offers: 'RTP/SAVP' },
  { encryption: 'srtp-mandf', srtp: 'optional', offers: 'RTP/SAVPF' },
  { encryption: 'srtp', srtp: 'optional', offers: 'a=crypto in RTP/AVP' },
] as const;

for (const { encryption, srtp, offers } of calls) {
  test(`baresip offers ${offers} to a server where SRTP is ${srtp} and hears itself {srtp} {sdes} {interop-baresip}`, {
    skip: skipWithout('baresip'),
    timeout: 800_000,
  }, async () => {
    const server = await startLiveServer({ config: { modules: { echo: {} }, media: { srtp } } });
    const dial = `/dial sip:echo@127.0.0.1:${server.sipPort}`;
    const phone = await startBaresip(server.folder, says, [dial], encryption);
    try {
      await phone.peer.shows(/Call established/, 10_000);
      await pause(3000);
      await phone.command('hangup');
      const [, figures = ''] = await server.peer.shows(/^(\{.*"msg":"call ended".*\})$/m, 10_000);
      await phone.peer.stop();
      const heard = await phone.recording();
      const level = levelAt(heard.subarray(8000, 16_000), toneHz);
      assert.ok(level > 1000, `its own tone has level ${level.toFixed(0)} of ${heard.length} samples`);
      assert.match(figures, /"packetsReceived":1\d\d/);
    } finally {
      await phone.peer.stop();
      await server.stop();
    }
  });
}

test('a plain call of baresip is refused where SRTP is required {sdes} {interop-baresip}', {
  skip: skipWithout('baresip'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} }, media: { srtp: 'required' } } });
  const phone = await startBaresip(server.folder, says, [`/dial sip:echo@127.0.0.1:${server.sipPort}`]);
  try {
    await phone.peer.shows(/session closed: 488/, 10_000);
    assert.equal(await server.rpc('calls'), 0);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});
