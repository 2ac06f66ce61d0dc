import { type Bus, type BusOptions, type CallContext, createBus } from '../../../core/di/index.ts';
import { Counters, type Log, type LogFields, SimClock, SimRandom } from '../../../core/runtime/index.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export function recordingLog(lines: LogLine[], bound: LogFields = {}): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLog(lines, { ...bound, ...fields }),
  };
}

export interface TestBus {
  readonly bus: Bus;
  readonly clock: SimClock;
  readonly counters: Counters;
  readonly lines: LogLine[];
  /** A caller over JSON-RPC with all scopes, unless told otherwise. */
  context(
    changes?: Partial<CallContext> & { scopes?: readonly string[]; limits?: CallContext['caller']['limits'] },
  ): CallContext;
}

export function makeBus(options: Partial<BusOptions> = {}): TestBus {
  const lines: LogLine[] = [];
  const clock = new SimClock();
  const counters = new Counters();
  const log = recordingLog(lines);
  const bus = createBus({ clock, counters, log, random: new SimRandom(1), checkResults: true, ...options });
  return {
    bus,
    clock,
    counters,
    lines,
    context: ({ scopes = ['*:*'], limits = {}, ...changes } = {}) => ({
      caller: { name: 'alice', scopes, limits },
      face: 'json-rpc',
      source: '192.0.2.1',
      deadlineMs: null,
      traceId: 't1',
      log,
      ...changes,
    }),
  };
}
