import type { Log } from '../runtime/index.ts';
import type { CompiledFunction } from './compiled.ts';
import type { CallContext } from './context.ts';
import { isSecretName, masked, maskSecrets } from './mask.ts';
import { printValue } from './print-value.ts';
import type { Binding } from './validation.ts';

const argumentLength = 200;
const shownArguments = 20;
const shownDepth = 4;

/**
 * One line for each use of a function that changes state: who, from where, what, with which
 * arguments (secrets masked, lengths bounded), and how it ended. Arguments that did not fit are not
 * shown: a secret may stand in the wrong place. Calls from module to module are not audited; the
 * request from outside that led to them is.
 */
export function audit(
  log: Log,
  { module, name }: CompiledFunction,
  context: CallContext,
  binding: Binding | null,
  outcome: string,
): void {
  log.info('audit', {
    function: `${module}.${name}`,
    caller: context.caller.name,
    source: context.source,
    face: context.face,
    trace: context.traceId,
    outcome,
    ...(binding === null ? {} : { arguments: auditArguments(binding) }),
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
