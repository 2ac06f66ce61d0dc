import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stats } from '../../../../di-modules/stats/index.ts';
import { makeModule } from '../make-module.ts';

const server = { address: '192.0.2.1', port: 5040 };

/** The module, and another machine that asks it. */
async function asked(config: Record<string, unknown> = {}, from = '192.0.2.9') {
  const made = await makeModule(stats, { monit_udp_ip: server.address, sources: ['192.0.2.9'], ...config });
  const replies: string[] = [];
  const { network } = made.simulation.host(from).seams;
  const socket = await network.udp({
    address: from,
    port: 0,
    onDatagram: (bytes) => replies.push(Buffer.from(bytes).toString()),
    onError: () => {},
  });
  return {
    ...made,
    replies,
    /** The reply, or null. */
    async ask(command: string): Promise<string | null> {
      replies.length = 0;
      socket.send(Buffer.from(command), server);
      await made.clock.advance(50);
      return replies[0] ?? null;
    },
  };
}

for (const [command, expected] of [
  ['calls\n', 'Active calls: 0\n'],
  ['calls', 'Active calls: 0\n'],
  ['calls\r\n', "Unknown command: 'calls\r'\n"],
  ['calls x\n', "Unknown command: 'calls x'\n"],
  ['dump_transactions\n', '200 OK'],
  ['get_loglevel\n', 'loglevel is 2.\n'],
  ['set_loglevel debug\n', 'loglevel set to 3.\n'],
  ['set_loglevel 0\n', 'loglevel set to 0.\n'],
  ['set_loglevel 4\n', 'invalid loglevel value.\n'],
  ['set_loglevel\n', 'invalid loglevel value.\n'],
  ['set_loglevel __proto__\n', 'invalid loglevel value.\n'],
  ['set_cpslimit 7\n', 'CPS limit set to 7.\n'],
  ['set_cpslimit -1\n', 'invalid CPS limit\n'],
  ['get_cpslimit\n', 'CPS hard limit: 0, CPS limit: 0\n'],
  ['set_shutdownmode 1\n', 'Shutdownmode activated!\n'],
  ['set_shutdownmode 0\n', 'Shutdownmode deactivated!\n'],
  ['set_shutdownmode yes\n', 'invalid shutdownmode\n'],
  ['get_shutdownmode\n', 'Shutdownmode inactive!\n'],
  ['get_sessioncount\n', 'sessioncount is 0.\n'],
  ['get_callsavg\n', 'Average active calls: 0\n'],
  ['get_callsavgXYZ\n', 'Average active calls: 0\n'],
  ['get_callsmax\n', 'Maximum active calls: 0\n'],
  ['get_cpsavg\n', 'Average calls per second: 0\n'],
  ['get_cpsmax\n', 'Maximum calls per second: 0\n'],
  ['get_rtp_mux_mtu_threshold\n', 'rtp_mux_mtu_threshold=0\n'],
  ['set_rtp_mux_max_frame_age_ms 20\n', 'invalid rtp_mux_max_frame_age_ms\n'],
  ['set_what 1\n', "Unknown set command: 'set_what 1'\n"],
  ['get_what\n', "Unknown command: 'get_what'\n"],
  ['\n', "Unknown command: ''\n"],
  ['DI builtin calls\n', '0'],
  ['DI builtin get_cpslimit\n', "'0 0'"],
  ['DI builtin _list\nDI x\n', null],
  ['DI builtin set_loglevel 1\n', 'Exception occured.\n'],
  ['DI builtin nope a  b\n', "Exception occured: AmDynInvoke::NotImplemented 'nope'\n"],
  ['DI nosuch f\n', "could not get 'nosuch' factory\n"],
  ['DI\n', 'could not parse DI factory name.\n'],
  ['DI builtin\n', 'could not parse function name.\n'],
] as const) {
  test(`${JSON.stringify(command)} is answered as SEMS does, with a NUL {stats-udp}`, async () => {
    const reply = await (await asked()).ask(command);
    if (expected === null) assert.match(reply ?? '', /^\['calls', .*\]\0$/);
    else assert.equal(reply, `${expected}\0`);
  });
}

test('version and which say what there is {stats-udp}', async () => {
  const { ask } = await asked();
  assert.match((await ask('version\n')) ?? '', /^Callbus \(\d+\.\d+\.\d+\)\0$/);
  assert.match((await ask('which')) ?? '', /^calls .*\n[\s\S]*DI <factory>/);
});

test('scopes decide what a command may do {stats-udp} {access-control}', async () => {
  const { ask } = await asked({ scopes: ['viewer'] });
  assert.equal(await ask('calls\n'), 'Active calls: 0\n\0');
  assert.match((await ask('set_loglevel 3\n')) ?? '', /^Exception occured: .*server:control/);
  assert.match((await ask('DI builtin set_shutdownmode\n')) ?? '', /^Exception occured: .*server:control/);
});

test('only listed sources are answered, and off loopback some must be listed {stats-udp} {access-control}', async () => {
  const { ask } = await asked({}, '192.0.2.66');
  assert.equal(await ask('calls\n'), null);
  await assert.rejects(makeModule(stats, { monit_udp_ip: '192.0.2.1' }), { code: 'module.failed', detail: /sources/ });
});

test('long commands and floods are dropped {stats-udp}', async () => {
  const { ask, clock } = await asked({ commands_per_second: 3 });
  assert.equal(await ask('x'.repeat(257)), null);
  await clock.advance(1000);
  const answers = [];
  for (let count = 0; count < 5; count++) answers.push((await ask('calls')) !== null);
  assert.deepEqual(answers, [true, true, true, false, false]);
  await clock.advance(1000);
  assert.notEqual(await ask('calls'), null);
});
