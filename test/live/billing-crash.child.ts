/**
 * A server that calls itself and bills it until it is killed: `billing-crash.child.ts <folder> <truth file> <sip port>
 * <media port> <seed>`. What really happened is in the truth file, a line each, written before the event goes on.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadServerConfig, startServer } from '../../core/main.ts';
import { defineModule } from '../../core/module.ts';
import { realSeams, SimRandom, silentLog, Type } from '../../core/runtime/index.ts';

const [folder = '.', truth = 'truth', sipPort = '0', mediaPort = '0', seed = '1'] = process.argv.slice(2);
const note = (line: object): void => appendFileSync(truth, `${JSON.stringify(line)}\n`);
const random = new SimRandom(Number(seed));

const loop = defineModule({
  name: 'loop',
  summary: 'Answers its own calls.',
  config: Type.Object({}),
  start({ calls, clock, registerApplication }) {
    registerApplication({
      name: 'loop',
      onInvite: (call) => call.accept(),
      async originate(call) {
        await call.connected;
        clock.after(random.integer(1200), () => call.hangup());
      },
    });
    const uri = `sip:1@127.0.0.1:${sipPort}`;
    const dial = (): void => {
      clock.after(10 + random.integer(60), dial);
      if (calls.calls().length > 30) return;
      calls.originate({
        ...{ application: 'loop', user: '1', from: 'sip:2@127.0.0.1', to: uri, requestUri: uri },
        origin: { name: 'test' },
        labels: { account: `out-${random.integer(3)}` },
      });
    };
    clock.after(50, dial);
  },
});

const config = await loadServerConfig({
  file: 'billing-crash.json',
  text: JSON.stringify({
    sip: { listen: [{ transport: 'udp', address: '127.0.0.1', port: Number(sipPort) }] },
    rpc: { listen: null, netstring: null },
    media: { ports: [Number(mediaPort), Number(mediaPort) + 399], workers: 1 },
    storage: { path: folder },
    routing: [{ application: 'loop', account: 'in' }],
    modules: {
      loop: {},
      billing: {
        tariffs: { second: { perMinute: '60' } },
        defaultTariff: 'second',
        heartbeatMs: 200,
        outputs: [{ type: 'jsonl', name: 'cdr', folder: join(folder, 'cdr'), maxBytes: 20_000 }],
      },
    },
  }),
  modules: [loop],
});
const seams = realSeams({ log: silentLog });
const server = await startServer({ seams, logControl: { level: 'error' }, config, modules: [loop] });
server.bus.subscribe('call.*', ['*:*'], ({ name, payload }) => {
  if (['call.started', 'call.answered', 'call.ended'].includes(name)) note({ event: name, ...payload });
});

/** What was noted before a change that is on disk is confirmed. */
const context = server.bus.moduleContext('test');
for (let probe = 0; ; probe++) {
  note({ probe, atMs: seams.clock.unixMs() });
  await server.bus.invoke('billing', 'credit', ['probe', '0.000001'], context);
  note({ confirmed: probe });
  await new Promise((resolve) => seams.clock.after(20, () => resolve(null)));
}
