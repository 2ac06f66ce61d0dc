/**
 * A module: one folder of `di-modules`, or a package from outside (design, section 2). What `start`
 * registers through the context is undone when the module stops.
 */
import type { Application, CallEngine } from './call/types.ts';
import type {
  Bus,
  CallContext,
  DiArguments,
  DiValue,
  EventDeclaration,
  EventGuard,
  EventName,
  EventPayload,
  FunctionRows,
  PublishedEvent,
} from './di/index.ts';
import type { DsmModule } from './dsm.ts';
import type { HttpClient } from './http/types.ts';
import type { MediaPool } from './media/types.ts';
import type {
  Clock,
  Counters,
  Disposable,
  Files,
  Log,
  LogListener,
  Network,
  Processes,
  Random,
  Static,
  TSchema,
} from './runtime/index.ts';
import type { SimulatedServer, SimulatedServerOptions } from './simulation-types.ts';
import type { AppendLog, KeyValueStore, SqlDatabase } from './storage/types.ts';

export interface ModuleContext<Config> {
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly network: Network;
  readonly counters: Counters;
  readonly calls: CallEngine;
  readonly media: Pick<MediaPool, 'prompt' | 'remoteStream' | 'room' | 'capabilities' | 'load'>;
  /** This module's own names in the storage. */
  readonly storage: KeyValueStore;
  /** An append-only log of this module's own. */
  appendLog(name: string): AppendLog;
  /**
   * A database with tables of the module's own: in that file (relative to `dataPath`), or `postgres://…`, `mysql://…`
   * with a connection of its own. The module closes it.
   */
  openDatabase(place: string): SqlDatabase;
  /** Other programs on this machine. */
  readonly processes: Processes;
  /** Requests to other servers: bounded, and only where `outgoing` lets them go. */
  readonly http: HttpClient;
  /** Absolute folder of the configured `storage.path`, for files that a module writes. */
  readonly dataPath: string;
  /** Registered until the module stops. */
  registerApplication(application: Application): Disposable;
  declareEvent(name: string, declaration: EventDeclaration): void;
  publish<N extends EventName>(name: N, payload: EventPayload<N>): void;
  publishDeclared(name: string, payload: DiValue): void;
  /** Lines that the log writes, until the module stops. */
  onLogLine(listener: LogListener): void;
  subscribe(filter: string, listener: (event: PublishedEvent) => void): Disposable;
  /** Which of this module's events go to who is limited to a part of it; see `Bus.guardEvents`. Until the module stops. */
  guardEvents(guard: EventGuard): void;
  /** Calls another module's function over the bus. */
  invoke(module: string, name: string, args: DiArguments): Promise<DiValue>;
  /** Aborted when the module has stopped: for what it shares between calls and must end then. */
  readonly stopped: AbortSignal;
  /** What all loaded modules bring for DSM scripts. */
  dsmModules(): readonly DsmModule[];
  /** True when that module is loaded. */
  has(module: string): boolean;
  readonly callContext: CallContext;
  readonly bus: Bus;
  /** State that a former instance's `stop` gave, or null. */
  readonly inherited: unknown;
}

/** A sub-command of `callbus`. */
export interface ModuleCommand {
  readonly name: string;
  readonly summary: string;
  /** Usage text printed by `callbus <name> --help`. */
  readonly usage: string;
  /** `--help` is given to `run` too, for a command whose help depends on what follows. */
  readonly ownHelp?: boolean;
  /** Runs with the arguments after the name; returns the exit code. */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

export interface CommandIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Starts a server in simulated time, to try things out with. */
  readonly simulate?: (options: SimulatedServerOptions) => Promise<SimulatedServer>;
}

export interface ModuleDefinition<Config = unknown, State = unknown> {
  readonly name: string;
  readonly summary: string;
  /** Schema of the module's part under `modules:`; give every key a default and a description. */
  readonly config: TSchema;
  /** Names of modules that must be started before. */
  readonly needs?: readonly string[];
  readonly functions?: FunctionRows<State>;
  /** Events of its own, declared before `start`. */
  readonly events?: { readonly [name: string]: EventDeclaration };
  /** URLs of files that export `codecs: CodecRecord[]` / `formats: FormatRecord[]`. */
  readonly codecs?: readonly URL[];
  readonly formats?: readonly URL[];
  /** Actions and conditions for DSM scripts. */
  readonly dsmModules?: readonly DsmModule[];
  readonly commands?: readonly ModuleCommand[];
  /** Registers applications and the like; its result is the state that the functions get. */
  start(context: ModuleContext<Config>): State | Promise<State>;
  /** May return state for a following instance. */
  stop?(state: State): unknown;
}

/** Types a module's definition from its configuration schema. */
export function defineModule<const C extends TSchema, State>(
  definition: Omit<ModuleDefinition<Static<C>, State>, 'config'> & { readonly config: C },
): ModuleDefinition {
  return definition as unknown as ModuleDefinition;
}
