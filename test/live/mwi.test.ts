/** SIPp as a phone that subscribes to its message summary at a running server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFile } from '../../core/runtime/index.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { startSipp } from '../support/sipp.ts';

const config = {
  modules: { msg_storage: {}, mwi: { domain: 'example.org' } },
  calls: {
    authenticate: {
      realm: 'example.org',
      exempt: 'nobody',
      // SIPp knows no other.
      algorithms: ['MD5'],
      users: [{ name: 'alice', password: 'wonderland' }],
      methods: ['INVITE', 'SUBSCRIBE'],
    },
  },
};

test('SIPp subscribes with a password, is told of a message that comes, and leaves {mwi}', {
  skip: skipWithout('sipp'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config });
  try {
    const { ended } = await startSipp({
      scenario: packageFile('test/live/sipp/message-summary.xml'),
      args: [`127.0.0.1:${server.sipPort}`],
      limitMs: 40_000,
    });
    await isSubscribed(server);
    const message = { domain: 'example.org', user: 'alice', message: 'hello.wav', content: 'aGVsbG8=' };
    assert.deepEqual(await server.rpc('msg_storage.msg_new', message), [0]);
    assert.equal(await ended, null);
  } finally {
    await server.stop();
  }
});

/** Until the server counts one subscription; the peer says itself when none comes. */
async function isSubscribed(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    if (/^callbus_mwi_subscriptions 1$/m.test(metrics)) return;
    await pause(100);
  }
}
