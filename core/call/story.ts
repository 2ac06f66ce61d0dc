/**
 * What the log says of a call, at level info: a line when it begins, one when it is answered, one
 * when it ends, all with `call`; one line for a refused one. Bounded: of a flood only some are told.
 */
import { type Clock, formatEndpoint, type Log } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import { LogBudget } from './log-budget.ts';
import type { Session } from './session.ts';
import type { CallEnd } from './types.ts';

/** Calls a second whose story is told; a call is told whole or not at all. */
const storiesPerSecond = 100;
/** Refusals a minute that are told. */
const refusalsPerMinute = 10;
/** Longer texts of a peer are cut. */
const textChars = 200;

export interface RefusedInvite {
  readonly status: number;
  readonly reason: string;
  readonly from: string;
  readonly ruri: string;
  readonly source: string;
}

export class CallStory {
  readonly #log: Log;
  readonly #stories: LogBudget;
  readonly #refusals: LogBudget;
  readonly #told = new WeakSet<Session>();

  constructor(clock: Clock, log: Log) {
    this.#log = log;
    this.#stories = new LogBudget(clock, storiesPerSecond, 1000);
    this.#refusals = new LogBudget(clock, refusalsPerMinute, 60_000);
  }

  /** `origin`: who ordered a call of ours. */
  began({ session, direction, from, to, ruri, application }: LayeredCall, origin?: string): void {
    const leftOut = this.#stories.take();
    if (leftOut === null) return;
    this.#told.add(session);
    session.log.info('call began', {
      direction,
      from: cut(from),
      ...(direction === 'in' ? {} : { to: cut(to) }),
      ruri: cut(ruri),
      application,
      ...(direction === 'in' ? { peer: formatEndpoint(session.dialog.flow.remote) } : {}),
      ...(origin === undefined ? {} : { origin: cut(origin) }),
      trace: session.traceId,
      ...leftOut,
    });
  }

  answered(session: Session, codec: string): void {
    if (!this.#told.has(session)) return;
    session.log.info('call answered', { afterMs: session.clock.unixMs() - session.startedAtMs, codec });
  }

  ended(session: Session, { status, reason, endedBy, why, stats }: CallEnd): void {
    if (!this.#told.has(session)) return;
    const [first] = why;
    const nowMs = session.clock.unixMs();
    session.log.info('call ended', {
      status,
      // What a 200 was called says nothing.
      ...(status < 300 ? {} : { reason: cut(reason) }),
      endedBy,
      why: first?.code ?? '',
      ...(first?.cause === undefined ? {} : { cause: cut(first.cause) }),
      durationMs: nowMs - (session.answeredAtMs ?? nowMs),
      packetsSent: stats?.packetsSent ?? 0,
      packetsReceived: stats?.packetsReceived ?? 0,
      packetsLost: stats?.packetsLost ?? 0,
      ...(stats === null || stats.mos === null ? {} : { mos: stats.mos }),
    });
  }

  refused({ status, reason, from, ruri, source }: RefusedInvite): void {
    const leftOut = this.#refusals.take();
    if (leftOut === null) return;
    this.#log.info('call refused', { status, reason, from: cut(from), ruri: cut(ruri), source, ...leftOut });
  }
}

const cut = (text: string): string => (text.length > textChars ? `${text.slice(0, textChars)}…` : text);
