/**
 * One order from its first INVITE to the last BYE.
 *
 * ```
 *  diallingA ─1xx─► ringingA ─200─► answeredA ──► diallingB ─1xx─► ringingB ─► (earlyB) ─200─► bridged
 *      │               │               │ application: bridged at once    │                        │
 *      └── refused, no answer, hung up, cancelled, too long, shut down: both legs are ended ──────┴──► ended
 * ```
 */
import { asCodedError, type Call, type CallEngine, type Clock, type Disposable, type Why } from '../../core/index.ts';
import type { ClickToDialConfig } from './config.ts';
import { cancelled, type LegName, noAnswer, type Outcome, outcomeOfFault, outcomeOfLeg, tooLong } from './outcome.ts';
import type { DialPlan, PlannedLeg } from './plan.ts';
import type { DialState, Phase } from './schemas.ts';

export interface DialParts {
  readonly calls: CallEngine;
  readonly clock: Clock;
  readonly ringTone: ClickToDialConfig['ringTone'];
  /** Who ordered it, for the dial rules' accounts. */
  readonly origin: string;
  /** A's tag; undefined: a fresh one. */
  readonly tag: string | undefined;
  /** Told of each phase, once. */
  onPhase(dial: Dial): void;
}

const toneLevel = 8000;
const otherLeg: Why = { code: 'call.otherLeg', sentence: 'The other leg of the call ended.' };

export class Dial {
  readonly id: string;
  readonly plan: DialPlan;
  readonly startedAtMs: number;
  /** Resolves when nothing is left of it. */
  readonly ended: Promise<void>;
  #phase: Phase = 'diallingA';
  #a: Call;
  #b: Call | null = null;
  #bridge: Disposable | null = null;
  #answeredAtMs: number | null = null;
  #bridgedAtMs: number | null = null;
  #endedAtMs: number | null = null;
  #outcome: Outcome | null = null;
  #stop: (outcome: Outcome) => void = () => {};
  readonly #stopped: Promise<Outcome>;
  readonly #parts: DialParts;

  /** Sends the first INVITE. @throws CodedError as `CallEngine.originate`: nothing was dialled. */
  constructor(id: string, plan: DialPlan, parts: DialParts) {
    this.id = id;
    this.plan = plan;
    this.#parts = parts;
    this.startedAtMs = parts.clock.unixMs();
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#a = this.#place('a', plan.a, parts.tag);
    this.ended = this.#run();
  }

  get over(): boolean {
    return this.#outcome !== null;
  }

  get endedAtMs(): number | null {
    return this.#endedAtMs;
  }

  get state(): DialState {
    const { status, reason, endedBy, why } = this.#outcome ?? {};
    return {
      dial: this.id,
      phase: this.#phase,
      a: this.#a.tag,
      ...(this.#b === null ? {} : { b: this.#b.tag }),
      ...(this.plan.application === null ? {} : { application: this.plan.application.name }),
      ...this.plan.labels,
      ...(this.#phase === 'ended' && status !== undefined && reason !== undefined ? { status, reason } : {}),
      ...(this.#phase === 'ended' && endedBy !== undefined && why !== undefined ? { endedBy, why: [...why] } : {}),
      startedAtMs: this.startedAtMs,
      ...(this.#answeredAtMs === null ? {} : { answeredAtMs: this.#answeredAtMs }),
      ...(this.#bridgedAtMs === null ? {} : { bridgedAtMs: this.#bridgedAtMs }),
      ...(this.#endedAtMs === null ? {} : { endedAtMs: this.#endedAtMs }),
    };
  }

  /** Ends both legs, in whatever phase. */
  cancel(by: string): void {
    this.#stop(cancelled(by));
  }

  async #run(): Promise<void> {
    // Whoever made it must know it before it is told of.
    await Promise.resolve();
    this.#tell('diallingA');
    try {
      this.#outcome = await Promise.race([this.#serve(), this.#stopped]);
    } catch (fault) {
      this.#outcome = outcomeOfFault(asCodedError(fault, 'call.failed'));
    }
    const why = this.#outcome.why[0] ?? otherLeg;
    const legs = [this.#a, this.#b].filter((leg) => leg !== null);
    for (const leg of legs) leg.hangup(why);
    await Promise.all(legs.map(({ ended }) => ended));
    this.#endedAtMs = this.#parts.clock.unixMs();
    this.#tell('ended');
  }

  /** Everything up to the end that its parties, and not we, bring about. */
  async #serve(): Promise<Outcome> {
    const notA = await this.#untilAnswered('a', this.#a, this.plan.a.timeoutMs);
    if (notA !== null) return notA;
    this.#answeredAtMs = this.#parts.clock.unixMs();
    this.#tell('answeredA');
    if (this.plan.b === null) {
      this.#bridged();
      return outcomeOfLeg('a', await this.#a.ended);
    }
    const gone = this.#a.ended.then((end) => outcomeOfLeg('a', end));
    const notB = await Promise.race([this.#untilB(this.plan.b), gone]);
    if (notB === null) return this.#untilApart();
    if (!this.#a.signal.aborted) await Promise.race([this.#announceFailure(), gone]);
    return notB;
  }

  /** Null: B has answered, and both hear each other. */
  async #untilB(leg: PlannedLeg): Promise<Outcome | null> {
    const { waiting } = this.plan;
    if (this.#a.signal.aborted) return outcomeOfLeg('a', await this.#a.ended);
    if (waiting !== null) this.#a.play(waiting, { loop: true }).catch(() => {});
    let b: Call;
    try {
      b = this.#place('b', leg);
    } catch (fault) {
      return outcomeOfFault(asCodedError(fault, 'dial.failed'));
    }
    this.#b = b;
    this.#tell('diallingB');
    const notB = await this.#untilAnswered('b', b, leg.timeoutMs);
    if (notB !== null) return notB;
    // Both at once: B answered, and A is gone.
    if (this.#a.signal.aborted) return outcomeOfLeg('a', await this.#a.ended);
    this.#connect(b);
    this.#bridged();
    return null;
  }

  #place(name: LegName, { order }: PlannedLeg, tag?: string): Call {
    const { calls, origin } = this.#parts;
    const { application } = this.plan;
    const call = calls.originate({
      ...order,
      application: application?.name ?? 'click_to_dial',
      user: application?.user ?? '',
      origin: { name: origin },
      traceId: this.id,
      ...(tag === undefined ? {} : { tag }),
      ...(application === null ? { onCall: () => {} } : {}),
    });
    let rang = false;
    call.session.watch((event) => {
      if (event.kind === 'earlyMedia' && name === 'b') this.#earlyB(call);
      if (event.kind !== 'sip' || event.event.kind !== 'provisional' || event.event.response.status === 100) return;
      if (!rang && this.#outcome === null) this.#rings(name);
      rang = true;
    });
    return call;
  }

  #rings(name: LegName): void {
    this.#tell(name === 'a' ? 'ringingA' : 'ringingB');
    const { earlyMedia, waiting } = this.plan;
    if (name === 'a' || earlyMedia === 'none' || waiting !== null || this.#a.signal.aborted) return;
    const { ringTone } = this.#parts;
    const tone = this.#a.playItem({ kind: 'tone', ...ringTone, level: toneLevel, lengthMs: 0 });
    tone.ended.catch(() => {});
  }

  /** Offer and answer are complete before B's answer: A may hear what B's side plays. */
  #earlyB(b: Call): void {
    if (this.plan.earlyMedia !== 'through' || this.#bridge !== null || this.#outcome !== null) return;
    if (this.#a.signal.aborted || b.signal.aborted || b.session.media === null) return;
    // Before the bridge hears of it: a B that refuses does not end A, who is told so first.
    const apart = (): void => {
      if (this.#bridgedAtMs === null) this.#bridge?.dispose();
    };
    b.signal.addEventListener('abort', apart, { once: true });
    this.#connect(b);
    this.#tell('earlyB');
  }

  #connect(b: Call): void {
    if (this.#bridge !== null) return;
    this.#a.flush();
    this.#bridge = this.#a.bridge(b);
  }

  #bridged(): void {
    const { clock } = this.#parts;
    const { maxDurationMs } = this.plan;
    this.#bridgedAtMs = clock.unixMs();
    if (maxDurationMs > 0) {
      const timer = clock.after(maxDurationMs, () => this.#stop(tooLong(maxDurationMs)));
      void this.ended.then(() => timer.cancel());
    }
    this.#tell('bridged');
  }

  /** Null: answered. A leg that rings too long is ended. */
  async #untilAnswered(name: LegName, call: Call, timeoutMs: number): Promise<Outcome | null> {
    let late: Outcome | null = null;
    const timer = this.#parts.clock.after(timeoutMs, () => {
      late = noAnswer(name, timeoutMs);
      call.hangup(late.why[0]);
    });
    try {
      await call.connected;
      return null;
    } catch {
      const end = await call.ended;
      return late ?? outcomeOfLeg(name, end);
    } finally {
      timer.cancel();
    }
  }

  /** The bridge ends one leg with the other, unless somebody takes its place (transfer, Replaces). */
  async #untilApart(): Promise<Outcome> {
    for (;;) {
      const [a, b] = [this.#a, this.#b ?? this.#a];
      const gone = await Promise.race([a.ended.then(() => a), b.ended.then(() => b)]);
      const other = gone === a ? b : a;
      const heirTag = other.session.otherTag;
      const heir = heirTag === null || heirTag === gone.tag ? null : this.#parts.calls.find(heirTag);
      if (heir === null || other.signal.aborted) {
        const ends = [outcomeOfLeg('a', await a.ended), outcomeOfLeg('b', await b.ended)];
        return ends.find(({ why }) => why[0]?.code !== 'call.otherLeg') ?? outcomeOfLeg('a', await a.ended);
      }
      if (gone === a) this.#a = heir;
      else this.#b = heir;
    }
  }

  async #announceFailure(): Promise<void> {
    const { failed } = this.plan;
    if (failed === null) return;
    this.#a.flush();
    await this.#a.play(failed).catch(() => {});
  }

  #tell(phase: Phase): void {
    this.#phase = phase;
    this.#parts.onPhase(this);
  }
}
