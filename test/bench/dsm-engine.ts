/**
 * The DSM engine: an event that tries 50 transitions (asked for: at most 20 µs), one that fires a transition with
 * its three lists, and what a session keeps (10,000 sessions; asked for: at most 20 kB each). Beside them, in the
 * same run, 50 comparisons of texts in plain JavaScript: what the machine does in a moment like this one.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLog } from '../../core/index.ts';
import { coreActions, coreConditions, Machine, ScriptBase } from '../../di-modules/dsm/engine/index.ts';
import { createVocabulary, type Diagram, readDiagram } from '../../di-modules/dsm/language/index.ts';

const limitUs = 20;
const limitBytes = 20_000;
const transitions = 50;
const events = 20_000;
const sessions = 10_000;
const rounds = 7;

const vocabulary = createVocabulary({ actions: coreActions, conditions: coreConditions }, []);
const tried = Array.from(
  { length: transitions },
  (_, i) => `transition t${i} A - event(#action == action${i}); test($mode == fast) -> B;`,
);
const menu = `
  initial state A enter { set($tries=0); };
  state B;
  transition fires A - key(#key < 10) / { inc($tries); sets($line="key $(tries)"); } -> A;
  ${tried.join('\n')}
`;
const { diagram } = await readDiagram({ name: 'main', text: menu, vocabulary, mode: 'sems' });
if (diagram === null) throw new Error('the script of this benchmark does not load');
const diagrams: ReadonlyMap<string, Diagram> = new Map([['main', diagram]]);

const machine = await session(0);
const tries = new Map([['action', `action${transitions}`]]);
const key = new Map([['key', '5']]);
const plainUs = measure(() => comparePlainly('action50'));
const triesUs = measure(() => void machine.runEvent('DSMEvent', tries));
const firesUs = measure(() => void machine.runEvent('Key', key));
const bytes = await bytesASession();

print(`${transitions} comparisons of texts`, `${plainUs.toFixed(2)} µs`);
print(`event that tries ${transitions + 1} transitions`, `${triesUs.toFixed(2)} µs, asked for at most ${limitUs} µs`);
print('  as a multiple of the comparisons', (triesUs / plainUs).toFixed(1));
print('event that fires a transition', `${firesUs.toFixed(2)} µs`);
print('a session with 24 variables', `${(bytes / 1000).toFixed(1)} kB, asked for at most ${limitBytes / 1000} kB`);
if (triesUs > limitUs || bytes > limitBytes) process.exitCode = 1;

async function session(i: number): Promise<Machine> {
  const script = new ScriptBase({ kind: 'call', tag: `tag${i}`, log: silentLog });
  const made = new Machine({ diagrams, script });
  for (let j = 0; j < 20; j++) script.variables.set(`config.key${j}`, `value ${j} of ${i}`);
  await made.init('main', 'Start');
  await made.runEvent('Key', new Map([['key', '1']]));
  return made;
}

/** Heap that each of many sessions keeps. */
async function bytesASession(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  const all: Machine[] = [];
  for (let i = 0; i < sessions; i++) all.push(await session(i));
  collect();
  return (process.memoryUsage().heapUsed - before) / all.length;
}

function comparePlainly(action: string): number {
  let equal = 0;
  for (let i = 0; i < transitions; i++) if (tries.get('action') === `action${i}${action}`) equal++;
  return equal;
}

/** Microseconds of CPU a call, best of several rounds. */
function measure(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < events; i++) run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / events);
  }
  return best;
}

function print(name: string, figure: string): void {
  process.stdout.write(`${name.padEnd(40)} ${figure}\n`);
}
