import {
  type Application,
  type Call,
  type CallsConfig,
  CallsConfigSchema,
  createCallEngine,
  type DialConfig,
  DialConfigSchema,
  defineApplication,
  embeddedRouting,
  type RoutingConfig,
} from '../../../core/call/index.ts';
import { fillDefaults } from '../../../core/config/defaults.ts';
import { createBus, type PublishedEvent } from '../../../core/di/index.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import { type LogLine, recordingLog } from '../di/make-bus.ts';
import { FakeMedia } from './fake-media.ts';
import { FakeSip } from './fake-sip.ts';

export interface EngineOptions {
  readonly calls?: Record<string, unknown>;
  readonly dial?: Record<string, unknown>;
  readonly routing?: RoutingConfig;
  readonly media?: {
    readonly address?: string;
    readonly external?: string;
    readonly srtp?: 'off' | 'optional' | 'required';
  };
  readonly applications?: readonly Application[];
}

/** An application of that name which answers and then does `serve`. */
export function answering(name: string, serve: (call: Call) => void | Promise<void> = () => {}): Application {
  return defineApplication({
    name,
    async onInvite(call) {
      await call.accept();
      await serve(call);
    },
  });
}

/** An engine on fake SIP and media, in simulated time. */
export function makeEngine(options: EngineOptions = {}) {
  const lines: LogLine[] = [];
  const simulation = createSimulation({ seed: 1 });
  const { seams, host } = simulation.host('192.0.2.1', { log: recordingLog(lines) });
  const sip = new FakeSip();
  const media = new FakeMedia();
  const { clock, counters, random, log } = seams;
  const bus = createBus({ clock, counters, random, log, checkResults: true });
  const events: PublishedEvent[] = [];
  bus.subscribe('*', ['*:*'], (event) => void events.push(event));
  const logControl = { level: 'info' as const };
  const engine = createCallEngine({
    seams,
    sip,
    media,
    bus,
    logControl,
    config: {
      calls: fillDefaults(CallsConfigSchema, options.calls ?? {}) as CallsConfig,
      dial: fillDefaults(DialConfigSchema, options.dial ?? {}) as DialConfig,
      routing: options.routing ?? embeddedRouting,
      media: {
        address: options.media?.address ?? 'auto',
        external: options.media?.external ?? null,
        rtpTimeoutMs: 300_000,
        symmetricRtp: true,
        srtp: options.media?.srtp ?? 'off',
      },
    },
  });
  for (const application of options.applications ?? []) engine.registerApplication(application);
  return {
    engine,
    sip,
    media,
    bus,
    simulation,
    clock: simulation.clock,
    counters,
    lines,
    events,
    host,
    /** Payloads of the events of that name, in order. */
    published: (name: string) => events.filter((event) => event.name === name).map(({ payload }) => payload),
    /** Lets everything that waits for nothing outside happen. */
    settle: () => simulation.clock.advance(0),
  };
}
