/** sipsak, the network operator's probe: OPTIONS, trace, flood and broken messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLiveServer } from '../support/live-server.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const skip = skipWithout('sipsak');

async function sipsak(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const peer = startPeer('sipsak', args, { limitMs: 15_000 });
  const { code } = await peer.ended;
  return { code, output: peer.output() };
}

test('sipsak: OPTIONS over UDP and TCP, trace, a flood, broken requests, and OPTIONS again {interop-sipsak}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} } }, limitMs: 80_000 });
  try {
    const uri = `sip:echo@127.0.0.1:${server.sipPort}`;
    const alive = async (): Promise<void> => {
      const { code, output } = await sipsak('-vv', '-s', uri);
      assert.equal(code, 0, output);
      assert.match(output, /SIP\/2\.0 200 OK/);
      assert.match(output, /^Allow: .*INVITE.*BYE/m);
    };
    await alive();
    assert.equal((await sipsak('-E', 'tcp', '-s', `sip:echo@127.0.0.1:${server.sipTcpPort}`)).code, 0);
    // Max-Forwards 0 and up: an OPTIONS that has arrived is answered whatever is left (core-and-sbc 2.5).
    assert.match((await sipsak('-T', '-s', uri)).output, /SIP\/2\.0 200 OK/);
    await sipsak('-F', '-e', '500', '-s', uri);
    await alive();
    // Characters are overwritten at random; a broken request may go without an answer, but breaks nothing.
    for (let round = 0; round < 3; round++) await sipsak('-R', '-t', '30', '-D', '2', '-s', uri);
    await alive();
    assert.doesNotMatch(server.peer.output(), /could not be handled|nobody caught/);
  } finally {
    await server.stop();
  }
});
