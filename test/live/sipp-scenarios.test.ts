/**
 * Other people's SIPp scenarios against the running server. Those that do not fit a media server
 * without registrar, reliable provisional responses and session timers are not listed: see `rest`.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFile } from '../../core/runtime/index.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const siphon = 'sipp/siphon-rs/sipp';
const drachtio = 'sipp/drachtio-server';

interface Scenario {
  readonly file: string;
  /** User part: chooses the application. */
  readonly user: string;
  readonly transport?: 'udp' | 'tcp' | 'udp6';
}

const calls = (folder: string, user: string, ...names: readonly string[]): Scenario[] =>
  names.map((name) => ({ file: `${folder}/${name}.xml`, user }));

/** SIPp calls us. */
const incoming: readonly Scenario[] = [
  ...calls(
    siphon,
    'echo',
    ...['invite_bye', 'info', 'info_out_of_dialog', 'invite_multi_codec', 'malformed_sdp', 'max_forwards_decrement'],
    ...['max_forwards_edge_case', 'max_forwards_zero', 'options', 'reinvite', 'session_timer_refresh'],
    ...['unsupported_method', 'update_out_of_dialog'],
    // These two leave their call behind: silence ends it.
    ...['update', 'invite'],
  ),
  ...calls(siphon, 'ringing', 'cancel', 'forking_invite', 'route_bye'),
  ...calls(siphon, 'conference', 'invite_bye', 'reinvite', 'info'),
  { file: `${siphon}/invite_bye.xml`, user: 'echo', transport: 'tcp' },
  { file: `${siphon}/invite_bye_ipv6.xml`, user: 'echo', transport: 'udp6' },
  ...calls(
    drachtio,
    'echo',
    ...['uac', 'uac-options-expect-200', 'uac-utf8', 'uac-preloaded-route', 'uac-overlapping', 'uac-refresh'],
    'uac-session-expires-no-refresher-default',
  ),
  ...calls(drachtio, 'progress', 'uac-cancel', 'uac-update-during-invite'),
  ...calls(drachtio, 'ringing', 'uac-notify-during-call-setup'),
  ...calls(drachtio, 'hesitant', 'uac-reinvite-bye-race'),
  ...calls(drachtio, 'short', 'uac-recv-bye', 'uac-send-reinvite-no-sdp'),
  ...calls(drachtio, 'refuse486', 'uac-expect-486'),
  ...calls(drachtio, 'refuse503', 'uac-expect-503'),
  ...calls(drachtio, 'refuse603', 'uac-spammer-expect-603', 'uac-spammer-ack-crash'),
  ...calls(drachtio, 'broken', 'uac-expect-500', 'uac-invalid-uri-user'),
];

/** We call SIPp; `user` is the application that serves the call. */
const placed: readonly Scenario[] = [
  ...calls(siphon, 'short', 'uas_invite'),
  ...calls(drachtio, 'short', 'uas-success', 'uas-183-180-200', 'uas-tcp'),
  ...calls(drachtio, 'echo', 'uas-fail-486', 'uas-bye'),
  ...calls(drachtio, 'impatient', 'uas-cancel', 'uas-ackbye'),
  ...calls(drachtio, 'reinviting', 'uas-success-reinvite'),
];

const rest = /register|auth|prack|session|subscribe|message|proxy|refer|outbound|_(blue|red|green|orange|black)|pcap/;

const config = {
  plugins: [packageFile('dist/test/live/sipp/late-answer.js')],
  sip: {
    listen: [
      { transport: 'udp', address: '127.0.0.1', port: 0 },
      { transport: 'tcp', address: '127.0.0.1', port: 0 },
      { transport: 'udp', address: '::1', port: 0 },
    ],
  },
  media: { rtpTimeoutMs: 5000 },
  routing: [
    { match: '^sip:refuse', application: 'refuse' },
    { match: '^sip:0@', application: 'refuse' },
    { match: '^sip:-TX', application: 'broken' },
    { application: '$(ruri.user)' },
  ],
  modules: { late: {}, echo: {}, conference: {}, di_dial: {} },
};

const skip =
  root === undefined
    ? `CALLBUS_CONFORMANCE is not set: ${incoming.length + placed.length} scenarios not run`
    : !existsSync(join(root, drachtio))
      ? `${drachtio} is not there: ${incoming.length + placed.length} scenarios not run`
      : skipWithout('sipp');

test('SIPp scenarios of others, in and out {interop-sipp}', { skip, timeout: 120_000 }, async (context) => {
  const server = await startLiveServer({ config, limitMs: 120_000 });
  try {
    for (const scenario of incoming) {
      await context.test(nameOf(scenario, 'calls'), () => comesIn(server, scenario));
    }
    for (const scenario of placed) {
      await context.test(nameOf(scenario, 'answers'), () => goesOut(server, scenario));
    }
    await context.test('no call is left', () => noCallLeft(server));
    await context.test('nobody threw what nobody caught', () => {
      assert.doesNotMatch(server.peer.output(), /a fault that nobody caught|could not be handled|handler threw/);
    });
    const known = new Set([...incoming, ...placed].map(({ file }) => basename(file)));
    const left = [siphon, drachtio]
      .flatMap((folder) => readdirSync(join(root ?? '', folder)))
      .filter((name) => name.endsWith('.xml') && !known.has(name) && !rest.test(name));
    context.diagnostic(`${known.size} scenarios run; not for us, or too long: ${left.join(', ')} and ${rest}`);
  } finally {
    await server.stop();
  }
});

test('300 calls by SIPp, a hundred a second: all answered and ended, nothing is left {thousand-calls} {interop-sipp}', {
  skip: skipWithout('sipp'),
  timeout: 60_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} } } });
  try {
    const rate = ['-r', '100', '-d', '2000', '-m', '300'];
    await runs(async () => {
      const [port, mediaPort] = [await freePort(), await freePort()];
      const ours = ['-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-mp', String(mediaPort)];
      const target = `127.0.0.1:${server.sipPort}`;
      const peer = startPeer('sipp', ['-sn', 'uac', '-s', 'echo', ...ours, ...rate, '-nostdin', target], {
        limitMs: 30_000,
      });
      return { peer, port };
    });
    await noCallLeft(server);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    for (const gauge of ['callbus_calls', 'callbus_media_streams', 'callbus_sip_dialogs'])
      assert.match(metrics, new RegExp(`^${gauge} 0$`, 'm'));
    assert.match(metrics, /callbus_events_published_total\{event="call.ended"\} 300/);
  } finally {
    await server.stop();
  }
});

const nameOf = ({ file, user, transport = 'udp' }: Scenario, verb: string): string =>
  `${basename(file, '.xml')} ${verb} ${user} over ${transport}`;

async function comesIn(server: LiveServer, { file, user, transport = 'udp' }: Scenario): Promise<void> {
  const address = transport === 'udp6' ? '::1' : '127.0.0.1';
  const wire = transport === 'tcp' ? 'tcp' : 'udp';
  const listener = server.ready.sip.find((each) => each.transport === wire && each.address === address);
  assert.ok(listener !== undefined, `no listener on ${address}`);
  const target = address === '::1' ? `[::1]:${listener.port}` : `${address}:${listener.port}`;
  const wireOption = wire === 'tcp' ? ['-t', 't1'] : [];
  await runs(() => startSipp(file, address, ['-s', user, '-d', '200', ...wireOption, target]));
}

async function goesOut(server: LiveServer, { file, user }: Scenario): Promise<void> {
  await runs(async () => {
    const sipp = await startSipp(file, '127.0.0.1', []);
    await pause(200); // it says nothing when it is ready; our INVITE is repeated after half a second
    await server.rpc('di_dial.dial', [user, 'x', 'sip:us@127.0.0.1', `sip:peer@127.0.0.1:${sipp.port}`]);
    return sipp;
  });
}

async function startSipp(file: string, address: string, more: readonly string[]) {
  const [port, mediaPort] = [await freePort(), await freePort()];
  const path = join(root ?? '', file);
  const ours = ['-i', address, '-p', String(port), '-mi', address, '-mp', String(mediaPort)];
  // CSV files of a scenario are found beside it.
  const peer = startPeer('sipp', ['-sf', path, ...ours, '-m', '1', '-nostdin', ...more], {
    limitMs: 15_000,
    cwd: dirname(path),
  });
  return { peer, port };
}

/** SIPp's exit code when somebody took its port first. */
const bindFailed = 254;

async function runs(start: () => ReturnType<typeof startSipp>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { peer } = await start();
    const { code, timedOut } = await peer.ended;
    if (code === bindFailed && attempt < 3) continue;
    assert.equal(timedOut, false, `took too long:\n${peer.output().slice(-1500)}`);
    assert.equal(code, 0, peer.output().slice(-1500));
    return;
  }
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if ((await server.rpc('calls')) === 0) return;
    await pause(100);
  }
  assert.equal(await server.rpc('calls'), 0);
}
