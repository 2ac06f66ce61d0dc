import { CodedError, type TSchema } from '../runtime/index.ts';
import { type Adapt, resultAdapter } from './adapt.ts';
import type { Face } from './context.ts';
import { toDi } from './kinds.ts';
import { hasSecrets } from './mask.ts';
import type { FunctionRow } from './row.ts';
import { isRowScope, scopeTest } from './scopes.ts';
import { compileParameters, type ParameterList } from './validation.ts';
import type { DiValue } from './value.ts';
import type { ValueCheck, ValueChecks } from './value-check.ts';

/** What is counted and timed per function; kept when the module is replaced. */
export interface FunctionStats {
  calls: number;
  faults: number;
  totalMs: number;
  maxMs: number;
}

/** A row made ready for invocation. Aliases share it. */
export interface CompiledFunction {
  readonly module: string;
  readonly name: string;
  readonly row: FunctionRow;
  readonly state: unknown;
  readonly lists: readonly ParameterList[];
  /** Makes a DI value of what the handler gave. @throws CodedError `rpc.unrepresentable` */
  readonly finishResult: (value: unknown) => DiValue;
  readonly resultCheck: ValueCheck;
  readonly mayCall: (scopes: readonly string[]) => boolean;
  readonly isExported: boolean;
  /** Control and admin rows are audited. */
  readonly isAudited: boolean;
  readonly hasSecrets: boolean;
  /** Some function of its module can be limited to values of an argument. */
  readonly isInLimitedModule: boolean;
  readonly stats: FunctionStats;
}

const namePattern = /^[A-Za-z_]\w*$/;

/**
 * Compiles a row.
 * @throws CodedError `module.failed`: a bad name or scope, a bad parameter list, an unknown limit.
 */
export function compileFunction(
  module: string,
  name: string,
  row: FunctionRow,
  state: unknown,
  checks: ValueChecks,
  stats: FunctionStats,
  isInLimitedModule = false,
): CompiledFunction {
  try {
    for (const each of [name, ...(row.aliases ?? [])]) {
      if (!namePattern.test(each)) throw new CodedError('module.failed', `${JSON.stringify(each)} is no function name`);
    }
    if (!isRowScope(row.scope ?? '')) {
      throw new CodedError(
        'module.failed',
        `scope ${JSON.stringify(row.scope ?? null)}: expected <module>:<read|control|admin>`,
      );
    }
    const shapes = [row.params, ...(row.overloads ?? [])];
    if (row.limit !== undefined && !shapes.every((params) => params.some((param) => param.name === row.limit))) {
      throw new CodedError('module.failed', `limit ${row.limit} is not a parameter of every parameter list`);
    }
    return {
      module,
      name,
      row,
      state,
      stats,
      isInLimitedModule,
      lists: shapes.map((params) => compileParameters(params, checks)),
      finishResult: resultFinisher(row.result),
      resultCheck: checks.compile(row.result),
      mayCall: scopeTest(row.scope),
      isExported: row.exported !== false,
      isAudited: !row.scope.endsWith(':read'),
      hasSecrets: shapes.flat().some(({ schema }) => hasSecrets(schema)),
    };
  } catch (fault) {
    const reason = fault instanceof CodedError ? fault.detail : String(fault);
    throw new CodedError('module.failed', `${module}.${name}: ${reason}`, { cause: fault });
  }
}

function resultFinisher(schema: TSchema): (value: unknown) => DiValue {
  if ('x-di' in schema && schema['x-di'] === 'void') return () => null;
  const adapt: Adapt | null = resultAdapter(schema);
  return adapt === null ? (value) => toDi(value) : (value) => adapt(toDi(value));
}

/** Only other modules and scripts may call what is not exported; to the wires it is not there. */
export function isVisible({ isExported }: CompiledFunction, face: Face): boolean {
  return isExported || face === 'module' || face === 'script';
}
