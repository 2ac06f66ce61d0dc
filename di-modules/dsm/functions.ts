import { Any, arg, CodedError, type DiValue, List, opt, rowsFor, Struct, Text, Type } from '../../core/index.ts';
import { bundleName } from './host/bundle-files.ts';
import { insideOf, plainName } from './host/inside.ts';
import type { DsmServer } from './host/server.ts';

const { fn, defineFunctions } = rowsFor<DsmServer>();

const Name = Type.String({ minLength: 1, maxLength: 200 });
const Status = Type.Tuple([Type.Integer(), Type.String()], { description: '[code, text].' });
const Flag = Type.Tuple([Type.String()], { description: '["1"] or ["0"].' });
const Names = Type.Array(Type.String());
const Structs = Type.Array(Struct);
const Call = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'Call tag, SystemDSM_<id>, or a registered name.',
});
const SystemEvent = Type.Union([Type.Literal('User1'), Type.Literal('User2')], {
  description: 'The `type` of the event.',
});
const application = opt('application', Name, 'Name of a registered application: its bundle instead of the main one.');
const state = [arg('call', Call), arg('diagram', Name, 'Its name.'), arg('state', Name, 'Name of the state.')] as const;

const exampleCall = '6f0c2b3d4e5f60718293a4b5';

type Reply = readonly [number, string];

/** Code 500 with what went wrong, as SEMS answers; refusals of names and scopes stay faults. */
async function reply(run: () => Promise<Reply>, failed: string): Promise<[number, string]> {
  try {
    return [...(await run())];
  } catch (fault) {
    if (!(fault instanceof CodedError) || fault.code === 'file.name') throw fault;
    return [500, `${failed}: ${fault.detail}`];
  }
}

/** SEMS's `dsm` (di-interfaces 5.8). */
const semsFunctions = defineFunctions({
  postDSMEvent: fn({
    summary: 'Post an event to a script: its transitions with `event` get these parameters.',
    params: [arg('call', Call), arg('parameters', List, 'Pairs [name, value].')],
    result: Status,
    scope: 'dsm:control',
    limit: 'call',
    examples: [
      {
        params: [
          '6f0c2b3d4e5f60718293a4b5',
          [
            ['action', 'take'],
            ['roomname', 'wonderland'],
          ],
        ],
        result: [200, 'OK'],
      },
    ],
    handler({ state }, call, parameters) {
      return state.queues.post(call, pairsOf(parameters)) ? [200, 'OK'] : [404, 'Session not found'];
    },
  }),
  reloadDSMs: fn({
    summary: 'Read the diagrams of load_diags anew; calls that run keep those that they began with.',
    params: [],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: [], result: [200, 'DSMs reloaded'] }],
    handler: ({ state }) =>
      reply(async () => {
        await state.reload();
        return [200, 'DSMs reloaded'];
      }, 'loading'),
  }),
  loadDSM: fn({
    summary: 'Load one more diagram from diag_path.',
    params: [arg('name', Name, 'Without .dsm.')],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: ['pin_collect'], result: [200, 'loaded pin_collect from /etc/callbus/dsm/pin_collect.dsm'] }],
    handler: ({ state }, name) => load(state, plainName(name), null),
  }),
  loadDSMWithPath: fn({
    summary: 'Load one more diagram from a folder.',
    description: 'The folder lies in diag_path or conf_dir, unless dsm.allow_paths is set.',
    params: [
      arg('name', Name, 'Its name.'),
      arg('diagPath', Text, 'Folder of the diagrams, inside the configured ones.'),
      arg('modPath', Text, 'Not used: modules come with the server.'),
    ],
    result: Status,
    scope: 'dsm:admin',
    aliases: ['loadDSMWithPaths'],
    examples: [
      {
        params: ['pin_collect', '/etc/callbus/dsm/extra', ''],
        result: [200, 'loaded pin_collect from /etc/callbus/dsm/extra/pin_collect.dsm'],
      },
    ],
    handler: ({ state }, name, diagPath) => load(state, plainName(name), folderOf(state, diagPath)),
  }),
  preloadModules: fn({
    summary: 'Make the modules of preload_mods ready.',
    params: [],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: [], result: [200, 'modules preloaded'] }],
    handler: ({ state }) =>
      reply(async () => {
        await state.preload(null);
        return [200, 'modules preloaded'];
      }, 'preload'),
  }),
  preloadModule: fn({
    summary: 'Make one module ready.',
    params: [arg('module', Name, 'Name of a module of actions, such as mod_dlg.'), opt('path', Text, 'Not used.')],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: ['mod_dlg'], result: [200, 'module preloaded.'] }],
    handler: ({ state }, module) =>
      reply(async () => {
        await state.preload([module]);
        return [200, 'module preloaded.'];
      }, `importing module '${module}' for preload`),
  }),
  hasDSM: fn({
    summary: 'Is a diagram of that name loaded?',
    params: [arg('name', Name, 'Its name.'), application],
    result: Flag,
    scope: 'dsm:read',
    examples: [{ params: ['pin_collect'], result: ['1'] }],
    handler: ({ state }, name, application) => [state.diagrams(application ?? null).includes(name) ? '1' : '0'],
  }),
  listDSMs: fn({
    summary: 'Names of the diagrams that are loaded.',
    params: [application],
    result: Names,
    scope: 'dsm:read',
    examples: [{ params: [], result: ['callback', 'callback_queue', 'callback_call'] }],
    handler: ({ state }, application) => [...state.diagrams(application ?? null)],
  }),
  registerApplication: fn({
    summary: 'Make a loaded diagram an application of its own name.',
    params: [arg('name', Name, 'Its name.'), application],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: ['pin_collect'], result: [200, 'registered DSM application'] }],
    handler({ state }, name, application) {
      const outcome = state.registerApplication(name, application ?? null);
      if (outcome === 'registered') return [200, 'registered DSM application'];
      if (outcome === 'unknown') return [400, 'unknown application (DSM)'];
      return [500, 'Error registering DSM application (already registered?)'];
    },
  }),
  loadConfig: fn({
    summary: 'Load a bundle, or load it anew while calls run.',
    description:
      'A file of conf_dir, unless dsm.allow_paths is set. Calls that run keep what they began with; the system scripts of the bundle are started with `reload`.',
    params: [
      arg('file', Text, 'Name of the file, inside the configured folder.'),
      arg('name', Name, 'name.conf: the name of the bundle.'),
    ],
    result: Status,
    scope: 'dsm:admin',
    examples: [{ params: ['pin_collect.conf', 'pin_collect.conf'], result: [200, 'OK'] }],
    handler: ({ state, log }, file, name) =>
      reply(async () => {
        const path = insideOf(file, [state.confDir()], state.context.config.allow_paths);
        try {
          await state.loadConfig(path, plainName(bundleName(name)));
        } catch (fault) {
          if (!(fault instanceof CodedError) || fault.code === 'file.name') throw fault;
          log.warn('DSM: a bundle could not be loaded', { file: path, fault: fault.message });
          return [500, `reload config failed: ${fault.detail}`];
        }
        return [200, 'OK'];
      }, 'reload config failed'),
  }),
  createSystemDSM: fn({
    summary: 'Start a script without a call.',
    params: [arg('config', Name, '`main`, or the name of a bundle.'), arg('diagram', Name, 'Its name.')],
    result: Status,
    scope: 'dsm:control',
    examples: [{ params: ['main', 'callback_queue'], result: [200, 'OK'] }],
    handler({ state }, config, diagram) {
      try {
        state.createSystemScript(config, diagram, 'Startup');
      } catch (fault) {
        if (!(fault instanceof CodedError)) throw fault;
        return [500, fault.detail];
      }
      return [200, 'OK'];
    },
  }),
});

const goOn = (summary: string, stops: boolean) =>
  fn({
    summary,
    params: [arg('call', Call)],
    result: Type.Boolean({ description: 'False: it did not wait.' }),
    scope: 'dsm:control',
    limit: 'call',
    listed: false,
    examples: [{ params: [exampleCall], result: true }],
    handler: ({ state }, call) => state.watch.goOn(call, stops),
  });

/** For authors and operators: what scripts do, and a debugger. */
const debugFunctions = defineFunctions({
  sessions: fn({
    summary: 'Scripts that run: where they are, and since when.',
    params: [
      opt('diagram', Type.String(), 'Only those in this diagram; empty: all.'),
      opt('state', Type.String(), 'Name of the state.'),
    ],
    result: Structs,
    scope: 'dsm:read',
    listed: false,
    examples: [
      {
        params: ['pin_collect'],
        result: [
          {
            call: exampleCall,
            kind: 'call',
            application: 'pin_collect',
            bundle: 'main',
            diagram: 'pin_collect',
            state: 'COLLECT',
            transition: 'digit',
            startedAtMs: 1_790_000_000_000,
            inStateMs: 1250,
            paused: false,
          },
        ],
      },
    ],
    handler: ({ state }, diagram = '', name = '') => [
      ...(state.watch.sessions(diagram === '' ? null : diagram, name === '' ? null : name) as Record<
        string,
        DiValue
      >[]),
    ],
  }),
  states: fn({
    summary: 'Every state that scripts were in: how many are there now, how many came, how long they stayed.',
    params: [],
    result: Structs,
    scope: 'dsm:read',
    listed: false,
    examples: [
      {
        params: [],
        result: [{ diagram: 'pin_collect', state: 'COLLECT', now: 1, entered: 5, meanMs: 1800, longestMs: 4200 }],
      },
    ],
    handler: ({ state }) => [...(state.watch.states() as Record<string, DiValue>[])],
  }),
  variables: fn({
    summary: 'All variables of one script.',
    params: [arg('call', Call)],
    result: Struct,
    scope: 'dsm:control',
    limit: 'call',
    listed: false,
    examples: [{ params: [exampleCall], result: { pin: '47', enable_reply_events: 'true' } }],
    handler: ({ state }, call) => state.watch.variables(call),
  }),
  applications: fn({
    summary: 'Applications that are scripts, with the bundle of each.',
    params: [],
    result: Structs,
    scope: 'dsm:read',
    listed: false,
    examples: [{ params: [], result: [{ name: 'pin_collect', bundle: 'main' }] }],
    handler: ({ state }) => state.applications().map(({ name, bundle }) => ({ name, bundle })),
  }),
  breakAt: fn({
    summary: 'Let one script wait when it comes to a state; event dsm.paused tells that it did.',
    params: state,
    result: Any,
    scope: 'dsm:control',
    limit: 'call',
    listed: false,
    examples: [{ params: [exampleCall, 'pin_collect', 'TRANSFER'], result: null }],
    handler({ state }, call, diagram, name) {
      state.watch.breakAt(call, { diagram, state: name });
      return null;
    },
  }),
  unbreak: fn({
    summary: 'Remove a break point.',
    params: state,
    result: Type.Boolean(),
    scope: 'dsm:control',
    limit: 'call',
    listed: false,
    examples: [{ params: [exampleCall, 'pin_collect', 'TRANSFER'], result: true }],
    handler: ({ state }, call, diagram, name) => state.watch.unbreak(call, { diagram, state: name }),
  }),
  systemEvent: fn({
    summary: 'Raise the event `system` in every script, as SIGUSR1 (User1) and SIGUSR2 (User2) do.',
    params: [arg('type', SystemEvent)],
    result: Type.Null(),
    scope: 'dsm:admin',
    listed: false,
    examples: [{ params: ['User1'], result: null }],
    handler({ state }, type) {
      state.systemEvent(type);
      return null;
    },
  }),
  continue: goOn('Let a script go on that waits at a break point.', false),
  step: goOn('Let a script go on to the next state, whichever it is, and wait there.', true),
});

export const functions = { ...semsFunctions, ...debugFunctions };

function load(server: DsmServer, name: string, folder: string | null): Promise<[number, string]> {
  const file = `${folder ?? server.diagPath()}${name}.dsm`;
  return reply(async () => {
    if (await server.loadDiagram(name, folder)) return [200, `loaded ${name} from ${file}`];
    return [400, `DSM named '${name}' already loaded (use reloadDSMs to reload all)`];
  }, `error loading ${name} from ${file}`);
}

function folderOf(server: DsmServer, path: string): string {
  const folders = [server.diagPath(), server.confDir()];
  const folder = insideOf(path, folders, server.context.config.allow_paths);
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/** @throws CodedError `rpc.wrongType`. */
function pairsOf(values: readonly DiValue[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [index, value] of values.entries()) {
    const [name, text] = Array.isArray(value) ? (value as readonly DiValue[]) : [];
    if (typeof name !== 'string' || text === undefined || (typeof text === 'object' && text !== null))
      throw new CodedError('rpc.wrongType', `parameters[${index}]: expected [name, value], both texts`);
    pairs.set(name, text === null ? '' : String(text));
  }
  return pairs;
}
