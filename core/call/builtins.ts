/** SEMS's built-in functions (reference/di-interfaces 3.3), registered as the module `builtin`. */
import { Bool, type Bus, Int, opt, rowsFor, Text } from '../di/index.ts';
import { CodedError, type Disposable, type LogControl, logLevels, Type } from '../runtime/index.ts';
import type { CallEngine } from './types.ts';

interface BuiltinState {
  readonly engine: Pick<CallEngine, 'statistics' | 'shutdownMode'>;
  readonly logControl: LogControl;
}

const { fn, defineFunctions } = rowsFor<BuiltinState>();
const done = '200 OK';
const read = 'server:read';
const control = 'server:control';

const figure = (summary: string, example: number, value: (state: BuiltinState) => number) =>
  fn({
    summary,
    params: [],
    result: Int,
    scope: read,
    examples: [{ params: [], result: example }],
    handler: ({ state }) => value(state),
  });

export const builtins = defineFunctions({
  calls: figure('Calls now; both legs of a bridge count.', 3, ({ engine }) => engine.statistics.calls()),
  get_sessioncount: figure('Calls since the start.', 120, ({ engine }) => engine.statistics.total()),
  get_callsavg: figure('Average number of calls since the last query, rounded up; resets.', 3, ({ engine }) =>
    engine.statistics.averageSinceQuery(),
  ),
  get_callsmax: figure('Largest number of calls since the last query; resets to the number now.', 7, ({ engine }) =>
    engine.statistics.maximumSinceQuery(),
  ),
  get_cpsavg: figure('New calls a second over the last 5 s, fraction cut off.', 2, ({ engine }) =>
    engine.statistics.callsPerSecondAverage(),
  ),
  get_cpsmax: figure('Largest value of that figure since the last query; resets to 0.', 5, ({ engine }) =>
    engine.statistics.callsPerSecondMaximum(),
  ),
  get_cpslimit: fn({
    summary: 'Limits of new calls a second: "<hard> <current>"; 0: none.',
    params: [],
    result: Text,
    scope: read,
    examples: [{ params: [], result: '50 50' }],
    handler: ({ state }) => `${state.engine.statistics.limit.hard} ${state.engine.statistics.limit.current}`,
  }),
  set_cpslimit: fn({
    summary: 'Sets both limits of new calls a second; 0: none.',
    params: [opt('limit', Int, 'Default 0.')],
    result: Text,
    scope: control,
    examples: [{ params: [50], result: done }],
    handler({ state }, limit = 0) {
      if (limit < 0) throw new CodedError('rpc.wrongType', 'limit: expected 0 or more');
      const { limit: limits } = state.engine.statistics;
      limits.hard = limit;
      limits.current = limit;
      return done;
    },
  }),
  get_loglevel: figure('0 error, 1 warning, 2 info, 3 debug.', 2, ({ logControl }) =>
    logLevels.indexOf(logControl.level),
  ),
  set_loglevel: fn({
    summary: 'Sets the log level: 0 error, 1 warning, 2 info, 3 debug.',
    params: [opt('level', Int, 'Default 0.')],
    result: Text,
    scope: control,
    examples: [{ params: [3], result: done }],
    handler({ state }, level = 0) {
      const name = logLevels[level];
      if (name === undefined) throw new CodedError('rpc.wrongType', `level: expected 0 to 3, got ${level}`);
      state.logControl.level = name;
      return done;
    },
  }),
  get_shutdownmode: figure('1 while new calls are refused, else 0.', 0, ({ engine }) => Number(engine.shutdownMode)),
  set_shutdownmode: fn({
    summary: 'Refuses new calls and OPTIONS while set.',
    params: [opt('on', Type.Union([Bool, Int]), 'true or 1, false or 0; default false.')],
    result: Text,
    scope: control,
    examples: [{ params: [true], result: done }],
    handler({ state }, on = false) {
      if (on !== true && on !== false && on !== 0 && on !== 1)
        throw new CodedError('rpc.wrongType', 'on: expected true, false, 1 or 0');
      state.engine.shutdownMode = Boolean(on);
      return done;
    },
  }),
});

export function registerBuiltins(bus: Bus, state: BuiltinState): Disposable {
  return bus.register('builtin', builtins, state);
}
