import type { Caller, DiStruct, EventGap, EventRecord } from '../../core/index.ts';

/** A webhook as it is kept. */
export interface HookSettings {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly filters: readonly string[];
  readonly match: DiStruct;
  /** Who named the URL decides where it may lead. */
  readonly namedBy: 'configuration' | 'caller';
  /** What it may see: as who added it, as long as he may. */
  readonly caller: Pick<Caller, 'name' | 'scopes' | 'limits' | 'only' | 'modules' | 'credential'>;
}

/** An event that was given up. */
export interface DeadLetter {
  readonly id: number;
  readonly name: string;
  readonly scope: string;
  /** As `EventRecord.text`. */
  readonly text: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What goes out in one request. */
export interface Batch {
  readonly records: readonly EventRecord[];
  /** The hook has what is up to here when it has these. */
  readonly position: number;
  readonly gap: EventGap | null;
}

/** What became of a request. `failed`: it may be sent again; `rejected`: the receiver does not want it. */
export interface Outcome {
  readonly kind: 'delivered' | 'failed' | 'rejected';
  /** HTTP status; 0: no reply. */
  readonly status: number;
  readonly reason: string;
  readonly tookMs: number;
  /** As the receiver asked (Retry-After), 0: it did not. */
  readonly retryAfterMs: number;
}
