/**
 * A DI function in process: the bus around a handler that does nothing. The figure asked for is at
 * most 1 µs a call; the floor is an async function called directly.
 */
import Type from 'typebox';
import { arg, createBus, Int, opt, rowsFor, Text } from '../../core/di/index.ts';
import { Counters, realClock, realRandom, silentLog } from '../../core/runtime/index.ts';

const limitUs = 1;
const calls = 200_000;
const rounds = 7;

const { fn, defineFunctions } = rowsFor<null>();
const bus = createBus({ clock: realClock(), log: silentLog, counters: new Counters(), random: realRandom() });
bus.register(
  'bench',
  defineFunctions({
    none: fn({ summary: 'Nothing.', params: [], result: Int, scope: 'bench:read', handler: () => 1 }),
    two: fn({
      summary: 'A text and an integer.',
      params: [arg('room', Text), opt('count', Int)],
      result: Type.Array(Text),
      scope: 'bench:read',
      handler: () => [],
    }),
  }),
  null,
);
const context = bus.moduleContext('bench');
const bare = async (_room: string): Promise<number> => 1;

const figures = {
  'bare async function': await measure(() => bare('4711')),
  'bench.none()': await measure(() => bus.invoke('bench', 'none', [], context)),
  "bench.two('4711', 5)": await measure(() => bus.invoke('bench', 'two', ['4711', 5], context)),
};
for (const [name, us] of Object.entries(figures)) process.stdout.write(`${name.padEnd(24)} ${us.toFixed(2)} µs\n`);
const slowest = Math.max(figures['bench.none()'], figures["bench.two('4711', 5)"]);
process.stdout.write(`in-process call ${slowest.toFixed(2)} µs, asked for at most ${limitUs} µs\n`);
if (slowest > limitUs) process.exitCode = 1;

/** Microseconds of CPU a call, best of several rounds. */
async function measure(call: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) await call();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / calls);
  }
  return best;
}
