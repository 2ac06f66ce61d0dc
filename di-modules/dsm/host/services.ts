import type { CallContext, DsmEventType, ModuleContext } from '../../../core/index.ts';
import type { DsmConfig } from '../config.ts';
import type { EngineCounters, MachineHooks } from '../engine/index.ts';
import type { EventQueues } from './event-queues.ts';
import type { PromptBook } from './prompts.ts';
import type { MainSettings } from './settings.ts';
import type { Watch } from './watch.ts';

/** What scripts need of the module that they run in. */
export interface ScriptServices {
  readonly context: ModuleContext<DsmConfig>;
  readonly prompts: PromptBook;
  readonly queues: EventQueues;
  readonly watch: Watch;
  readonly hooks: MachineHooks;
  readonly counters: EngineCounters;
  main(): MainSettings;
  /** Starts a script without a call. @throws CodedError when there is no such bundle, or too many run. */
  createSystemScript(bundle: string, diagram: string, event: Extract<DsmEventType, 'Startup' | 'Reload'>): void;
  /** For what scripts call on the bus: `dsm.scopes` and no more. */
  callContext(tag: string): CallContext;
}
