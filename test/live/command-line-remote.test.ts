/** `callbus call`, `ls`, `calls`, `events`, `log` against a running server, and what it tells of its health. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { packageFile } from '../../core/runtime/index.ts';
import { fullDocument } from '../lint/full-bus.ts';
import { metrics } from '../lint/metrics.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { startPeer } from '../support/peers.ts';

let server: LiveServer;

before(async () => {
  server = await startLiveServer({ config: { modules: { echo: {}, conference: {}, monitoring: {}, di_dial: {} } } });
});
after(() => server.stop());

function start(args: readonly string[], environment: Readonly<Record<string, string>> = { CALLBUS_URL: server.http }) {
  return startPeer(process.execPath, [packageFile('dist/program/cli.js'), ...args], { limitMs: 20_000, environment });
}

async function callbus(...args: string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  const peer = start(args);
  const { code } = await peer.ended;
  return { code, text: peer.output() };
}

test('a call is dialled, watched, told and ended from the shell {command-line}', async () => {
  const events = start(['events', 'call.started', 'call.ended', '--count', '4', '--json']);
  assert.match((await callbus('ls', 'di_dial')).text, /^di_dial\.dial\(/m);
  const target = `sip:echo@127.0.0.1:${server.sipPort}`;
  const dialled = await callbus('call', 'di_dial.dial', 'conference', '555', 'sip:desk@127.0.0.1', target);
  assert.equal(dialled.code, 0, dialled.text);
  const tag = dialled.text.trim();
  assert.match((await callbus('calls')).text, /conference +desk@127\.0\.0\.1 +echo@127/);
  assert.equal((await callbus('call', 'log.setCallLevel', tag, 'debug')).code, 0);
  assert.equal((await callbus('call', 'call.end', tag)).code, 0);
  const { code } = await events.ended;
  assert.equal(code, 0, events.output());
  assert.match(events.output(), /"name":"call\.ended"/);
  const story = await callbus('log', tag, '--sip');
  assert.match(story.text, /an INVITE goes out.*application=conference[\s\S]*answered[\s\S]*ended by local/);
  assert.match(story.text, /INVITE \(SDP\)[\s\S]*BYE/);
});

test('exit codes: 1 refused, 2 usage, 3 nobody there {command-line}', async () => {
  const refused = await callbus('call', 'call.get', 'nobody');
  assert.deepEqual([refused.code, /No such call: .*nobody/.test(refused.text)], [1, true], refused.text);
  assert.equal((await callbus('call', 'monitoring.gte', 'x')).code, 2);
  const nobody = start(['calls', '--url', 'http://127.0.0.1:1']);
  assert.equal((await nobody.ended).code, 3);
  assert.match(nobody.output(), /no server at http:\/\/127\.0\.0\.1:1\/.*\nIs it running/);
});

test('the server has no function, event or metric that the generated pages do not know {generated-clients} {operations}', async () => {
  const names = (document: unknown): string[] => {
    const { methods, 'x-events': events } = document as { methods: { name: string }[]; 'x-events': object };
    return [...methods.map(({ name }) => name), ...Object.keys(events)];
  };
  const known = new Set(names(fullDocument()));
  assert.deepEqual(
    names(await server.rpc('rpc.discover')).filter((name) => !known.has(name)),
    [],
  );
  const documented = new Set(
    metrics().flatMap(({ name, type }) =>
      type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
    ),
  );
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const shown = [...text.matchAll(/^# TYPE (callbus_\w+) /gm)].map(([, name = '']) => name);
  assert.ok(shown.length > 50);
  assert.deepEqual(
    shown.filter((name) => !documented.has(name)),
    [],
  );
});

test('readiness tells its reasons {operations}', async () => {
  const ready = async () => {
    const reply = await fetch(`${server.http}/readyz`);
    return [reply.status, await reply.json()];
  };
  assert.deepEqual(await ready(), [200, { status: 'ready', reasons: [] }]);
  await server.rpc('builtin.set_shutdownmode', [1]);
  assert.deepEqual(await ready(), [
    503,
    { status: 'not ready', reasons: [{ part: 'server', reason: 'new calls are refused (set_shutdownmode)' }] },
  ]);
  await server.rpc('builtin.set_shutdownmode', [0]);
  assert.deepEqual((await ready())[0], 200);
});
