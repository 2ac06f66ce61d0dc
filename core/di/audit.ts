import type { Log } from '../runtime/index.ts';
import type { CompiledFunction } from './compiled.ts';
import type { CallContext } from './context.ts';
import { isSecretName, masked, maskSecrets } from './mask.ts';
import { printValue } from './print-value.ts';
import type { Binding } from './validation.ts';

const argumentLength = 200;
const shownArguments = 20;
const shownDepth = 4;

/** What was done, or tried: one use of a function that changes state, a refusal, a login. */
export interface AuditEntry {
  readonly atUnixMs: number;
  /** Token or user name, `local`, `nobody`. */
  readonly caller: string;
  /** What proved it: `token`, `password`, `certificate`; empty: nothing. */
  readonly credential: string;
  /** Address of the client. */
  readonly source: string;
  readonly face: string;
  /** `module.function`, or `login`. */
  readonly what: string;
  /** `room='4711' adminPin='***'`; empty when they did not fit the function: a secret may stand in the wrong place. */
  readonly arguments: string;
  /** `ok` or an error code. */
  readonly outcome: string;
  readonly trace: string;
}

/**
 * The entry for one invocation: who, from where, what, with which arguments (secrets masked, lengths bounded), and how
 * it ended. Calls from module to module are not audited; the request from outside that led to them is.
 */
export function auditEntry(
  { module, name }: CompiledFunction,
  { caller, source, face, traceId }: CallContext,
  binding: Binding | null,
  outcome: string,
  atUnixMs: number,
): AuditEntry {
  return {
    atUnixMs,
    caller: caller.name,
    credential: caller.credential ?? '',
    source,
    face,
    what: `${module}.${name}`,
    arguments: binding === null ? '' : auditArguments(binding),
    outcome,
    trace: traceId,
  };
}

/** The entry as a line of the log. */
export function logAudit(log: Log, { what, caller, source, face, trace, outcome, arguments: given }: AuditEntry): void {
  log.info('audit', {
    function: what,
    caller,
    source,
    face,
    trace,
    outcome,
    ...(given === '' ? {} : { arguments: given }),
  });
}

/** `room='4711' adminPin='***'` */
export function auditArguments({ list, values }: Binding): string {
  const { parameters } = list;
  const parts = values.slice(0, shownArguments).flatMap((value, i) => {
    if (value === undefined) return [];
    const parameter = parameters[Math.min(i, parameters.length - 1)];
    // `monitoring.log(id, 'password', '…')`: a rest of names and values has no schema that tells which is which.
    const before = values[i - 1];
    const isHidden = parameter?.kind === 'rest' && typeof before === 'string' && isSecretName(before);
    const text = isHidden ? masked : printValue(maskSecrets(parameter?.schema, value), shownDepth);
    return [`${parameter?.name ?? ''}=${text.length > argumentLength ? `${text.slice(0, argumentLength)}…` : text}`];
  });
  return values.length > shownArguments ? `${parts.join(' ')} …` : parts.join(' ');
}
