/** `server.*`: how much the server has to do, and what it is made of. */
import type { CallEngine } from './call/index.ts';
import { type Bus, Int, rowsFor, Text } from './di/index.ts';
import type { MediaPool } from './media/index.ts';
import { type Clock, type Disposable, processFace, Type } from './runtime/index.ts';
import type { SipStack } from './sip/index.ts';

export interface ServerParts {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly calls: Pick<CallEngine, 'statistics' | 'shutdownMode'>;
  readonly media: Pick<MediaPool, 'load'>;
  readonly sip: Pick<SipStack, 'overload'>;
  readonly version: string;
  /** The modules that the configuration lists, in the order of their start. */
  readonly modules: () => readonly { readonly name: string; readonly summary: string }[];
}

interface ServerState extends ServerParts {
  readonly startedMs: number;
}

const { fn, defineFunctions } = rowsFor<ServerState>();
const scope = 'server:read';

const Fraction = Type.Number({ description: 'Share of the time that it worked, 0 to 1.' });
const Worker = Type.Object({
  alive: Type.Boolean(),
  streams: Int,
  rooms: Int,
  relayLines: Int,
  busyFraction: Fraction,
  maxLatenessMs: Type.Number({ description: 'Latest that a turn of 20 ms began.' }),
});
const Load = Type.Object({
  version: Text,
  uptimeSeconds: Type.Integer(),
  calls: Type.Integer({ description: 'Legs now.' }),
  callsTotal: Type.Integer({ description: 'Since the start.' }),
  callsPerSecond: Type.Integer({ description: 'New ones, over the last 5 s.' }),
  refusesCalls: Type.Boolean({ description: 'set_shutdownmode, or the server is draining.' }),
  cpuSeconds: Type.Number({ description: 'Processor time of all threads since the start.' }),
  memoryBytes: Type.Integer({ description: 'Resident.' }),
  loop: Type.Object({
    lagMs: Type.Number({ description: 'The latest that the main thread was, since it was looked at last.' }),
    busyFraction: Fraction,
    overloaded: Type.Boolean({ description: 'New requests are refused for want of time.' }),
    shed: Type.Integer({ description: 'Requests refused so since the start.' }),
  }),
  workers: Type.Array(Worker, { description: 'Of media.' }),
});
const ModuleRow = Type.Object({
  name: Text,
  summary: Type.String({ description: 'Empty: part of the server, always there.' }),
  functions: Type.Integer(),
  application: Type.Boolean({ description: 'The configuration lists it.' }),
});

export const serverFunctions = defineFunctions({
  load: fn({
    summary: 'How much the server has to do: calls, processor, memory, the event loop, the media workers.',
    params: [],
    result: Load,
    scope,
    examples: [
      {
        params: [],
        result: {
          version: '0.1.0',
          uptimeSeconds: 3600,
          calls: 240,
          callsTotal: 90_120,
          callsPerSecond: 25,
          refusesCalls: false,
          cpuSeconds: 812.5,
          memoryBytes: 210_000_000,
          loop: { lagMs: 3.2, busyFraction: 0.21, overloaded: false, shed: 0 },
          workers: [
            { alive: true, streams: 120, rooms: 4, relayLines: 0, busyFraction: 0.18, maxLatenessMs: 0.9 },
            { alive: true, streams: 120, rooms: 3, relayLines: 0, busyFraction: 0.17, maxLatenessMs: 1.1 },
          ],
        },
      },
    ],
    handler: ({ state }) => loadNow(state),
  }),
  modules: fn({
    summary: 'What the server is made of: the modules that it loaded, and the parts that are always there.',
    params: [],
    result: Type.Array(ModuleRow),
    scope,
    examples: [
      {
        params: [],
        result: [
          { name: 'conference', summary: 'Rooms of callers.', functions: 13, application: true },
          { name: 'call', summary: '', functions: 9, application: false },
        ],
      },
    ],
    handler: ({ state }) => modulesNow(state),
  }),
});

/** Registers the functions as `server`. */
export function registerServer(parts: ServerParts): Disposable {
  return parts.bus.register('server', serverFunctions, { ...parts, startedMs: parts.clock.nowMs() });
}

function loadNow({ clock, calls, media, sip, version, startedMs }: ServerState) {
  const { statistics } = calls;
  const { user, system } = processFace().cpuSeconds();
  const { lagMs, busyFraction, active, shed } = sip.overload.look();
  return {
    version,
    uptimeSeconds: Math.floor((clock.nowMs() - startedMs) / 1000),
    calls: statistics.calls(),
    callsTotal: statistics.total(),
    callsPerSecond: statistics.callsPerSecondAverage(),
    refusesCalls: calls.shutdownMode,
    cpuSeconds: rounded(user + system),
    memoryBytes: processFace().residentBytes(),
    loop: { lagMs: rounded(lagMs), busyFraction: rounded(busyFraction), overloaded: active, shed },
    workers: media.load().workers.map((worker) => ({
      alive: worker.alive,
      streams: worker.streams,
      rooms: worker.rooms,
      relayLines: worker.relayLines,
      busyFraction: rounded(worker.busy),
      maxLatenessMs: rounded(worker.maxLatenessMs),
    })),
  };
}

function modulesNow({ bus, modules }: ServerState) {
  const counts = new Map<string, number>();
  for (const { module, row, aliasOf } of bus.functions())
    if (row.exported !== false && aliasOf === null) counts.set(module, (counts.get(module) ?? 0) + 1);
  const listed = modules();
  const names = new Set(listed.map(({ name }) => name));
  const others = [...counts.keys()].filter((name) => !names.has(name));
  return [
    ...listed.map(({ name, summary }) => ({ name, summary, functions: counts.get(name) ?? 0, application: true })),
    ...others.map((name) => ({ name, summary: '', functions: counts.get(name) ?? 0, application: false })),
  ];
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
