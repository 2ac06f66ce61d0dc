/**
 * Conferences of G.711 participants in rooms of 10, everybody talking, against two floors: the bare
 * calls, one receive and one send a packet, a socket of its own for each participant, in C and through
 * koffi. Then 500 who hear an announcement against the floor of its sends, and 300 who hear themselves.
 *
 * The ratio is taken in lockstep: all sides live at once, and take turns of some ticks each. A tick
 * begins when everybody's packet is there, its CPU time is that of the thread. So other work of the
 * machine makes no packets late, and what slows one side down slows down the others. Printed is the median of the
 * turns. Gaps and lateness are measured afterwards by the clock, with the engine alone.
 *
 *   node dist/test/bench/conference.js [participants,…] [turns]
 */
import { pathToFileURL } from 'node:url';
import { libcUnavailable } from '../../core/runtime/index.ts';
import type { GeneratorReport, Load, SideReport, StepReport } from './conference.child.ts';
import { hasCompiler, roomSize, type Scene, type Side, type SideName, startSide } from './conference-sides.child.ts';

export interface BenchResult {
  readonly name: string;
  readonly figures: Record<string, number | string>;
}

const warmUpTicks = 250;
const ticksInTurn = 10;

/** Runs one side by the clock, with a generator of its own; both report when the time is over. */
export async function measure(
  role: SideName,
  participants: number,
  seconds: number,
  load: Load = 'room',
  codecs = 'PCMU',
): Promise<SideReport & GeneratorReport> {
  const { side, generator, absent } = await meet(role, { participants, seconds, load, codecs, pace: 'clock' });
  const report = absent ?? (await side.next<SideReport>());
  const seen = absent === null ? await generator.next<GeneratorReport>() : nothingSeen;
  side.end();
  generator.end();
  return { ...report, ...seen };
}

const nothingSeen: GeneratorReport = { missing: 0, leastPackets: 0, largestGapMs: 0 };

interface Pair {
  readonly side: Side;
  readonly generator: Side;
  /** Set: this machine cannot; says why. */
  readonly absent: SideReport | null;
}

/** Starts a side and its generator, which learn each other's ports. */
async function meet(role: SideName, scene: Scene): Promise<Pair> {
  const generator = startSide('generator', scene);
  const sourcePorts = await generator.next<number[]>();
  const side = startSide(role, scene);
  side.send({ ports: sourcePorts });
  const ports = await side.next<number[] | SideReport>();
  if (!Array.isArray(ports)) return { side, generator, absent: ports };
  generator.send({ ports });
  return { side, generator, absent: null };
}

/** What one side needed in lockstep. */
export interface LockstepReport {
  /** CPU of each turn. */
  readonly turnsUs: readonly number[];
  readonly memoryBytes: number;
  readonly missing: number;
}

/** The sides in turns, tick by tick. */
export async function inLockstep(
  roles: readonly SideName[],
  participants: number,
  turns: number,
  load: Load,
  codecs = 'PCMU',
): Promise<LockstepReport[]> {
  const scene: Scene = { participants, seconds: 0, load, codecs, pace: 'lockstep' };
  const pairs: Pair[] = [];
  for (const role of roles) pairs.push(await meet(role, scene));
  const turnsUs = roles.map((): number[] => []);
  const last = roles.map(() => ({ memoryBytes: 0, missing: 0 }));
  for (let turn = -1; turn < turns; turn++) {
    for (const [at, { side, generator }] of pairs.entries()) {
      let spentUs = 0;
      for (let tick = 0; tick < (turn < 0 ? warmUpTicks : ticksInTurn); tick++) {
        generator.send('step');
        const { missing } = await generator.next<GeneratorReport>();
        side.send('step');
        const { cpuUs, memoryBytes } = await side.next<StepReport>();
        spentUs += cpuUs;
        last[at] = { memoryBytes, missing };
      }
      if (turn >= 0) turnsUs[at]?.push(spentUs);
    }
  }
  for (const { side, generator } of pairs) {
    side.end();
    generator.end();
  }
  return roles.map((_, at) => ({ turnsUs: turnsUs[at] ?? [], memoryBytes: 0, missing: 0, ...last[at] }));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 100) / 100;

const ratio = (ours: LockstepReport, floor: LockstepReport): number =>
  round(median(ours.turnsUs.map((us, turn) => us / (floor.turnsUs[turn] ?? Number.NaN))));

/** `demand`: how many times the floor are allowed. */
async function compare(
  name: string,
  load: Load,
  participants: number,
  turns: number,
  demand: number,
): Promise<BenchResult> {
  const roles: SideName[] = ['engine', 'floor', ...(hasCompiler() ? (['floor-c'] as const) : [])];
  const [engine, koffi, inC] = await inLockstep(roles, participants, turns, load);
  if (engine === undefined || koffi === undefined) throw new Error('a side is missing');
  // A participant-second is 50 packets in and 50 out.
  const second = ({ turnsUs }: LockstepReport): number =>
    Math.round((median(turnsUs) / ticksInTurn / participants) * 50);
  const byClock = await measure('engine', participants, 4, load);
  return {
    name: `${name}, ${participants} participants, G.711`,
    figures: {
      'µs CPU a participant-second': second(engine),
      ...(inC === undefined
        ? {}
        : {
            'floor in C': second(inC),
            'times the floor in C': `${ratio(engine, inC)} (demanded: at most ${demand})`,
          }),
      'floor through koffi': second(koffi),
      'times the floor through koffi': ratio(engine, koffi),
      'memory a participant, kB': `${Math.round(engine.memoryBytes / participants / 1000)} (demanded: under 60)`,
      'packets missing': engine.missing,
      'by the clock: packets a second a participant, least': round(byClock.leastPackets / 4),
      'by the clock: packets missing': byClock.missing,
      'by the clock: largest gap, ms': `${round(byClock.largestGapMs)} (demanded: at most 40 with two idle cores)`,
      'by the clock: latest tick, ms': round(byClock.maxLatenessMs),
    },
  };
}

/** `told` hears of each figure as soon as it is measured: all of them take some minutes. */
export async function bench(
  sizes: readonly number[] = [100, 300, 900, 1500],
  turns = 15,
  told: (result: BenchResult) => void = () => {},
): Promise<BenchResult[]> {
  const unavailable = libcUnavailable();
  if (unavailable !== null) {
    const skipped = { name: 'conference', figures: { skipped: unavailable } };
    told(skipped);
    return [skipped];
  }
  const results: BenchResult[] = [];
  const note = async (...of: Parameters<typeof compare>): Promise<void> => {
    const result = await compare(...of);
    results.push(result);
    told(result);
  };
  for (const size of sizes) await note(`conference in rooms of ${roomSize}`, 'room', size, turns, 1.25);
  await note('announcement', 'announcement', 500, turns, 1.2);
  await note('announcement on one core', 'announcement', 1150, turns, 1.2);
  await note('echo', 'echo', 300, turns, 1.2);
  return results;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const sizes = process.argv[2]?.split(',').map(Number);
  await bench(sizes, Number(process.argv[3] ?? 15), ({ name, figures }) => {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  });
}
