import type { CallEngine } from './call/types.ts';
import type { Bus, DiArguments, DiValue } from './di/index.ts';
import type { Log, MemoryFiles, Seams, SimClock, SimHost, SimInternet } from './runtime/index.ts';
import type { SipConfig } from './sip/index.ts';
import type { SqlDatabase } from './storage/types.ts';

export interface SimulatedServerOptions {
  /** Members of the configuration, as in the YAML file; over them stand one SIP address and no other ports. */
  readonly config: { readonly [key: string]: unknown };
  readonly log: Log;
  /** Same seed, same run. Default 1. */
  readonly seed?: number | string;
}

/** A server in simulated time. Time stands still until `clock` is moved. */
export interface SimulatedServer {
  /** Its IP address; SIP on port 5060. */
  readonly address: string;
  readonly bus: Bus;
  readonly calls: CallEngine;
  readonly sip: SipConfig;
  readonly clock: SimClock;
  readonly internet: SimInternet;
  /** What it wrote; what it did not write is read from this machine. */
  readonly files: MemoryFiles;
  /** A further machine on its network. */
  host(address: string, name: string): { readonly host: SimHost; readonly seams: Seams };
  /** A database file of one of its modules. */
  database(module: string, name: string): SqlDatabase;
  /** Calls a function of the bus, as an administrator. */
  invoke(module: string, name: string, args: DiArguments): Promise<DiValue>;
  stop(): Promise<void>;
}
