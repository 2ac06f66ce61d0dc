/** Other people's SIPp scenarios against running servers; which ones, and which not: `sipp/scenarios.ts`. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fillDefaults } from '../../core/config/defaults.ts';
import { packageFile, realSeams, silentLog } from '../../core/runtime/index.ts';
import { createSipStack, type SipConfig, SipConfigSchema, type SipStack } from '../../core/sip/index.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { runSipp, startSipp } from '../support/sipp.ts';
import {
  drachtio,
  elsewhere,
  guessScenario,
  quick,
  type Scenario,
  type ServerName,
  siphon,
  slow,
  unfit,
} from './sipp/scenarios.ts';

const root = process.env['CALLBUS_CONFORMANCE'];

const configs: { readonly [name in ServerName]: Readonly<Record<string, unknown>> } = {
  open: { media: { rtpTimeoutMs: 5000 } },
  patient: {},
};

const config = (name: ServerName): Readonly<Record<string, unknown>> => ({
  plugins: [packageFile('dist/test/live/sipp/late-answer.js')],
  sip: {
    listen: [
      { transport: 'udp', address: '127.0.0.1', port: 0 },
      { transport: 'tcp', address: '127.0.0.1', port: 0 },
      { transport: 'udp', address: '::1', port: 0 },
    ],
  },
  routing: [
    { match: '^sip:refuse', application: 'refuse' },
    { match: '^sip:(outbound-3033|black)@', application: 'unavailable' },
    { match: '^sip:outbound', application: 'echo' },
    { match: '^sip:(red|blue|green|orange)@', application: 'coloured' },
    { match: '^sip:0@', application: 'refuse' },
    { match: '^sip:-TX', application: 'broken' },
    { match: '^sip:b2b@', application: 'b2bua' },
    { application: '$(ruri.user)' },
  ],
  calls: { messages: 'accept', refer: { inDialog: 'follow' } },
  modules: { late: {}, echo: {}, conference: {}, di_dial: {}, b2bua: {} },
  ...configs[name],
});

const faults = /a fault that nobody caught|could not be handled|handler threw/;

const count = quick.length + slow.length;
const skip =
  root === undefined
    ? `CALLBUS_CONFORMANCE is not set: ${count} scenarios not run`
    : !existsSync(join(root, drachtio))
      ? `${drachtio} is not there: ${count} scenarios not run`
      : skipWithout('sipp');

test('SIPp scenarios of others, in and out {interop-sipp}', {
  skip,
  timeout: 800_000,
  concurrency: 2,
}, async (context) => {
  const names = ['open', 'patient'] as const;
  const servers = new Map<ServerName, LiveServer>();
  try {
    for (const name of names) servers.set(name, await startLiveServer({ config: config(name), limitMs: 150_000 }));
    const all = (scenarios: readonly Scenario[]) => async (group: TestContext) => {
      const runs = scenarios.map((scenario) => {
        const server = servers.get(scenario.server ?? 'open');
        assert.ok(server !== undefined);
        return group.test(nameOf(scenario), () => run(server, scenario));
      });
      await Promise.all(runs);
    };
    await Promise.all([
      context.test('that take seconds', { concurrency: 4 }, all(quick)),
      context.test('that take minutes', { concurrency: slow.length }, all(slow)),
    ]);
    await context.test('the key of the pcap file was heard', () => {
      assert.match(servers.get('open')?.peer.output() ?? '', /"key":"1".*"msg":"key heard"/);
    });
    for (const [name, server] of servers) {
      await context.test(`${name}: no call is left`, () => noCallLeft(server));
      await context.test(`${name}: nobody threw what nobody caught`, () => {
        assert.doesNotMatch(server.peer.output(), faults);
      });
    }
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
});

const nameOf = ({ file, direction, user, transport = 'udp' }: Scenario): string =>
  `${file.replace(/^sipp\/|\.xml$/g, '')} ${direction === 'in' ? 'calls' : 'answers'} ${user} over ${transport}`;

function run(server: LiveServer, scenario: Scenario): Promise<void> {
  return scenario.direction === 'in' ? comesIn(server, scenario) : goesOut(server, scenario);
}

async function comesIn(server: LiveServer, scenario: Scenario): Promise<void> {
  const { file, user, transport = 'udp', args = [], attempts, limitMs } = scenario;
  const address = transport === 'udp6' ? '::1' : '127.0.0.1';
  const wire = transport === 'tcp' ? 'tcp' : 'udp';
  const listener = server.ready.sip.find((each) => each.transport === wire && each.address === address);
  assert.ok(listener !== undefined, `no listener on ${address}`);
  const target = address === '::1' ? `[::1]:${listener.port}` : `${address}:${listener.port}`;
  const wireOption = wire === 'tcp' ? ['-t', 't1'] : [];
  const callee = scenario.peerInFile === true ? await startSipp({ scenario: ownScenario('answers-slowly') }) : null;
  const values = callee === null ? [] : ['-inf', await valuesFile(server, callee.port)];
  await runSipp(
    () =>
      startSipp({
        scenario: join(root ?? '', file),
        args: ['-s', user, '-d', '200', ...wireOption, ...values, ...args, target],
        address,
        ...(limitMs === undefined ? {} : { limitMs }),
      }),
    attempts,
  );
  if (callee !== null) await runSipp(async () => callee);
}

const ownScenario = (name: string): string => packageFile(`test/live/sipp/${name}.xml`);

async function valuesFile(server: LiveServer, port: number): Promise<string> {
  const path = join(server.folder, `values-${port}.csv`);
  await writeFile(path, `SEQUENTIAL\n127.0.0.1;${port}\n`);
  return path;
}

async function goesOut(server: LiveServer, { file, user, header, limitMs }: Scenario): Promise<void> {
  await runSipp(async () => {
    const sipp = await startSipp({ scenario: join(root ?? '', file), ...(limitMs === undefined ? {} : { limitMs }) });
    await pause(200); // it says nothing when it is ready; our INVITE is repeated after half a second
    const to = `sip:peer@127.0.0.1:${sipp.port}`;
    if (header === undefined) await server.rpc('di_dial.dial', [user, 'x', 'sip:us@127.0.0.1', to]);
    else await server.rpc('late.dial', [user, to, header]);
    return sipp;
  });
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await server.rpc('calls')) === 0) return;
    await pause(100);
  }
  assert.equal(await server.rpc('calls'), 0);
}

test('300 calls by SIPp, a hundred a second: all answered and ended, nothing is left {thousand-calls} {interop-sipp}', {
  skip: skipWithout('sipp'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} } } });
  try {
    const args = ['-s', 'echo', '-r', '100', '-d', '2000', `127.0.0.1:${server.sipPort}`];
    await runSipp(() => startSipp({ scenario: 'uac', args, calls: 300, limitMs: 30_000 }));
    await noCallLeft(server);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    for (const gauge of ['callbus_calls', 'callbus_media_streams', 'callbus_sip_dialogs'])
      assert.match(metrics, new RegExp(`^${gauge} 0$`, 'm'));
    assert.match(metrics, /callbus_events_published_total\{event="call.ended"\} 300/);
  } finally {
    await server.stop();
  }
});

/** Runs what the engine does not do by itself on a stack of its own. */
async function onStack(context: TestContext, config: Partial<SipConfig>): Promise<SipStack> {
  const seams = realSeams({ log: silentLog });
  const listen = [{ transport: 'udp' as const, address: '127.0.0.1', port: 0 }];
  const stack = await createSipStack(seams, {
    ...(fillDefaults(SipConfigSchema, {}) as SipConfig),
    listen,
    ...config,
  });
  stack.open();
  context.after(() => stack.close());
  return stack;
}

const called = (stack: SipStack, name: string): Promise<void> =>
  runSipp(() =>
    startSipp({
      scenario: join(root ?? '', `${siphon}/${name}.xml`),
      args: ['-s', 'us', `127.0.0.1:${stack.listeners[0]?.port ?? 0}`],
    }),
  );

test('SIPp subscribes to presence, refreshes and leaves {interop-sipp} {sip-subscribe}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const stack = await onStack(context, {});
  stack.notifier('presence', {
    onSubscribe: (subscription) =>
      subscription.accept({ body: { contentType: 'application/pidf+xml', content: Buffer.from('<presence/>') } }),
  });
  await called(stack, 'subscribe_notify');
  await called(stack, 'subscribe_lifecycle');
});

test('SIPp acknowledges RSeq 1, which the owner of the call sends where PRACK is relayed {interop-sipp} {sip-100rel}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const stack = await onStack(context, { reliableProvisional: 'relay' });
  stack.handlers = {
    ...stack.handlers,
    onInvite: (dialog) => {
      dialog.onEvent = (event) => {
        if (event.kind !== 'request' || event.request.request.method !== 'PRACK') return;
        event.request.respond(200);
        dialog.respond(200);
      };
      const reliable = [
        ['Require', '100rel'],
        ['RSeq', '1'],
      ] as const;
      dialog.respond(180, undefined, { headers: reliable });
    },
  };
  await called(stack, 'prack');
});

test('SIPp answers an OPTIONS late, and five REGISTERs {interop-sipp} {registration}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const stack = await onStack(context, {});
  const scenario = (name: string): string => join(root ?? '', `${drachtio}/${name}.xml`);
  const late = await startSipp({ scenario: scenario('uas-options-delay') });
  const registrar = await startSipp({ scenario: scenario('uas-handle-5-registers'), calls: 5 });
  const { response } = await stack.request({
    method: 'OPTIONS',
    requestUri: `sip:127.0.0.1:${late.port}`,
    from: '<sip:us@127.0.0.1>',
    to: '<sip:peer@127.0.0.1>',
  });
  assert.equal(response.status, 200);
  const registrations = Array.from({ length: 5 }, (_, n) =>
    stack.register({ registrar: `sip:127.0.0.1:${registrar.port}`, addressOfRecord: `<sip:user${n}@127.0.0.1>` }),
  );
  assert.equal(await late.ended, null);
  assert.equal(await registrar.ended, null);
  assert.equal(registrations.length, 5);
});

/** Files of the two folders when the lists were made; others of the same kind have other numbers. */
const knownFiles = 107;

test('every scenario is in one list; of those that the lists do not know the outcome is told {interop-sipp}', {
  skip,
  timeout: 800_000,
}, async (context) => {
  const files = [siphon, drachtio].flatMap((folder) =>
    readdirSync(join(root ?? '', folder), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.xml'))
      .map((name) => `${folder}/${name}`),
  );
  const runs = new Set([...[...quick, ...slow].map(({ file }) => file), ...elsewhere]);
  for (const file of runs) assert.ok(!unfit.has(file), `${file} is in two lists`);
  const unknown = files.filter((file) => !runs.has(file) && !unfit.has(file));
  const here = files.filter((file) => runs.has(file)).length;
  context.diagnostic(
    `${here} of ${files.length} scenarios are run, ${unfit.size} do not fit, ${unknown.length} are new`,
  );
  if (unknown.length === 0 && files.length === knownFiles) assert.equal(here, runs.size);
  if (unknown.length === 0) return;
  const server = await startLiveServer({ config: config('open'), limitMs: 120_000 });
  try {
    for (const file of unknown.slice(0, 40)) {
      const outcome = await run(server, guessScenario(file, await readFile(join(root ?? '', file), 'utf8'))).then(
        () => 'as it expects',
        (fault: unknown) => String(fault).slice(0, 400),
      );
      context.diagnostic(`${file}: ${outcome}`);
    }
    assert.doesNotMatch(server.peer.output(), faults);
  } finally {
    await server.stop();
  }
});
