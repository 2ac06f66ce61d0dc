/**
 * The door by which modules bring actions and conditions to DSM scripts (design, section 2): rows, as
 * functions are rows of the bus. A script gets them with `import(mod_x)`; from the rows come loading,
 * checking, help and completion.
 */
import type { Call } from './call/types.ts';
import type { DiValue } from './di/index.ts';
import type { ModuleContext } from './module.ts';
import type { Log } from './runtime/index.ts';

/** What an event of a script is (reference/dsm 3.1). `Exception` is the type while an exception is handled. */
export type DsmEventType =
  | 'Start'
  | 'Invite'
  | 'SessionStart'
  | 'Ringing'
  | 'EarlySession'
  | 'FailedCall'
  | 'Hangup'
  | 'Key'
  | 'Timer'
  | 'NoAudio'
  | 'PlaylistSeparator'
  | 'DSMEvent'
  | 'B2BEvent'
  | 'B2BOtherRequest'
  | 'B2BOtherReply'
  | 'B2BOtherBye'
  | 'SipRequest'
  | 'SipReply'
  | 'RemoteDisappeared'
  | 'SessionTimeout'
  | 'RtpTimeout'
  | 'JsonRpcRequest'
  | 'JsonRpcResponse'
  | 'SIPSubscription'
  | 'Startup'
  | 'Reload'
  | 'System'
  | 'BeforeDestroy'
  | 'Exception';

/**
 * How a parameter's text becomes a value before the row's code gets it (reference/dsm, conventions):
 * `R` resolved (2.3) · `T` text with inline substitution (2.4) · `N` name of a variable, one leading `$`
 * dropped · `RN` resolved, then a name · `L` literal.
 */
export type DsmParameterKind = 'R' | 'T' | 'N' | 'RN' | 'L';

export interface DsmParameter {
  readonly name: string;
  readonly kind: DsmParameterKind;
  readonly summary?: string;
}

/**
 * How the text in the parentheses is split (reference/dsm 1.6): `none` · `1P` one · `2P,` two at the first
 * unquoted comma · `2P,?` the second may be absent · `2P=` two at the first unquoted `=` · `raw` one,
 * neither trimmed nor unquoted.
 */
export type DsmParameterForm = 'none' | '1P' | '2P,' | '2P,?' | '2P=' | 'raw';

interface DsmRow {
  /** As scripts write it, with the module's prefix: `dlg.reply`. */
  readonly name: string;
  readonly summary: string;
  readonly form: DsmParameterForm;
  /** As many as the form has; none for `none`. */
  readonly parameters: readonly DsmParameter[];
  /** Other spellings that scripts may use. */
  readonly aliases?: readonly string[];
}

/**
 * What becomes of the list that an action stands in (reference/dsm 3.3, 3.5): nothing is said: it goes on;
 * `break` leaves the innermost loop, outside of loops it aborts the step.
 */
export type DsmFlow = 'break' | 'abort' | undefined;

export interface DsmAction extends DsmRow {
  /** Values that it may put in `$errno`; empty: none. */
  readonly errno?: readonly string[];
  /** Types of the exceptions that it throws. */
  readonly throws?: readonly string[];
  /**
   * Gets its parameters made ready by their kinds; one that is absent is `''`. A promise is waited for: the call's
   * other events wait meanwhile, other calls do not. @throws DsmException; any other throw is logged and ignored.
   */
  run(script: DsmScript, first: string, second: string): DsmFlow | undefined | Promise<DsmFlow | undefined>;
}

export interface DsmCondition extends DsmRow {
  /** Only events of this type; null: any. */
  readonly event: DsmEventType | null;
  /** Beyond the type. Absent: the parameter is an expression of reference/dsm 2.5, empty: true. */
  test?(script: DsmScript, first: string, second: string): boolean | Promise<boolean>;
}

/** One `mod_x`. */
export interface DsmModule {
  /** As `import` names it: `mod_dlg`. */
  readonly name: string;
  readonly summary: string;
  readonly actions: readonly DsmAction[];
  readonly conditions: readonly DsmCondition[];
  /** What it cannot do, in a sentence: told where a script imports it. */
  readonly lacks?: string;
  /** Once, before the first script that imports it runs: loads what the rows need. */
  load?(): Promise<void>;
  /** Once, when a configuration lists it in `preload_mods`, before scripts load, with the context of the module `dsm`. Its rejection keeps the server from starting. */
  preload?(config: { readonly [key: string]: string }, context: ModuleContext<unknown>): void | Promise<void>;
  /** Initial INVITE, before the `invite` event; false suppresses the automatic 200 (reference/dsm 5.0). */
  onInvite?(script: DsmScript): boolean | undefined | Promise<boolean | undefined>;
  /** After the `beforeDestroy` event. */
  onBeforeDestroy?(script: DsmScript): void | Promise<void>;
}

/**
 * A running script as rows see it: its variables, the event, its call. Variables are an ordered map of
 * strings; what is unset reads as `''`.
 */
export interface DsmScript {
  /** `call`: with a call · `system`: without. */
  readonly kind: 'call' | 'system';
  /** Name of its event queue: the call's tag, or `SystemDSM_<id>`. */
  readonly tag: string;
  readonly log: Log;
  /** Null in a system script. */
  readonly call: Call | null;
  /** Aborted at the end of the script. */
  readonly signal: AbortSignal;
  /** `$name`. */
  readonly variables: DsmVariables;
  /** `#name` of the event being processed; null when it has none. Writable: the host reads `processed`. */
  readonly parameters: Map<string, string> | null;
  readonly eventType: DsmEventType;
  /** Objects by name that actions hand to each other (SEMS: avars): `request`, `reply`, `db.con`. */
  readonly objects: Map<string, unknown>;
  /** `@name`; unknown: `''`. */
  select(name: string): string;
  /** Reference/dsm 2.3. */
  resolve(text: string): string;
  /** Reference/dsm 2.4. */
  expand(text: string): string;
  /** Sets `$errno` and `$strerror`. */
  setError(errno: string, text: string): void;
  /** `$errno` becomes `''`. */
  clearError(): void;
  /** Runs when the script ends, last added first. */
  onEnd(cleanUp: () => void | Promise<void>): void;
  /** Puts a DSM event in the queue of that name; false: nobody is there. */
  postEvent(queue: string, parameters: ReadonlyMap<string, string>): boolean;
  /** Calls a function of the bus with the scopes of scripts. @throws CodedError. */
  invoke(module: string, name: string, args: readonly DiValue[]): Promise<DiValue>;
}

export interface DsmVariables {
  get(name: string): string;
  has(name: string): boolean;
  set(name: string, value: string): void;
  delete(name: string): void;
  /** Those whose name begins so, in order of their bytes. */
  withPrefix(prefix: string): readonly (readonly [name: string, value: string])[];
  /** All, in order of their bytes. */
  all(): readonly (readonly [name: string, value: string])[];
}

/** What `throw` and failing actions raise; transitions with `exception` handle it (reference/dsm 3.7). */
export class DsmException extends Error {
  readonly type: string;
  /** `#type` comes with them. */
  readonly parameters: ReadonlyMap<string, string>;

  constructor(type: string, parameters: { readonly [name: string]: string } = {}) {
    super(`${type}: ${Object.values(parameters).join(', ')}`);
    this.type = type;
    this.parameters = new Map([...Object.entries(parameters), ['type', type]]);
  }
}
