/**
 * Kamailio as Debian ships it, with the configuration of `docs/deploy`, between SIPp and the server: both hops
 * over UDP, TCP and TLS, calls in and out, forks, digest, and another way when the first is dead.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFile } from '../../core/runtime/index.ts';
import { Authority } from '../support/authority.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';
import { startSipp } from '../support/sipp.ts';
import {
  called,
  proxied,
  request,
  respond,
  response,
  type Step,
  sdp,
  wait,
  written,
} from '../support/sipp-scenario.ts';

/** The proxy tells the server from its callers by the address: two addresses of loopback. */
const callersAddress = '127.0.0.1';
const serverAddress = '127.0.0.2';

const plugin = packageFile('dist/test/live/sipp/late-answer.js');
const skip = skipWithout('kamailio', 'sipp', 'sipsak', 'openssl');

interface Proxy {
  readonly peer: Peer;
  readonly port: number;
  readonly tlsPort: number;
}

interface ProxyOptions {
  /** Below the package's folder; default: the one of the documents. */
  readonly file?: string;
  readonly defines: readonly string[];
  readonly tls?: Authority;
}

async function startKamailio({ file = 'docs/deploy/kamailio.cfg', defines, tls }: ProxyOptions): Promise<Proxy> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const at = `${callersAddress}:${port}`;
  const listeners = [`udp:${at}`, `tcp:${at}`, ...(tls === undefined ? [] : [`tls:${callersAddress}:${tlsPort}`])];
  const files =
    tls === undefined
      ? []
      : [
          'WITH_TLS',
          `CERTIFICATE="${tls.file('proxy.crt')}"`,
          `PRIVATE_KEY="${tls.file('proxy.key')}"`,
          `CA_LIST="${tls.file('ca.crt')}"`,
        ];
  const peer = startPeer(
    'kamailio',
    [
      ...['-f', packageFile(file), '-DD', '-E', '-m', '32', '-M', '4'],
      ...[...defines, ...files].flatMap((define) => ['-A', define]),
      ...listeners.flatMap((listener) => ['-l', listener]),
    ],
    { limitMs: 50_000 },
  );
  try {
    await peer.shows(/Listening on/, 10_000);
    await answers(port);
  } catch (fault) {
    await peer.stop();
    throw fault;
  }
  return { peer, port, tlsPort };
}

/** Waits until the proxy's workers read: they start after its first words. */
async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const probe = startPeer('sipsak', ['-s', `sip:echo@${callersAddress}:${port}`, '-i'], { limitMs: 2000 });
    if ((await probe.ended).code === 0) return;
    await pause(200);
  }
  assert.fail('Kamailio does not answer');
}

function startServer(sip: Readonly<Record<string, unknown>> = {}, tls?: Authority): Promise<LiveServer> {
  const wires = tls === undefined ? ['udp', 'tcp'] : ['udp', 'tcp', 'tls'];
  const own = tls && {
    tls: { certFile: tls.file('server.crt'), keyFile: tls.file('server.key'), caFile: tls.file('ca.crt') },
  };
  return startLiveServer({
    config: {
      sip: { listen: wires.map((transport) => ({ transport, address: serverAddress, port: 0 })), ...own, ...sip },
      plugins: [plugin],
      routing: [{ application: '$(ruri.user)' }],
      modules: { late: {}, echo: {}, di_dial: {} },
    },
  });
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 600 && (await server.rpc('calls')) !== 0; attempt++) await pause(100);
  assert.equal(await server.rpc('calls'), 0);
}

for (const [callers, servers] of [
  ['udp', 'udp'],
  ['tcp', 'tcp'],
  ['udp', 'tcp'],
  ['udp', 'tls'],
] as const) {
  test(`through Kamailio, ${callers} towards the callers and ${servers} towards the server {interop-kamailio} {interop-sipp}`, {
    skip,
    timeout: 800_000,
  }, async (context) => {
    const tls = servers === 'tls' ? await Authority.make() : undefined;
    context.after(() => tls?.remove());
    await tls?.sign('server', `IP:${serverAddress}`);
    await tls?.sign('proxy', `IP:${callersAddress}`);
    const server = await startServer({}, tls);
    context.after(() => server.stop());
    const port = server.ready.sip.find(({ transport }) => transport === servers)?.port ?? 0;
    const target = `CALLBUS="sip:${serverAddress}:${port};transport=${servers}"`;
    const proxy = await startKamailio({
      defines: [`CALLBUS_ADDRESS=${serverAddress}`, target],
      ...(tls === undefined ? {} : { tls }),
    });
    context.after(() => proxy.peer.stop());
    // The server hangs up, so that its BYE must find back through the proxy.
    const caller = await startSipp({
      scenario: packageFile('test/live/sipp/through-a-proxy.xml'),
      args: ['-r', '2', '-s', 'short', '-t', callers === 'udp' ? 'u1' : 't1', `${callersAddress}:${proxy.port}`],
      calls: 2,
    });
    assert.equal(await caller.ended, null, proxy.peer.output().slice(-2000));
    await noCallLeft(server);
  });
}

const outbound = 'test/live/sipp/kamailio-outbound.cfg';
const answer = respond(200, 'OK', { toInvite: 'proxied', sdp: sdp() });
const beginning = [called('INVITE', proxied), respond(180, 'Ringing', { toInvite: 'proxied' }), wait(300)];
const isHungUp: readonly Step[] = [...beginning, answer, called('ACK'), called('BYE'), respond(200, 'OK')];
const hangsUp: readonly Step[] = [...beginning, answer, called('ACK'), wait(200), request('BYE', 1), response(200)];
/** Its 2xx crosses the CANCEL. */
const answersLate: readonly Step[] = [
  ...[
    called('INVITE', proxied),
    respond(180, 'Ringing', { toInvite: 'proxied' }),
    called('CANCEL'),
    respond(200, 'OK'),
  ],
  ...[respond(200, 'OK', { toInvite: 'proxied', sdp: sdp() }), called('ACK'), called('BYE'), respond(200, 'OK')],
];

async function scenarioFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-sipp-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function callee(folder: string, name: string, steps: readonly Step[]) {
  return startSipp({ scenario: await written(folder, name, 'callee', steps) });
}

test('calls of ours through Kamailio as outbound proxy, BYE of either side; past a dead hop {interop-kamailio} {call-out} {sip-failover}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const proxy = await startKamailio({ file: outbound, defines: [] });
  context.after(() => proxy.peer.stop());
  const folder = await scenarioFolder(context);
  const dead = await freePort();
  for (const sip of [
    { outboundProxy: `sip:${callersAddress}:${proxy.port};lr` },
    { nextHop: `${callersAddress}:${dead}/tcp, ${callersAddress}:${proxy.port}/udp` },
  ]) {
    const server = await startServer(sip);
    context.after(() => server.stop());
    const callees = [
      { application: 'short', sipp: await callee(folder, 'hung-up', isHungUp) },
      { application: 'echo', sipp: await callee(folder, 'hangs-up', hangsUp) },
    ];
    await pause(200);
    for (const { application, sipp } of callees)
      await server.rpc('di_dial.dial', [
        ...[application, 'x', `sip:us@${serverAddress}`, `sip:bob@${callersAddress}:${sipp.port}`],
      ]);
    for (const { sipp } of callees) assert.equal(await sipp.ended, null);
    await noCallLeft(server);
  }
});

test('Kamailio forks a call of ours: both ring, both answer, one is kept; and asks for credentials {interop-kamailio} {sip-forks} {sip-digest}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const folder = await scenarioFolder(context);
  const [first, second] = [await callee(folder, 'first', isHungUp), await callee(folder, 'late', answersLate)];
  const proxy = await startKamailio({
    file: outbound,
    defines: ['WITH_DIGEST', `SECOND="sip:fork@${callersAddress}:${second.port}"`],
  });
  context.after(() => proxy.peer.stop());
  const server = await startServer({ outboundProxy: `sip:${callersAddress}:${proxy.port};lr` });
  context.after(() => server.stop());
  const to = `sip:fork@${callersAddress}:${first.port}`;
  const credentials = ['127.0.0.1', 'alice', 'wonderland'];
  await server.rpc('di_dial.dial_auth', ['short', 'x', `sip:alice@${callersAddress}`, to, ...credentials]);
  assert.equal(await first.ended, null, 'the first');
  assert.equal(await second.ended, null, 'the second');
  await noCallLeft(server);
});
