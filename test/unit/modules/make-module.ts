import { fillDefaults } from '../../../core/config/defaults.ts';
import type { CallContext, DiValue, ModuleDefinition } from '../../../core/index.ts';
import { createLogTap, MemoryFiles, SimLoopMonitor, SimProcesses, SimRandom } from '../../../core/index.ts';
import { ModuleHost } from '../../../core/module-host.ts';
import type { FakeDialog } from '../call/fake-sip.ts';
import { type EngineOptions, makeEngine } from '../call/make-engine.ts';
import { recordingLog } from '../di/make-bus.ts';

/** One module on the call engine, with fake SIP and media, in simulated time. */
export async function makeModule(
  definition: ModuleDefinition,
  config: Record<string, unknown> = {},
  options: EngineOptions = {},
) {
  const made = makeEngine(options);
  const { engine, bus, clock, counters, lines, host, media } = made;
  const files = new MemoryFiles({ unixMs: () => clock.unixMs() });
  const logTap = createLogTap(recordingLog(lines), { level: 'info' });
  const { log } = logTap;
  const modules = new ModuleHost({
    seams: {
      clock,
      counters,
      files,
      log,
      random: new SimRandom(2),
      network: host.network,
      dns: host.dns,
      threads: {
        start() {
          throw new Error('no threads in this test');
        },
      },
      processes: new SimProcesses(clock),
      loop: new SimLoopMonitor(),
      packetIo: () => host.packetIo(),
    },
    bus,
    calls: engine,
    media,
    storage: {
      keyValue: () => ({
        get: async () => null,
        set: async () => {},
        delete: async () => {},
        list: async () => [],
      }),
      appendLog: () => {
        throw new Error('no logs in this test');
      },
      database: () => {
        throw new Error('no databases in this test');
      },
      close: async () => {},
    },
    dataPath: '/data',
    http: {
      send: () => Promise.reject(new Error('no other servers in this test')),
    },
    logTap,
  });
  await modules.start([definition], new Map([[definition.name, fillDefaults(definition.config, config)]]));
  const context = (source = '192.0.2.77'): CallContext => ({
    caller: { name: 'alice', scopes: ['*:*'], limits: {} },
    face: 'json-rpc',
    source,
    deadlineMs: null,
    traceId: 't1',
    log,
  });
  return {
    ...made,
    files,
    modules,
    context,
    /** Invokes a function of the module by position. */
    invoke: (name: string, ...args: DiValue[]) => bus.invoke(definition.name, name, args, context()),
    invokeFrom: (source: string, name: string, ...args: DiValue[]) =>
      bus.invoke(definition.name, name, args, context(source)),
    /** The stream of the newest call. */
    stream: (index = -1) => {
      const stream = media.streams.at(index);
      if (stream === undefined) throw new Error('no stream');
      return stream;
    },
    /** An answered call that came in. */
    async answered(uri: string, callOptions: Parameters<typeof made.sip.incoming>[1] = {}): Promise<FakeDialog> {
      const dialog = made.sip.incoming(uri, callOptions);
      await clock.advance(0);
      dialog.ack();
      await clock.advance(0);
      return dialog;
    },
  };
}

/** The code of the CodedError with which `promise` rejects. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  }
  return 'no refusal';
}
