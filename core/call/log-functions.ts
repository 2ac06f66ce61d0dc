/** Levels of the log while the server runs, and the stories of calls: the module `log`. */
import { arg, type Bus, rowsFor, Struct } from '../di/index.ts';
import {
  type Clock,
  CodedError,
  type Disposable,
  DisposableStack,
  type LogControl,
  type LogLevel,
  type LogTap,
  logLevels,
  Type,
} from '../runtime/index.ts';
import { CallStories, type StoryBounds, storyStruct } from './stories.ts';

export interface LogParts {
  readonly clock: Clock;
  readonly tap: LogTap;
  readonly control: LogControl;
  readonly bounds: StoryBounds;
  /** Is there a call of that tag? */
  readonly isLive: (tag: string) => boolean;
}

export interface LogState extends LogParts {
  readonly stories: CallStories;
}

/** Calls with a level of their own. */
const mostCalls = 100;
/** The last lines of a call come after it has ended. */
const lastLinesMs = 5000;

const { fn, defineFunctions } = rowsFor<LogState>();
const Level = Type.Union([...logLevels.map((level) => Type.Literal(level)), Type.Literal('default')] as const);
const CallName = Type.String({ minLength: 1, maxLength: 256, title: 'call tag' });
const Levels = Type.Record(Type.String(), Type.String());
const LevelsNow = Type.Object({
  level: Type.String({ description: 'What holds where nothing else is said.' }),
  components: Levels,
  calls: Levels,
  known: Type.Array(Type.String(), { description: 'Components that have a log.' }),
});

export const logFunctions = defineFunctions({
  levels: fn({
    summary: 'The levels of the log: in general, of components, of calls.',
    params: [],
    result: LevelsNow,
    scope: 'log:read',
    examples: [
      {
        params: [],
        result: { level: 'info', components: { sip: 'debug' }, calls: {}, known: ['call', 'sip', 'media', 'rpc'] },
      },
    ],
    handler: ({ state }) => levelsNow(state),
  }),
  setLevel: fn({
    summary: 'Sets the level of a component, or with * the general one; gives the levels as they are then.',
    description: 'Holds until the next start or reload of the configuration (log.level, log.levels).',
    params: [
      arg('component', Type.String({ minLength: 1, maxLength: 64 }), 'A name of log.levels, or * for all others.'),
      arg('level', Level, 'default: as the configuration says for all.'),
    ],
    result: LevelsNow,
    scope: 'log:control',
    examples: [
      {
        params: ['sip', 'debug'],
        result: { level: 'info', components: { sip: 'debug' }, calls: {}, known: ['call', 'sip', 'media', 'rpc'] },
      },
    ],
    handler: ({ state }, component, level) => setLevel(state, component, level),
  }),
  setCallLevel: fn({
    summary: 'Sets the level of one live call, until it ends; gives the levels as they are then.',
    params: [arg('call', CallName, 'Its tag.'), arg('level', Level, 'default: that of its component again.')],
    result: LevelsNow,
    scope: 'log:control',
    errors: ['call.unknown', 'rpc.tooManyRequests'],
    examples: [
      {
        params: ['6f0c2b3d4e5f60718293a4b5', 'debug'],
        result: {
          level: 'info',
          components: {},
          calls: { '6f0c2b3d4e5f60718293a4b5': 'debug' },
          known: ['call', 'sip', 'media', 'rpc'],
        },
      },
    ],
    handler: ({ state }, call, level) => setCallLevel(state, call, level),
  }),
  story: fn({
    summary: 'The story of a call, a line for each decision, oldest first: at, afterMs, level, text, fields.',
    description:
      'Of the last calls (log.stories), living and ended. Made from the events and from the log lines of the call at all levels. Keys that were pressed are not told.',
    params: [arg('call', CallName, 'Its tag or SIP Call-ID.')],
    result: Type.Array(Struct),
    scope: 'log:read',
    errors: ['call.unknown'],
    examples: [
      {
        params: ['4A3F-1'],
        result: [
          {
            at: '2026-01-01T12:00:00.000Z',
            afterMs: 0,
            level: 'info',
            text: 'an INVITE came in',
            fields: { from: '<sip:joe@example.org>', ruri: 'sip:500@example.org', application: 'conference' },
          },
        ],
      },
    ],
    handler({ state }, call) {
      const story = state.stories.find(call);
      const [first] = story?.lines ?? [];
      if (story === null || first === undefined)
        throw new CodedError('call.unknown', `nothing is kept of call ${call} (log.stories)`);
      return story.lines.map((line) => storyStruct(line, first.unixMs));
    },
  }),
});

/** Registers the functions as `log` and begins to keep stories. */
export function registerLog(bus: Bus, parts: LogParts): Disposable {
  const registrations = new DisposableStack();
  const stories = new CallStories(parts.clock, parts.bounds);
  const state: LogState = { ...parts, stories };
  registrations.use(bus.register('log', logFunctions, state));
  if (parts.bounds.calls > 0) {
    registrations.use(bus.subscribe('*', ['*:*'], (event) => stories.event(event)));
    registrations.use(parts.tap.listenToCalls((call, level, text, fields) => stories.line(call, level, text, fields)));
  }
  registrations.use(
    bus.subscribe('call.ended', ['*:*'], ({ payload }) => {
      const { call } = payload;
      if (typeof call !== 'string' || parts.control.calls?.has(call) !== true) return;
      parts.clock.after(lastLinesMs, () => parts.control.calls?.delete(call));
    }),
  );
  return registrations;
}

function levelsNow({ control, tap }: LogState) {
  return {
    level: control.level,
    components: Object.fromEntries(control.components ?? []),
    calls: Object.fromEntries(control.calls ?? []),
    known: [...tap.components()],
  };
}

function setLevel(state: LogState, component: string, level: LogLevel | 'default') {
  const { control, tap } = state;
  if (component === '*') {
    if (level === 'default') throw new CodedError('rpc.wrongType', 'level: * needs one of error, warn, info, debug');
    control.level = level;
    return levelsNow(state);
  }
  const known = tap.components();
  if (!known.includes(component) && control.components?.has(component) !== true)
    throw new CodedError('rpc.wrongType', `component: expected * or one of ${known.join(', ')}`);
  control.components ??= new Map();
  if (level === 'default') control.components.delete(component);
  else control.components.set(component, level);
  return levelsNow(state);
}

function setCallLevel(state: LogState, call: string, level: LogLevel | 'default') {
  const { control } = state;
  control.calls ??= new Map();
  if (level === 'default') control.calls.delete(call);
  else if (!state.isLive(call)) throw new CodedError('call.unknown', call);
  else if (control.calls.size >= mostCalls && !control.calls.has(call))
    throw new CodedError('rpc.tooManyRequests', `${mostCalls} calls have a level of their own`);
  else control.calls.set(call, level);
  return levelsNow(state);
}
