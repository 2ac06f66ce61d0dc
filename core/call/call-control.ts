/**
 * Call control over the bus (di-interfaces 5.10): modules that are asked when a coupled call begins, and told when it
 * is connected and when it ends. The arguments stand where SEMS has them; what was an object pointer there is plain
 * data here, so that a module may be a script as well as code.
 *
 * | function  | when                       | arguments                                                             |
 * | --------- | -------------------------- | --------------------------------------------------------------------- |
 * | `start`   | before the call is placed  | section, A tag, call, invite, times, values, next timer id → actions  |
 * | `connect` | B has answered             | section, A tag, call, null, times, B tag                              |
 * | `end`     | A leg over, or refused later | section, A tag, call, null, times                                   |
 *
 * call: `{from, to, ruri, callId, trace, account, tariff}` · invite: `{uri, headers: [[name, value], …]}` ·
 * times: start, connect, end as seconds and microseconds, 0 when not reached · values: of the configuration, texts.
 * Actions: `[1, status, reason, [header lines]]` refuses, `[0]` drops, `[2, seconds]` ends the call so long after the
 * answer; of several the shortest. What is no list is skipped, as SEMS does.
 */
import type { DiArguments, DiValue } from '../di/index.ts';
import { asCodedError, type Clock, CodedError, type Log, sleep } from '../runtime/index.ts';
import type { HeaderLine } from '../sip/index.ts';
import type { Call } from './types.ts';

export interface ControlModule {
  /** Name of the module on the bus. */
  readonly module: string;
  /** What it is called for; SEMS: the name of the profile's section. */
  readonly section: string;
  readonly values: { readonly [name: string]: string };
}

export interface ControlParts {
  readonly modules: readonly ControlModule[];
  readonly clock: Clock;
  readonly log: Log;
  invoke(module: string, name: string, args: DiArguments): Promise<DiValue>;
}

export type ControlVerdict =
  /** `maxCallMs` 0: nobody set a timer. */
  | { readonly kind: 'go'; readonly maxCallMs: number }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly reason: string;
      readonly headers: readonly HeaderLine[];
    };

/** A module that does not answer in this time has failed. */
const patienceMs = 5000;
const firstTimerId = 10;
const longestTimerS = 2_000_000;

export class CallControl {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /**
   * Asks all, one after the other. When one refuses or fails, those before it are told the end, and the call is to be
   * refused; otherwise `ended` must be called once it is over. Never throws.
   */
  async start(call: Call, startedAtMs: number): Promise<ControlVerdict> {
    const { modules, log } = this.#parts;
    let maxCallMs = 0;
    for (const [index, each] of modules.entries()) {
      let verdict: ControlVerdict;
      try {
        const times = timesOf(startedAtMs, 0, 0);
        const args = [inviteOf(call), times, each.values, firstTimerId + index];
        verdict = verdictOf(await this.#ask(each, 'start', call, args));
      } catch (fault) {
        log.error('call control failed', { module: each.module, fault: asCodedError(fault).message });
        verdict = { kind: 'refuse', status: 500, reason: 'Server Internal Error', headers: [] };
      }
      if (verdict.kind === 'refuse') {
        await this.#tellEnd(modules.slice(0, index), call, timesOf(startedAtMs, 0, this.#parts.clock.unixMs()));
        return verdict;
      }
      if (verdict.maxCallMs > 0) maxCallMs = Math.min(verdict.maxCallMs, maxCallMs || verdict.maxCallMs);
    }
    return { kind: 'go', maxCallMs };
  }

  /** @throws CodedError when a module fails: the call is to be ended. */
  async connected(call: Call, startedAtMs: number, answeredAtMs: number, otherTag: string): Promise<void> {
    const times = timesOf(startedAtMs, answeredAtMs, 0);
    for (const each of this.#parts.modules) await this.#ask(each, 'connect', call, [null, times, otherTag]);
  }

  /** Never throws: what fails is logged. */
  async ended(call: Call, startedAtMs: number, answeredAtMs: number, endedAtMs: number): Promise<void> {
    await this.#tellEnd(this.#parts.modules, call, timesOf(startedAtMs, answeredAtMs, endedAtMs));
  }

  async #tellEnd(modules: readonly ControlModule[], call: Call, times: readonly DiValue[]): Promise<void> {
    for (const each of modules) {
      try {
        await this.#ask(each, 'end', call, [null, times]);
      } catch (fault) {
        this.#parts.log.error('call control failed', { module: each.module, fault: asCodedError(fault).message });
      }
    }
  }

  async #ask({ module, section }: ControlModule, name: string, call: Call, more: readonly DiValue[]): Promise<DiValue> {
    const { clock, invoke } = this.#parts;
    const stop = new AbortController();
    const late = sleep(clock, patienceMs, stop.signal).then(() => {
      throw new CodedError('rpc.deadline', `${module}.${name}: no answer in ${patienceMs} ms`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([invoke(module, name, [section, call.tag, callOf(call), ...more]), late]);
    } finally {
      stop.abort();
    }
  }
}

/** @throws CodedError `rpc.wrongType` for an action that has not what it needs. */
export function verdictOf(actions: DiValue): ControlVerdict {
  let maxCallMs = 0;
  for (const action of Array.isArray(actions) ? actions : []) {
    if (!Array.isArray(action) || action.length === 0) continue;
    const [code, first, reason, lines] = action;
    // Over the bus nobody can have replied instead of us: a dropped INVITE would be sent again and again.
    if (code === 0) return { kind: 'refuse', status: 603, reason: 'Decline', headers: [] };
    if (code === 1) return refusalOf(first, reason, lines);
    if (code !== 2) throw new CodedError('rpc.wrongType', `action ${String(code)}: expected 0, 1 or 2`);
    const seconds = Number(first);
    if (!(seconds > 0 && seconds <= longestTimerS))
      throw new CodedError('rpc.wrongType', 'action 2: expected seconds over 0');
    maxCallMs = Math.min(seconds * 1000, maxCallMs || seconds * 1000);
  }
  return { kind: 'go', maxCallMs };
}

function refusalOf(
  status: DiValue | undefined,
  reason: DiValue | undefined,
  lines: DiValue | undefined,
): ControlVerdict {
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 300 || status > 699)
    throw new CodedError('rpc.wrongType', 'action 1: expected a status of 300 to 699');
  const headers = (Array.isArray(lines) ? lines : []).map((line): HeaderLine => {
    const [, name, value] = (typeof line === 'string' && /^([A-Za-z0-9.!%*_+`'~-]{1,64})\s*:\s*(.*)$/.exec(line)) || [];
    if (name === undefined || value === undefined || hasControls(value))
      throw new CodedError('rpc.wrongType', 'action 1: expected header lines without CRLF');
    return [name, value];
  });
  const text = typeof reason === 'string' && !hasControls(reason) ? reason : '';
  return { kind: 'refuse', status, reason: text, headers };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin a line of their own
const hasControls = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);

function callOf({ from, to, ruri, traceId, labels, session }: Call): DiValue {
  const { account = '', tariff = '' } = labels;
  return { from, to, ruri, callId: session.dialog.ids.callId, trace: traceId, account, tariff };
}

function inviteOf({ session }: Call): DiValue {
  const { invite } = session.dialog;
  return { uri: invite.uri, headers: invite.allHeaders().map(([name, value]) => [name, value]) };
}

/** Seconds and microseconds of start, connect, end. */
function timesOf(...momentsMs: readonly [number, number, number]): number[] {
  return momentsMs.flatMap((ms) => [Math.floor(ms / 1000), Math.floor((ms % 1000) * 1000)]);
}
