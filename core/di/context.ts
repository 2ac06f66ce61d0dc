import type { Log } from '../runtime/index.ts';

/** Which face an invocation came through. */
export type Face = 'xml-rpc' | 'json-rpc' | 'websocket' | 'netstring' | 'stats' | 'script' | 'module' | 'cli';

/** Who calls: a name for the audit, and what it may do. */
export interface Caller {
  /** Token or user name; `local` for an open loopback listener, `module:<name>` for a module. */
  readonly name: string;
  /** `<module>:<read|control|admin>`, `*` on either side. */
  readonly scopes: readonly string[];
  /** Values that the token limits a row's `limit` parameter to, by module: `{ webconference: ['4711'] }`. */
  readonly limits: { readonly [module: string]: readonly string[] };
  /**
   * Values of arguments by their name, whatever the module: `{ room: ['4711'] }`. It may call only functions, and gets
   * only events, that name one of them. Absent or empty: no such limit.
   */
  readonly only?: { readonly [argument: string]: readonly string[] };
  /** Modules whose functions it may call and whose events it may get; absent: all. */
  readonly modules?: readonly string[];
  /** What proved who it is, for the audit: `token`, `password`, `certificate`; absent: nothing, or it is in-process. */
  readonly credential?: string;
  /** What a module that let him in knows him by, for its own checks; means nothing elsewhere. */
  readonly subject?: string;
}

/**
 * What that caller may do now; null: nothing, what proved who he is was revoked or is over, or the listener that let
 * him in without is not open any more. For the server itself there is nothing that could end: he himself.
 */
export type RightsNow = (caller: Caller) => Promise<Caller | null>;

/** What every invocation carries (design, section 2). */
export interface CallContext {
  readonly caller: Caller;
  readonly face: Face;
  /** Address of the client, or `in-process`. */
  readonly source: string;
  /** `Clock.nowMs()` after which the answer is of no use; null: none. */
  readonly deadlineMs: number | null;
  readonly traceId: string;
  readonly log: Log;
}
