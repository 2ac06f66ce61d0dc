import { type Clock, CodedError, type Counter, type Counters, type Log } from '../runtime/index.ts';
import { type AuditEntry, auditEntry, logAudit } from './audit.ts';
import type { DiArguments } from './bus.ts';
import type { CompiledFunction } from './compiled.ts';
import { checkArguments, checkModule } from './confinement.ts';
import type { CallContext, Caller, Face } from './context.ts';
import type { InvokeContext } from './row.ts';
import { type Binding, bindArguments } from './validation.ts';
import type { DiValue } from './value.ts';

export interface InvokeParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Results are checked against their schemas too (tests): one that does not fit is a failure. */
  readonly checkResults: boolean;
  /** Keeps what is audited; the log has it too. */
  readonly audit: ((entry: AuditEntry) => void) | null;
}

/** The context that a handler gets: one shape, made once per invocation. */
class Invocation implements InvokeContext<never> {
  readonly caller: Caller;
  readonly face: Face;
  readonly source: string;
  readonly deadlineMs: number | null;
  readonly traceId: string;
  readonly log: Log;
  readonly state: never;

  constructor(context: CallContext, state: unknown) {
    this.caller = context.caller;
    this.face = context.face;
    this.source = context.source;
    this.deadlineMs = context.deadlineMs;
    this.traceId = context.traceId;
    this.log = context.log;
    // The registry keeps a row and its module's state together; their types were checked at `register`.
    this.state = state as never;
  }
}

/** Runs compiled functions: scope, arguments, limit, deadline, handler, result, figures, audit. */
export class Invoker {
  readonly #parts: InvokeParts;
  readonly #extraArguments: Counter;
  readonly #lateResults: Counter;
  readonly #handlerFaults: Counter;

  constructor(parts: InvokeParts) {
    this.#parts = parts;
    const { counters } = parts;
    this.#extraArguments = counters.counter('callbus_di_extra_arguments_total', 'Positional arguments ignored.');
    this.#lateResults = counters.counter('callbus_di_late_results_total', 'Results that came after the deadline.');
    this.#handlerFaults = counters.counter('callbus_di_handler_faults_total', 'Handlers that threw unexpectedly.');
  }

  /** Throws or rejects with CodedError only. */
  run(fn: CompiledFunction, args: DiArguments, context: CallContext): DiValue | Promise<DiValue> {
    const { clock } = this.#parts;
    const startMs = clock.nowMs();
    let binding: Binding | null = null;
    try {
      if (!fn.mayCall(context.caller.scopes)) throw new CodedError('rpc.forbidden', `scope ${fn.row.scope} is needed`);
      checkModule(fn, context.caller);
      if (context.deadlineMs !== null && startMs >= context.deadlineMs) throw new CodedError('rpc.deadline');
      binding = bindArguments(fn.lists, args);
      if (binding.extra > 0) this.#extraArguments.add(binding.extra);
      checkArguments(fn, context.caller, binding.list, binding.values);
      const given: unknown = fn.row.handler(new Invocation(context, fn.state), ...binding.values);
      if (isPromiseLike(given)) return this.#finishLater(fn, binding, context, startMs, given);
      const result = this.#result(fn, given);
      this.#record(fn, binding, context, startMs, null);
      return result;
    } catch (fault) {
      throw this.#record(fn, binding, context, startMs, { fault });
    }
  }

  async #finishLater(
    fn: CompiledFunction,
    binding: Binding,
    context: CallContext,
    startMs: number,
    given: PromiseLike<unknown>,
  ): Promise<DiValue> {
    try {
      const result = this.#result(fn, await this.#beforeDeadline(given, context.deadlineMs));
      this.#record(fn, binding, context, startMs, null);
      return result;
    } catch (fault) {
      throw this.#record(fn, binding, context, startMs, { fault });
    }
  }

  #beforeDeadline(given: PromiseLike<unknown>, deadlineMs: number | null): PromiseLike<unknown> {
    if (deadlineMs === null) return given;
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = clock.after(deadlineMs - clock.nowMs(), () => {
        late = true;
        reject(new CodedError('rpc.deadline'));
      });
      const settle = (end: () => void): void => {
        timer.cancel();
        if (late) this.#lateResults.add();
        else end();
      };
      given.then(
        (value) => settle(() => resolve(value)),
        (fault: unknown) => settle(() => reject(fault)),
      );
    });
  }

  #result(fn: CompiledFunction, given: unknown): DiValue {
    const result = fn.finishResult(given);
    if (this.#parts.checkResults && !isVoid(fn)) {
      const { adapt, faults } = fn.resultCheck;
      const [fault] = faults(adapt === null ? result : adapt(result));
      if (fault !== undefined) {
        const place = fault.path.length === 0 ? 'the result' : `the result's ${fault.path.join('.')}`;
        throw new Error(`${place}: expected ${fault.expected}, got ${fault.given}`);
      }
    }
    return result;
  }

  /** Counts, times and audits; gives the fault in its coded form. */
  #record(
    fn: CompiledFunction,
    binding: Binding | null,
    context: CallContext,
    startMs: number,
    failure: { readonly fault: unknown } | null,
  ): CodedError | null {
    const { stats } = fn;
    const tookMs = this.#parts.clock.nowMs() - startMs;
    stats.calls++;
    stats.totalMs += tookMs;
    if (tookMs > stats.maxMs) stats.maxMs = tookMs;
    const coded = failure === null ? null : this.#coded(fn, context, failure.fault);
    if (coded !== null) stats.faults++;
    // Whatever was refused for want of rights is audited too.
    const isAudited = fn.isAudited || coded?.code === 'rpc.forbidden';
    if (isAudited && context.face !== 'module') {
      const outcome = coded === null ? 'ok' : coded.code;
      const entry = auditEntry(fn, context, binding, outcome, this.#parts.clock.unixMs());
      logAudit(this.#parts.log, entry);
      this.#parts.audit?.(entry);
    }
    return coded;
  }

  /**
   * What the caller may know. Our bugs are told by trace id: their text may hold anything, and
   * stands in the log.
   */
  #coded({ module, name }: CompiledFunction, context: CallContext, fault: unknown): CodedError {
    if (fault instanceof CodedError) return fault;
    this.#handlerFaults.add(1, { function: `${module}.${name}` });
    context.log.error('a function failed', {
      function: `${module}.${name}`,
      trace: context.traceId,
      fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
    });
    return new CodedError('rpc.handlerFailed', `${module}.${name}, trace ${context.traceId}`, { cause: fault });
  }
}

const isVoid = ({ row }: CompiledFunction): boolean => 'x-di' in row.result && row.result['x-di'] === 'void';

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
