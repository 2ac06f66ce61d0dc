import assert from 'node:assert/strict';
import {
  type Clock,
  Counters,
  type DsmModule,
  type HttpClient,
  MemoryFiles,
  type ModuleContext,
  type Processes,
  SimClock,
  SimProcesses,
  type SqlDatabase,
} from '../../../../../core/index.ts';
import { memoryStorage } from '../../../../../core/storage/index.ts';
import { coreActions, coreConditions, engineCounters, Machine } from '../../../../../di-modules/dsm/engine/index.ts';
import { createVocabulary, type Diagram, readDiagram } from '../../../../../di-modules/dsm/language/index.ts';
import { logTo, TestScript } from '../engine/make-session.ts';

/** What the server lends modules; the rest of a context is not there. */
export interface Lent {
  readonly openDatabase?: (place: string) => SqlDatabase;
  readonly processes?: Processes;
  readonly files?: MemoryFiles;
  readonly http?: HttpClient;
  readonly stopped?: AbortSignal;
  readonly clock?: Clock;
}

/** A script with a host as modules see it. */
export class ModScript extends TestScript {
  readonly context: ModuleContext<unknown>;
  readonly queued: unknown[] = [];
  readonly played: string[] = [];
  readonly face: object | null;

  constructor(context: ModuleContext<unknown>, lines: TestScript['happened']['lines'], withCall: boolean) {
    super({ kind: 'call', tag: 'tag1', log: logTo(lines) });
    this.context = context;
    this.face = withCall
      ? {
          audio: {
            playFile: async (path: string, options = {}) => void this.played.push(`${path} ${JSON.stringify(options)}`),
          },
        }
      : null;
  }

  queueEvent(...event: unknown[]): void {
    this.queued.push(event);
  }

  registerQueueName(): boolean {
    return true;
  }
}

export interface ModServer {
  readonly context: ModuleContext<unknown>;
  readonly clock: SimClock;
  readonly files: MemoryFiles;
  readonly processes: Processes;
  readonly lines: TestScript['happened']['lines'];
}

/** One server, for several scripts. */
export function modServer(lent: Lent = {}): ModServer {
  const clock = new SimClock();
  const lines: TestScript['happened']['lines'] = [];
  const storage = memoryStorage();
  const files = lent.files ?? new MemoryFiles({ unixMs: () => clock.unixMs() });
  const processes = lent.processes ?? new SimProcesses(clock);
  const context = {
    clock,
    files,
    processes,
    counters: new Counters(),
    dataPath: '/data/dsm',
    log: logTo(lines),
    stopped: new AbortController().signal,
    config: { sys_paths: [], diag_path: '', prompts_sets_path: '' },
    openDatabase: (place: string) => storage.database(place),
    ...lent,
  };
  // Only what the modules under test use.
  return { context: context as unknown as ModuleContext<unknown>, clock, files, processes, lines };
}

/** Runs lists as the enter list of an initial state, in one script of that server after the other. */
export function modSession(
  modules: readonly DsmModule[],
  { context, lines }: ModServer = modServer(),
  options: { readonly variables?: { readonly [name: string]: string }; readonly call?: boolean } = {},
) {
  const script = new ModScript(context, lines, options.call ?? true);
  const vocabulary = createVocabulary({ actions: coreActions, conditions: coreConditions }, modules);
  const imports = modules.map(({ name }) => `import(${name});`).join(' ');
  for (const [name, value] of Object.entries(options.variables ?? {})) script.variables.set(name, value);
  return {
    script,
    lines,
    get: (name: string) => script.variables.get(name),
    /** Gives the type of an exception that nobody handles, or ''. */
    async run(list: string, parameters: Record<string, string> | null = null): Promise<string> {
      const text = `${imports} initial state A; transition "go" A - test(#run==yes) / ${list} -> B;
        transition "thrown" A - exception / set($thrown=#type); -> B; state B;`;
      const { diagram, faults } = await readDiagram({ name: 'main', text, vocabulary, mode: 'sems' });
      assert.ok(diagram, `does not load: ${JSON.stringify(faults)}`);
      const machine = new Machine({
        diagrams: new Map<string, Diagram>([['main', diagram]]),
        script,
        counters: engineCounters(new Counters()),
      });
      script.variables.delete('thrown');
      await machine.init('main', 'Start');
      await machine.runEvent('DSMEvent', new Map([['run', 'yes'], ...Object.entries(parameters ?? {})]));
      return script.variables.get('thrown');
    },
  };
}
