/** Places the calls: jobs one after the other, and a number of calls that is kept up. */
import {
  asCodedError,
  type Call,
  type Clock,
  CodedError,
  every,
  type Log,
  type OriginateOptions,
  type Random,
  type Timer,
} from '../../core/index.ts';

/** SEMS's parameters (di-interfaces 5.4). Times are base plus 0 … random - 1 seconds. */
export interface CallPlan {
  readonly calls: number;
  readonly waitBaseS: number;
  readonly waitRandomS: number;
  readonly user: string;
  readonly host: string;
  /** Random digits appended to the user. */
  readonly userDigits: number;
  /** Random digits played to the callee, and then #. */
  readonly playDigits: number;
  readonly timeBaseS: number;
  readonly timeRandomS: number;
  /** Calls that are placed together, a second at least before the next. */
  readonly callsPerSecond: number;
  /** Who asked, for the accounts. */
  readonly origin: string;
}

export interface GeneratorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly fromHost: string;
  readonly maxCalls: number;
  originate(options: OriginateOptions): Call;
  /** Serves a call that was placed. */
  serve(call: Call, digits: string, lengthMs: number): Promise<void>;
}

interface Job {
  readonly plan: CallPlan;
  /** Between two batches. */
  readonly leastMs: number;
  left: number;
  timer: Timer | null;
}

const maxJobs = 100;

export class CallGenerator {
  readonly #options: GeneratorOptions;
  readonly #active = new Set<Call>();
  readonly #jobs = new Set<Job>();
  #target: CallPlan | null = null;
  #topUp: Timer | null = null;
  #total = 0;

  constructor(options: GeneratorOptions) {
    this.#options = options;
  }

  get figures(): {
    readonly active: number;
    readonly target: number;
    readonly scheduled: number;
    readonly total: number;
  } {
    const scheduled = [...this.#jobs].reduce((sum, { left }) => sum + left, 0);
    return { active: this.#active.size, target: this.#target?.calls ?? 0, scheduled, total: this.#total };
  }

  /** One call after the other. @throws CodedError `module.full`, and what the first call threw. */
  create(plan: CallPlan): void {
    this.#start({ ...plan, callsPerSecond: 1 }, 0);
  }

  /** So many a second. @throws CodedError as `create`. */
  schedule(plan: CallPlan): void {
    this.#start(plan, 1000);
  }

  /** Keeps that many calls active until told otherwise; 0: no more. @throws what the first call threw. */
  setTarget(plan: CallPlan): void {
    this.#topUp?.cancel();
    this.#target = plan.calls === 0 ? null : plan;
    this.#topUp = null;
    if (this.#target === null) return;
    try {
      this.#fill(plan);
    } catch (fault) {
      this.#target = null;
      throw fault;
    }
    this.#topUp = every(this.#options.clock, 1000, () => {
      if (!this.#attempt(() => this.#fill(plan))) this.setTarget({ ...plan, calls: 0 });
    });
  }

  /** Forgets what is scheduled and ends the calls. Idempotent. */
  stop(): void {
    for (const job of this.#jobs) job.timer?.cancel();
    this.#jobs.clear();
    this.#topUp?.cancel();
    this.#topUp = null;
    this.#target = null;
    for (const call of this.#active) call.hangup();
  }

  #fill(plan: CallPlan): void {
    const missing = Math.min(plan.calls - this.#active.size, plan.callsPerSecond);
    for (let placed = 0; placed < missing && this.#hasRoom(); placed++) this.#place(plan);
  }

  #start(plan: CallPlan, leastMs: number): void {
    if (plan.calls === 0) return;
    if (this.#jobs.size >= maxJobs) throw new CodedError('module.full', `callgen: ${maxJobs} jobs are under way`);
    const job: Job = { plan, leastMs, left: plan.calls, timer: null };
    this.#jobs.add(job);
    try {
      this.#batch(job);
    } catch (fault) {
      this.#jobs.delete(job);
      throw fault;
    }
  }

  #batch(job: Job): void {
    const { plan, leastMs } = job;
    for (let placed = 0; placed < plan.callsPerSecond && job.left > 0 && this.#hasRoom(); placed++) {
      job.left--;
      this.#place(plan);
    }
    if (job.left === 0) {
      this.#jobs.delete(job);
      return;
    }
    const waitMs = 1000 * this.#seconds(plan.waitBaseS, plan.waitRandomS);
    const roomMs = this.#hasRoom() ? 0 : 1000;
    job.timer = this.#options.clock.after(Math.max(waitMs, leastMs, roomMs), () => {
      if (!this.#attempt(() => this.#batch(job))) this.#jobs.delete(job);
    });
  }

  /** False: it makes no sense to go on. */
  #attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (fault) {
      this.#options.log.warn('callgen stops: a call cannot be placed', { fault: asCodedError(fault).message });
      return false;
    }
  }

  #hasRoom(): boolean {
    return this.#active.size < this.#options.maxCalls;
  }

  #place(plan: CallPlan): void {
    const { clock, serve, originate, fromHost, log } = this.#options;
    const uri = `sip:${plan.user}${this.#digits(plan.userDigits)}@${plan.host}`;
    const lengthMs = 1000 * this.#seconds(plan.timeBaseS, plan.timeRandomS);
    const digits = this.#digits(plan.playDigits);
    const call = originate({
      application: 'callgen',
      user: 'callgen',
      from: `sip:callgen@${fromHost}`,
      to: uri,
      requestUri: uri,
      origin: { name: plan.origin },
      onCall: (placed) => serve(placed, digits, lengthMs),
    });
    this.#total++;
    this.#active.add(call);
    const startedMs = clock.nowMs();
    void call.ended.then(({ status }) => {
      this.#active.delete(call);
      log.debug('callgen: a call ended', { call: call.tag, status, ms: Math.round(clock.nowMs() - startedMs) });
    });
  }

  #seconds(base: number, random: number): number {
    return base + (random > 0 ? this.#options.random.integer(random) : 0);
  }

  #digits(count: number): string {
    return Array.from({ length: count }, () => this.#options.random.integer(10)).join('');
  }
}
