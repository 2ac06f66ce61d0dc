import { type Any, arg, CodedError, type DiValue, opt, rowsFor, Text, Type } from '../../core/index.ts';
import { toInteger } from './record.ts';
import { Ok, ok } from './replies.ts';
import type { SampleWindow } from './sample-store.ts';
import { isSampleTime, parseSampleTime } from './sample-time.ts';
import type { MonitoringState } from './state.ts';

type AnySchema = typeof Any;
const Time: AnySchema = Type.Unsafe<DiValue>({
  title: 'time',
  description: 'Unix seconds as a double, or a blob of 16 bytes: struct timeval, 64-bit little-endian.',
});
const CountOrTime: AnySchema = Type.Unsafe<DiValue>({ title: 'count or time', description: 'An integer, or a time.' });
const SecondsOrNow: AnySchema = Type.Unsafe<DiValue>({
  title: 'seconds or now',
  description: 'Length of the window in seconds (an integer, default 1), or the time that counts as now.',
});
const Sum = Type.Unsafe<number | bigint>({ 'x-di': 'long' });

const { fn, defineFunctions } = rowsFor<MonitoringState>();
const id = arg('id', Text, 'Normally the call tag.');
const key = arg('key', Text, 'Name of the sample.');

/** Counts over time (di-interfaces 5.1). */
export const sampleFunctions = defineFunctions({
  addSample: fn({
    summary: 'Add a sample to a counter over time.',
    description: 'Arguments: id, key [count = 1] [time], or id, key, time.',
    params: [id, key, opt('count', CountOrTime), opt('time', Time)],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['gateway1', 'calls', 1], result: [0, 'OK'] }],
    handler({ state }, id, key, count, time) {
      const timeFirst = isSampleTime(count);
      const given = timeFirst ? count : time;
      const at = given === undefined ? state.nowMicros() : parseSampleTime(given, 'time');
      state.samples.add(id, key, timeFirst || count === undefined ? 1 : integer(count, 'count'), at);
      return ok;
    },
  }),
  getCount: fn({
    summary: 'Sum of the samples of a counter in a window of time.',
    description: 'Arguments: id, key [seconds = 1], or id, key, now [from [to]].',
    params: [id, key, opt('seconds', SecondsOrNow), opt('from', Time), opt('to', Time)],
    result: Type.Array(Sum),
    scope: 'monitoring:read',
    examples: [{ params: ['gateway1', 'calls', 5], result: [17] }],
    handler({ state }, id, key, seconds, from, to) {
      return [toInteger(state.samples.sum(id, key, windowOf(state, seconds, from, to)))];
    },
  }),
  getAllCounts: fn({
    summary: 'Sums of all counters over time of one id.',
    description: 'Arguments: id [seconds = 1 [now]], or id, now [from [to]].',
    params: [id, opt('seconds', SecondsOrNow), opt('from', Time), opt('to', Time)],
    result: Type.Record(Type.String(), Sum),
    scope: 'monitoring:read',
    listed: false,
    examples: [{ params: ['gateway1'], result: { calls: 17, failures: 2 } }],
    handler({ state }, id, seconds, from, to) {
      const window =
        isSampleTime(seconds) || from === undefined
          ? windowOf(state, seconds, from, to)
          : windowBefore(parseSampleTime(from, 'now'), integer(seconds ?? 1, 'seconds'));
      return Object.fromEntries(
        state.samples.keys(id).map((key) => [key, toInteger(state.samples.sum(id, key, window))]),
      );
    },
  }),
});

function windowOf(
  state: MonitoringState,
  seconds: DiValue | undefined,
  from: DiValue | undefined,
  to: DiValue | undefined,
): SampleWindow {
  if (seconds !== undefined && isSampleTime(seconds)) {
    const window = windowBefore(parseSampleTime(seconds, 'now'), 1);
    return {
      ...window,
      ...(from === undefined ? {} : { fromMicros: parseSampleTime(from, 'from') }),
      ...(to === undefined ? {} : { toMicros: parseSampleTime(to, 'to') }),
    };
  }
  return windowBefore(state.nowMicros(), integer(seconds ?? 1, 'seconds'));
}

function windowBefore(nowMicros: number, seconds: number): SampleWindow {
  return { nowMicros, fromMicros: nowMicros - seconds * 1_000_000, toMicros: nowMicros };
}

/** @throws CodedError `rpc.wrongType`. */
function integer(value: DiValue, parameter: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new CodedError('rpc.wrongType', `${parameter}: expected an integer`);
}
