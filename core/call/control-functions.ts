import type { Bus } from '../di/index.ts';
import { type Disposable, DisposableStack } from '../runtime/index.ts';
import { createTrustList } from '../sip/index.ts';
import type { KeyValueStore } from '../storage/types.ts';
import { registerCallFunctions } from './call-functions.ts';
import type { Engine } from './engine.ts';
import { registerGateways } from './gateway-functions.ts';
import { type RoutingParts, registerRouting } from './routing-functions.ts';

export interface CallControlParts {
  readonly bus: Bus;
  keyValue(name: string): KeyValueStore;
  /** Reads the configuration again, for `routing.reload`; null: there is no file. */
  readonly readConfig: (() => Promise<RoutingParts>) | null;
  /** `storage.path`, absolute. */
  readonly dataPath: string;
}

/**
 * Takes over the rules and gateways that were added at run time, and registers `call`, `routing` and `gateway`.
 * @throws CodedError `storage.failed`.
 */
export async function registerCallControl(engine: Engine, parts: CallControlParts): Promise<Disposable> {
  const { bus, keyValue, readConfig, dataPath } = parts;
  const { seams, config } = engine.parts;
  const trust = createTrustList(config.sip?.trusted ?? []);
  const { playPath } = config.calls;
  const registered = new DisposableStack();
  registered.use(
    await registerRouting(
      bus,
      {
        table: engine.routing,
        store: keyValue('routing'),
        random: seams.random,
        isLoaded: (name) => engine.application(name) !== undefined,
        isTrusted: (address) => trust.covers(address),
        readConfig,
      },
      seams.log,
    ),
  );
  registered.use(await registerGateways(bus, { table: engine.gateways, store: keyValue('gateways') }, seams.log));
  registered.use(
    registerCallFunctions(bus, { engine, playFolder: playPath === '' ? `${dataPath}/prompts` : playPath }),
  );
  return registered;
}
