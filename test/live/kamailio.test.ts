/**
 * Kamailio as Debian ships it, with the configuration of `docs/deploy`, between a SIPp caller and the
 * server: both hops over UDP, TCP and TLS, calls in both directions.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFile } from '../../core/runtime/index.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';

/** The proxy tells the server from its callers by the address: two addresses of loopback. */
const callersAddress = '127.0.0.1';
const serverAddress = '127.0.0.2';

const plugin = packageFile('dist/test/live/sipp/late-answer.js');

interface Proxy {
  readonly peer: Peer;
  readonly port: number;
}

/** Kamailio with its own port, ready to relay to the server over `transport`. */
async function startKamailio(target: string): Promise<Proxy> {
  const port = await freePort();
  const at = `${callersAddress}:${port}`;
  const defines = [`CALLBUS_ADDRESS=${serverAddress}`, `CALLBUS="${target}"`].flatMap((define) => ['-A', define]);
  const listeners = ['-l', `udp:${at}`, '-l', `tcp:${at}`];
  const peer = startPeer(
    'kamailio',
    ['-f', packageFile('docs/deploy/kamailio.cfg'), '-DD', '-E', '-m', '32', '-M', '4', ...defines, ...listeners],
    { limitMs: 50_000 },
  );
  await peer.shows(/Listening on/, 10_000);
  await answers(port);
  return { peer, port };
}

/** Waits until the proxy's workers read: they start after its first words. */
async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const probe = startPeer('sipsak', ['-s', `sip:echo@${callersAddress}:${port}`, '-i'], { limitMs: 2000 });
    if ((await probe.ended).code === 0) return;
    await pause(200);
  }
  assert.fail('Kamailio does not answer');
}

function startServer(): Promise<LiveServer> {
  return startLiveServer({
    config: {
      sip: {
        listen: [
          { transport: 'udp', address: serverAddress, port: 0 },
          { transport: 'tcp', address: serverAddress, port: 0 },
        ],
      },
      plugins: [plugin],
      routing: [{ application: '$(ruri.user)' }],
      modules: { late: {}, echo: {}, di_dial: {} },
    },
  });
}

async function sipp(scenario: string, ...args: readonly string[]): Promise<Peer> {
  const [port, mediaPort] = [await freePort(), await freePort()];
  const ours = ['-i', callersAddress, '-p', String(port), '-mi', callersAddress, '-mp', String(mediaPort), '-nostdin'];
  return startPeer('sipp', ['-sf', packageFile(scenario), ...ours, '-m', '2', '-r', '2', ...args], { limitMs: 20_000 });
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 100 && (await server.rpc('calls')) !== 0; attempt++) await pause(100);
  assert.equal(await server.rpc('calls'), 0);
}

for (const [callers, servers] of [
  ['udp', 'udp'],
  ['tcp', 'tcp'],
  ['udp', 'tcp'],
] as const) {
  test(`through Kamailio, ${callers} towards the callers and ${servers} towards the server {interop-kamailio} {interop-sipp}`, {
    skip: skipWithout('kamailio', 'sipp', 'sipsak'),
    timeout: 60_000,
  }, async () => {
    const server = await startServer();
    const port = servers === 'udp' ? server.sipPort : server.sipTcpPort;
    const proxy = await startKamailio(`sip:${serverAddress}:${port};transport=${servers}`);
    try {
      const wire = callers === 'udp' ? 'u1' : 't1';
      // The server hangs up, so that its BYE must find back through the proxy.
      const caller = await sipp(
        'test/live/sipp/through-a-proxy.xml',
        '-s',
        'short',
        '-t',
        wire,
        `${callersAddress}:${proxy.port}`,
      );
      assert.equal((await caller.ended).code, 0, caller.output().slice(-2000));
      await noCallLeft(server);
    } finally {
      await proxy.peer.stop();
      await server.stop();
    }
  });
}
