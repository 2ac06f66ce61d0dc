import assert from 'node:assert/strict';
import {
  CodedError,
  Counters,
  type DiValue,
  type DsmAction,
  type DsmCondition,
  type DsmEventType,
  type Log,
  type LogLevel,
} from '../../../../../core/index.ts';
import {
  type Budget,
  type Compatibility,
  coreActions,
  coreConditions,
  engineCounters,
  Machine,
  type MachineHooks,
  ScriptBase,
  type VariableLimits,
} from '../../../../../di-modules/dsm/engine/index.ts';
import { createVocabulary, type Diagram, readDiagram } from '../../../../../di-modules/dsm/language/index.ts';

/** What happened in a session, in order. */
export interface Happened {
  readonly notes: string[];
  readonly posted: { queue: string; parameters: Record<string, string> }[];
  readonly invoked: { module: string; name: string; args: readonly DiValue[] }[];
  readonly lines: { level: LogLevel; message: string }[];
}

/** A script whose host is the test. */
export class TestScript extends ScriptBase {
  readonly happened: Happened = { notes: [], posted: [], invoked: [], lines: [] };
  readonly selects: Record<string, string> = { user: 'alice', domain: '' };
  readonly queues = new Set<string>();
  stops: boolean[] = [];
  /** What the bus answers. */
  answer: (module: string, name: string, args: readonly DiValue[]) => DiValue = () => null;

  override select(name: string): string {
    return this.selects[name] ?? '';
  }

  override postEvent(queue: string, parameters: ReadonlyMap<string, string>): boolean {
    if (queue === 'nobody') return false;
    this.happened.posted.push({ queue, parameters: Object.fromEntries(parameters) });
    return true;
  }

  override async invoke(module: string, name: string, args: readonly DiValue[]): Promise<DiValue> {
    this.happened.invoked.push({ module, name, args });
    if (module === 'nope') throw new CodedError('rpc.unknownModule', module);
    return this.answer(module, name, args);
  }

  override registerQueue(name: string): boolean {
    if (this.queues.has(name)) return false;
    this.queues.add(name);
    return true;
  }

  override unregisterQueue(name: string): boolean {
    return this.queues.delete(name);
  }

  override stop(bye: boolean): void {
    this.stops.push(bye);
    this.stopped = true;
  }
}

/** Actions by which tests look into scripts. */
const testActions: readonly DsmAction[] = [
  row('note', 'Writes a value down.', 'R', (script, text) => {
    script.happened.notes.push(text);
  }),
  row('raise', 'An event inside this action.', 'L', (script, type) => script.machine?.runEvent(type as DsmEventType)),
  row('later', 'Goes on later.', 'L', async () => {
    await Promise.resolve();
  }),
  row('fail', 'An error of its code.', 'L', () => {
    throw new Error('on purpose');
  }),
];

const testConditions: readonly DsmCondition[] = [
  {
    name: 'laterTrue',
    summary: 'True, but later.',
    form: 'raw',
    parameters: [{ name: 'x', kind: 'L' }],
    event: null,
    test: async () => true,
  },
  {
    name: 'broken',
    summary: 'An error of its code.',
    form: 'raw',
    parameters: [{ name: 'x', kind: 'L' }],
    event: null,
    test() {
      throw new Error('on purpose');
    },
  },
];

function row(
  name: string,
  summary: string,
  kind: 'R' | 'L',
  act: (script: TestScript, first: string) => unknown,
): DsmAction {
  return {
    name,
    summary,
    form: '1P',
    parameters: [{ name: 'x', kind }],
    run(script, first) {
      assert.ok(script instanceof TestScript);
      const result = act(script, first);
      return result instanceof Promise ? result.then(() => undefined) : undefined;
    },
  };
}

/** For vocabularies of other tests. */
export const testRows = { actions: testActions, conditions: testConditions };

export const vocabulary = createVocabulary(
  { actions: [...coreActions, ...testActions], conditions: [...coreConditions, ...testConditions] },
  [],
);

/** Reads a script as SEMS does. */
export async function read(name: string, text: string): Promise<Diagram> {
  const { diagram, faults } = await readDiagram({ name, text, vocabulary, mode: 'sems' });
  assert.ok(diagram, `${name} does not load: ${JSON.stringify(faults)}`);
  return diagram;
}

export interface SessionOptions {
  /** Text of each diagram by name; a single text is `main`. */
  readonly diagrams: string | { readonly [name: string]: string };
  readonly variables?: { readonly [name: string]: string };
  readonly compatibility?: Compatibility;
  readonly budget?: Budget;
  readonly limits?: VariableLimits;
  readonly hooks?: MachineHooks;
  readonly tag?: string;
}

/** A session that has not begun. */
export async function makeSession(options: SessionOptions) {
  const texts = typeof options.diagrams === 'string' ? { main: options.diagrams } : options.diagrams;
  const diagrams = new Map<string, Diagram>();
  for (const [name, text] of Object.entries(texts)) diagrams.set(name, await read(name, text));
  const lines: Happened['lines'] = [];
  const script = new TestScript({
    kind: 'call',
    tag: options.tag ?? 'tag1',
    log: logTo(lines),
    ...(options.compatibility === undefined ? {} : { compatibility: options.compatibility }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const counters = new Counters();
  const machine = new Machine({
    diagrams,
    script,
    counters: engineCounters(counters),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
  });
  for (const [name, value] of Object.entries(options.variables ?? {})) script.variables.set(name, value);
  const { happened } = script;
  return {
    diagrams,
    script,
    machine,
    counters,
    happened,
    lines,
    get: (name: string) => script.variables.get(name),
    has: (name: string) => script.variables.has(name),
    state: () => machine.place?.state ?? null,
    diagram: () => machine.place?.diagram ?? null,
    start: (diagram = 'main') => machine.init(diagram, 'Start'),
    event: (type: DsmEventType, parameters?: Record<string, string>) =>
      machine.runEvent(type, parameters === undefined ? null : new Map(Object.entries(parameters))),
  };
}

export type Session = Awaited<ReturnType<typeof makeSession>>;

/** A session that has run its `start` event. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const session = await makeSession(options);
  await session.start();
  return session;
}

/** Runs a list as the enter list of the initial state. */
export const runEnter = (
  list: string,
  variables: Record<string, string> = {},
  options: Partial<SessionOptions> = {},
): Promise<Session> => startSession({ ...options, diagrams: `initial state A enter { ${list} };`, variables });

export function logTo(lines: Happened['lines']): Log {
  const at = (level: LogLevel) => (message: string) => {
    lines.push({ level, message });
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
