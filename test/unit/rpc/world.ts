/** A bus with example functions, and RPC faces on it: what the tests of `rpc` stand on. */
import Type from 'typebox';
import { loadConfig } from '../../../core/config/index.ts';
import {
  Any,
  arg,
  Blob,
  Bool,
  type Bus,
  createBus,
  type DiValue,
  Int,
  List,
  Long,
  Num,
  opt,
  rest,
  rowsFor,
  Struct,
  secret,
  Text,
  Void,
} from '../../../core/di/index.ts';
import { CodedError, type Seams, silentLog } from '../../../core/runtime/index.ts';
import { realSeams } from '../../../core/runtime/real-seams.ts';
import { memoryStorage, type Storage } from '../../../core/storage/index.ts';
import { type Rpc, type RpcConfig, RpcConfigSchema, startRpc } from '../../../rpc/index.ts';

interface State {
  level: number;
}
const { fn, defineFunctions } = rowsFor<State>();

const builtins = defineFunctions({
  calls: fn({ summary: 'Calls now.', params: [], result: Int, scope: 'server:read', handler: () => 3 }),
  get_loglevel: fn({
    summary: 'Level.',
    params: [],
    result: Int,
    scope: 'server:read',
    handler: ({ state }) => state.level,
  }),
  set_loglevel: fn({
    summary: 'Sets it.',
    params: [opt('level', Int)],
    result: Text,
    scope: 'server:control',
    handler({ state }, level = 0) {
      state.level = level;
      return '200 OK';
    },
  }),
  // The methods of the JSON-RPC specification's examples.
  subtract: fn({
    summary: 'Difference.',
    params: [arg('minuend', Int), arg('subtrahend', Int)],
    result: Int,
    scope: 'test:read',
    handler: (_, minuend, subtrahend) => minuend - subtrahend,
  }),
  sum: fn({
    summary: 'Sum.',
    params: [rest('terms', Int)],
    result: Int,
    scope: 'test:read',
    handler: (_, ...terms) => terms.reduce((a, b) => a + b, 0),
  }),
  update: fn({
    summary: 'Nothing.',
    params: [rest('any', Any)],
    result: Void,
    scope: 'test:read',
    handler: () => null,
  }),
  notify_hello: fn({
    summary: 'Nothing.',
    params: [arg('n', Int)],
    result: Void,
    scope: 'test:read',
    handler: () => null,
  }),
  notify_sum: fn({
    summary: 'Nothing.',
    params: [rest('n', Int)],
    result: Void,
    scope: 'test:read',
    handler: () => null,
  }),
  get_data: fn({ summary: 'Data.', params: [], result: List, scope: 'test:read', handler: () => ['hello', 5] }),
});

const sample = defineFunctions({
  echo: fn({
    summary: 'Gives its arguments.',
    params: [rest('values', Any)],
    result: List,
    scope: 'sample:read',
    handler: (_, ...values) => values,
  }),
  same: fn({
    summary: 'Gives its argument.',
    params: [arg('value', Any)],
    result: Any,
    scope: 'sample:read',
    handler: (_, value) => value,
  }),
  struct: fn({
    summary: 'Takes a struct.',
    params: [arg('options', Struct), opt('times', Int, 'How often.')],
    result: Struct,
    scope: 'sample:read',
    handler: (_, options) => options,
  }),
  count: fn({ summary: 'A count.', params: [], result: Long, scope: 'sample:read', handler: () => 9007199254740993n }),
  small: fn({ summary: 'A small count.', params: [], result: Long, scope: 'sample:read', handler: () => 7n }),
  half: fn({
    summary: 'A double.',
    params: [arg('value', Num)],
    result: Num,
    scope: 'sample:read',
    handler: (_, value) => value / 2,
  }),
  bytes: fn({
    summary: 'Bytes.',
    params: [],
    result: Blob,
    scope: 'sample:read',
    handler: () => new Uint8Array([1, 2, 255]),
  }),
  flag: fn({ summary: 'A boolean.', params: [], result: Bool, scope: 'sample:read', handler: () => true }),
  maybe: fn({
    summary: 'Text or nil.',
    params: [],
    result: Type.Union([Text, Type.Null()]),
    scope: 'sample:read',
    handler: () => null,
  }),
  nothing: fn({ summary: 'A void.', params: [], result: Void, scope: 'sample:read', handler: () => null }),
  reset: fn({ summary: 'Changes things.', params: [], result: Void, scope: 'sample:control', handler: () => null }),
  wipe: fn({ summary: 'For admins.', params: [], result: Void, scope: 'sample:admin', handler: () => null }),
  room: fn({
    summary: 'Limited.',
    params: [arg('room', Text)],
    result: Text,
    scope: 'sample:control',
    limit: 'room',
    handler: (_, room) => room,
  }),
  login: fn({
    summary: 'Has a secret.',
    params: [arg('pin', secret(Text))],
    result: Void,
    scope: 'sample:control',
    handler: () => null,
  }),
  broken: fn({
    summary: 'Throws.',
    params: [],
    result: Void,
    scope: 'sample:read',
    handler: () => {
      throw new Error('surprise');
    },
  }),
  refuses: fn({
    summary: 'Throws a coded error.',
    params: [],
    result: Void,
    scope: 'sample:read',
    handler: () => {
      throw new CodedError('call.unknown', 'tag X');
    },
  }),
  slow: fn({
    summary: 'Never ends.',
    params: [],
    result: Void,
    scope: 'sample:read',
    handler: () => new Promise<null>(() => {}),
  }),
  hidden: fn({
    summary: 'Internal.',
    params: [],
    result: Void,
    scope: 'sample:read',
    exported: false,
    handler: () => null,
  }),
});

export function sampleBus(seams: Seams): Bus {
  const bus = createBus({ clock: seams.clock, log: silentLog, counters: seams.counters, random: seams.random });
  bus.register('builtin', builtins, { level: 2 });
  bus.register('sample', sample, { level: 0 });
  return bus;
}

export interface RpcWorld {
  readonly bus: Bus;
  readonly rpc: Rpc;
  readonly seams: Seams;
  readonly storage: Storage;
  /** `http://…`, of a listener that is there. */
  readonly url: string;
  setReady(ready: boolean): void;
}

/** The configuration with its defaults, free ports, and `changes`. */
export function rpcConfig(changes: object = {}): RpcConfig {
  const config = { listen: { port: 0 }, netstring: { port: 0 }, directExport: ['sample'], ...changes };
  return loadConfig<RpcConfig>({ schema: RpcConfigSchema, text: JSON.stringify(config) });
}

/** Runs `work` with faces on free loopback ports, and stops them. */
export async function withRpc(
  changes: object,
  work: (world: RpcWorld) => Promise<void>,
  storage: Storage = memoryStorage(),
): Promise<void> {
  const seams = realSeams({ log: silentLog });
  const bus = sampleBus(seams);
  let isReady = true;
  const rpc = await startRpc({
    bus,
    seams,
    config: rpcConfig(changes),
    storage,
    ready: () => isReady,
    info: { title: 'Callbus', version: '0.0.0' },
  });
  try {
    await work({
      bus,
      rpc,
      seams,
      storage,
      url: rpc.http ?? '',
      setReady(ready) {
        isReady = ready;
      },
    });
  } finally {
    await rpc.stop(200);
  }
}

/** Faces without sockets. */
export const offline = { listen: null, netstring: null };

/** One JSON-RPC call without sockets: the parsed answer. */
export async function jsonCall(rpc: Rpc, method: string, params?: unknown): Promise<Record<string, unknown>> {
  const text = await rpc.dispatchJson(JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }));
  return JSON.parse(text ?? 'null');
}

/** One XML-RPC call without sockets, its parameters as XML values. */
export function xmlCall(rpc: Rpc, method: string, ...values: string[]): Promise<string> {
  const params = values.map((value) => `<param><value>${value}</value></param>`).join('');
  return rpc.dispatchXml(
    `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params}</params></methodCall>`,
  );
}

/** What stands in the `<value>` of a reply. */
export function resultOf(reply: string): string {
  return /<param>\s*<value>([\s\S]*)<\/value>\s*<\/param>/.exec(reply)?.[1] ?? reply;
}

export interface Fault {
  readonly code: number;
  readonly text: string;
}

export function faultOf(reply: string): Fault {
  const code = /<name>faultCode<\/name><value><i4>(-?\d+)</.exec(reply)?.[1];
  const text = /<name>faultString<\/name><value><string>([^<]*)</.exec(reply)?.[1];
  if (code === undefined || text === undefined) throw new Error(`not a fault: ${reply}`);
  return {
    code: Number(code),
    text: text
      .replace(/&apos;/g, "'")
      .replace(/&quot;/g, '"')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&'),
  };
}

export type { DiValue };
