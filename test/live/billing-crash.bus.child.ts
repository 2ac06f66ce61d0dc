/**
 * The billing of a busy server without its SIP and media: two hundred calls at once, as events of the bus, until it is
 * killed. Arguments and truth file as in `billing-crash.child.ts`, ports unused.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallEngine } from '../../core/call/index.ts';
import { fillDefaults } from '../../core/config/defaults.ts';
import { createBus, type EventPayload } from '../../core/di/index.ts';
import type { MediaPool } from '../../core/media/index.ts';
import { ModuleHost } from '../../core/module-host.ts';
import { Counters, realSeams, SimRandom, secureToken, silentLog } from '../../core/runtime/index.ts';
import { openSqliteStorage } from '../../core/storage/index.ts';
import { billing } from '../../di-modules/billing/index.ts';

const [folder = '.', truth = 'truth', , , seed = '1'] = process.argv.slice(2);
const note = (line: object): void => appendFileSync(truth, `${JSON.stringify(line)}\n`);
const random = new SimRandom(Number(seed));
const seams = realSeams({ log: silentLog });
const { clock } = seams;
const bus = createBus({ clock, log: silentLog, counters: new Counters(), random: seams.random });
const prompt = { id: 1, lengthMs: 0, sampleRateHz: 8000 };
const modules = new ModuleHost({
  seams,
  bus,
  // What the module asks of the engine: a call by its tag (there is none to hang up), and the warning's prompt.
  calls: { find: () => null, prompt: async () => prompt } as unknown as CallEngine,
  media: {} as unknown as MediaPool,
  storage: openSqliteStorage({ path: folder, threads: seams.threads }),
  http: { send: () => Promise.reject(new Error('no other servers here')) },
  dataPath: folder,
});
const config = {
  tariffs: { second: { perMinute: '60' } },
  defaultTariff: 'second',
  heartbeatMs: 200,
  outputs: [{ type: 'jsonl', name: 'cdr', folder: join(folder, 'cdr'), maxBytes: 20_000 }],
};
await modules.start([billing], new Map([['billing', fillDefaults(billing.config, config)]]));
bus.subscribe('call.*', ['*:*'], ({ name, payload }) => note({ event: name, ...payload }));

let live = 0;
function dial(): void {
  clock.after(random.integer(10), dial);
  if (live >= 200) return;
  live++;
  const call = secureToken(seams.random, 12);
  const startedAtMs = Math.round(clock.unixMs());
  const names = { call, trace: call };
  const told = {
    ...names,
    ...{
      direction: 'in' as const,
      from: 'sip:a@x',
      to: 'sip:1@x',
      ruri: 'sip:1@x',
      application: 'echo',
      sipCallId: call,
    },
    startedAtMs,
  };
  const account = `out-${random.integer(3)}`;
  bus.publish('call.started', { ...told, account });
  let answeredAtMs: number | null = null;
  const ringingMs = random.integer(30);
  // Some are cancelled while they ring.
  const isAnswered = random.integer(10) > 0;
  clock.after(ringingMs, () => {
    if (!isAnswered) return;
    answeredAtMs = clock.unixMs();
    bus.publish('call.answered', { ...names, answeredAtMs, codec: '' });
  });
  clock.after(ringingMs + 1 + random.integer(1500), () => {
    live--;
    const quality = { codec: '', packetsSent: 0, packetsReceived: 0, packetsLost: 0, jitterMs: 0, concealedMs: 0 };
    const ended: EventPayload<'call.ended'> = {
      ...told,
      ...{ account, status: answeredAtMs === null ? 487 : 200, reason: '', endedBy: 'remote', answeredAtMs },
      ...{ endedAtMs: clock.unixMs(), ...quality, roundTripMs: null, mos: null, why: [] },
    };
    bus.publish('call.ended', ended);
  });
}
dial();

/** What was noted before a change that is on disk is confirmed. */
const context = bus.moduleContext('test');
for (let probe = 0; ; probe++) {
  note({ probe, atMs: clock.unixMs() });
  await bus.invoke('billing', 'credit', ['probe', '0.000001'], context);
  note({ confirmed: probe });
  await new Promise((resolve) => clock.after(20, () => resolve(null)));
}
