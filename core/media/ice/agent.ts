/**
 * The ICE agent of one browser leg: lite (RFC 8445 2.5), so it answers checks and starts none; always
 * controlled. Time and packets come in as values, answers and decisions go out by `IceHost`.
 *
 *             configure          nominated
 *   waiting ────────────► checking ──────► connected ◄──── nominated ────┐
 *                            │ iceTimeoutMs    │ 30 s without a check    │
 *                            └──► failed ◄─────┴── (no restart pending) ─┘
 *
 * A restart adds a round of credentials; the nominated pair goes on until one of the new round is
 * nominated. Only checks that are authentic change anything.
 */
import type { SockAddr, SocketHandle } from '../../runtime/index.ts';
import type { IceCredentials } from '../worker/ice-messages.ts';
import { Budget } from './budget.ts';
import { CandidatePair } from './candidate-pair.ts';
import type { IceCounts } from './counts.ts';
import { isAuthentic } from './integrity.ts';
import { iceLimits } from './limits.ts';
import { IceRound } from './round.ts';
import { answer, type StunErrorCode, writeError, writeSuccess } from './stun-answer.ts';
import { parseStun, StunMessage, stunBytes, stunType } from './stun-message.ts';

const message = new StunMessage();

export interface IceHost {
  readonly counts: IceCounts;
  /** An answer; the bytes are good during the call. */
  send(socket: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): void;
  /** Where audio goes from now on. */
  selected(pair: CandidatePair): void;
  /** Nothing may be sent any more; `reason` null: a restart that is under way may mend it. */
  lost(reason: 'timeout' | 'consent' | null): void;
  /** A restart came to nothing in time, and the old pair goes on. */
  restartFailed(): void;
}

/** As plain data; times as ages, ms. */
export interface IceState {
  readonly rounds: readonly {
    readonly number: number;
    readonly ufrag: string;
    readonly password: string;
    readonly remoteUfrag: string | null;
    readonly leftMs: number | null;
  }[];
  readonly pairs: readonly {
    readonly socket: number;
    /** Bytes of the kernel's `sockaddr`. */
    readonly address: readonly number[];
    readonly priority: number;
    readonly round: number;
    readonly checkedAgoMs: number;
    readonly nominatedAgoMs: number | null;
  }[];
  /** Place in `pairs`; -1: none. */
  readonly selected: number;
  readonly selectedRound: number;
  readonly consent: boolean;
  readonly awaited: number;
  /** Until a pair of that round must be nominated; null: nothing is waited for. */
  readonly deadlineInMs: number | null;
}

export class IceAgent {
  readonly #host: IceHost;
  readonly #timeoutMs: number;
  /** The newest last. */
  #rounds: IceRound[];
  #pairs: CandidatePair[] = [];
  selected: CandidatePair | null = null;
  /** Of the check that nominated it. */
  #selectedRound = -1;
  /** The nominated pair is checked: it may be sent to. */
  consent = false;
  /** The round that a pair must be nominated of until `#deadlineMs`. */
  #awaited = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  readonly #newChecks: Budget;
  readonly #errors: Budget;
  /** What came so far, for whoever has to find out why nothing was nominated. */
  heard: 'nothing' | 'refused' | 'checks' = 'nothing';

  constructor(credentials: IceCredentials, timeoutMs: number, host: IceHost, nowMs: number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#rounds = [new IceRound(0, credentials, null)];
    this.#newChecks = new Budget(iceLimits.newChecksPerSecond, iceLimits.newChecksPerSecond, nowMs);
    this.#errors = new Budget(iceLimits.errorsPerSecond, iceLimits.errorsPerSecond, nowMs);
  }

  /** New credentials of ours are in a description that goes out: they are answered from now on. The same again: nothing. */
  restart(credentials: IceCredentials): void {
    if (!this.#rounds.some(({ ufrag }) => ufrag === credentials.ufrag)) this.#addRound(credentials, null);
  }

  /** Descriptions are exchanged. The same credentials again change nothing, others are a restart. */
  configure(credentials: IceCredentials, remoteUfrag: string, nowMs: number): void {
    const ours = this.#rounds.filter(({ ufrag }) => ufrag === credentials.ufrag);
    if (ours.some((known) => known.remoteUfrag === remoteUfrag)) return;
    let round = ours.find((known) => known.remoteUfrag === null);
    if (round === undefined) round = this.#addRound(credentials, remoteUfrag);
    else round.remoteUfrag = remoteUfrag;
    if (this.#rounds.some((other) => other !== round && other.remoteUfrag !== null)) this.#host.counts.restarts++;
    this.#awaited = round.number;
    this.#deadlineMs = nowMs + this.#timeoutMs;
    this.#settleEarly(round, nowMs);
  }

  #addRound(credentials: IceCredentials, remoteUfrag: string | null): IceRound {
    const newest = this.#rounds[this.#rounds.length - 1];
    const round = new IceRound((newest?.number ?? -1) + 1, credentials, remoteUfrag);
    this.#rounds.push(round);
    // The one in use stays, and the newest.
    const spare = this.#rounds.findIndex(({ number }) => number !== this.#selectedRound);
    if (this.#rounds.length > iceLimits.rounds) this.#rounds.splice(spare, 1);
    return round;
  }

  /** Checks that came before the peer's description may have nominated a pair already. */
  #settleEarly(round: IceRound, nowMs: number): void {
    for (const pair of this.#pairs) {
      if (pair.round === round.number && pair.nominatedMs >= 0) this.#nominate(pair, round, nowMs);
    }
  }

  /** A STUN packet of the leg's port. */
  receive(socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    const { counts } = this.#host;
    // Responses are not for us, who ask nothing; an indication asks for no answer (RFC 8445 11).
    if (!parseStun(packet, length, message) || message.type !== stunType.bindingRequest) {
      counts.notStun++;
      return;
    }
    const round = this.#roundOf(packet);
    if (round === null) {
      if (this.heard === 'nothing') this.heard = 'refused';
      // RFC 5389 10.1.2: without USERNAME or MESSAGE-INTEGRITY 400, with a user name that is none 401.
      const isWhole = message.usernameAt >= 0 && message.integrityAt >= 0;
      this.#refuse(socket, packet, from, isWhole ? 401 : 400, null, nowMs);
      return;
    }
    const known = this.find(socket, from);
    if (!(known === null ? this.#newChecks.take(nowMs) : known.mayCheck(nowMs))) {
      counts.checksOverLimit++;
      return;
    }
    if (message.integrityAt < 0) this.#refuse(socket, packet, from, 400, null, nowMs);
    else if (!isAuthentic(packet, message.integrityAt, round.key)) {
      if (this.heard === 'nothing') this.heard = 'refused';
      this.#refuse(socket, packet, from, 401, null, nowMs);
    } else if (message.malformed) this.#refuse(socket, packet, from, 400, round, nowMs);
    else if (message.unknown.length > 0) this.#refuse(socket, packet, from, 420, round, nowMs);
    // 6.1.1: beside a lite agent the full one "takes the controlling role"; so told it changes (7.2.5.1).
    else if (message.controlled) this.#refuse(socket, packet, from, 487, round, nowMs);
    else this.#accept(socket, packet, from, round, known, nowMs);
  }

  #roundOf(packet: Uint8Array): IceRound | null {
    if (message.usernameAt < 0) return null;
    for (let i = this.#rounds.length - 1; i >= 0; i--) {
      const round = this.#rounds[i] as IceRound;
      if (round.isMeant(packet, message)) return round;
    }
    return null;
  }

  #refuse(
    socket: SocketHandle,
    packet: Uint8Array,
    from: SockAddr,
    code: StunErrorCode,
    round: IceRound | null,
    nowMs: number,
  ): void {
    const { counts } = this.#host;
    if (!this.#errors.take(nowMs)) {
      counts.checksOverLimit++;
      return;
    }
    counts[refusals[code]]++;
    const length = writeError(packet, code, code === 420 ? message.unknown : [], round?.key ?? null);
    // Nobody who may have forged where it comes from makes us send more bytes there than he sends.
    if (round === null && length > stunBytes(packet)) return;
    this.#host.send(socket, answer, length, from);
  }

  #accept(
    socket: SocketHandle,
    packet: Uint8Array,
    from: SockAddr,
    round: IceRound,
    known: CandidatePair | null,
    nowMs: number,
  ): void {
    this.#host.counts.checks++;
    this.heard = 'checks';
    this.#host.send(socket, answer, writeSuccess(packet, from, round.key), from);
    const pair = known ?? this.#add(socket, from, round, nowMs);
    if (pair === null) return;
    pair.checkedMs = nowMs;
    pair.priority = message.priority;
    pair.round = Math.max(pair.round, round.number);
    if (message.useCandidate) {
      pair.nominatedMs = nowMs;
      this.#nominate(pair, round, nowMs);
    } else pair.nominatedMs = Number.NEGATIVE_INFINITY;
  }

  /** A source that was not known: a peer-reflexive candidate (RFC 8445 7.3.1.3), as all are that a lite agent learns. */
  #add(socket: SocketHandle, from: SockAddr, round: IceRound, nowMs: number): CandidatePair | null {
    if (this.#pairs.length >= iceLimits.pairs) {
      const idle = this.#pairs.findIndex(
        (pair) => pair !== this.selected && nowMs - pair.checkedMs > iceLimits.consentMs,
      );
      if (idle < 0) {
        this.#host.counts.pairsOverLimit++;
        return null;
      }
      this.#pairs.splice(idle, 1);
    }
    const pair = new CandidatePair(socket, from, round.number, nowMs);
    this.#pairs.push(pair);
    return pair;
  }

  #nominate(pair: CandidatePair, round: IceRound, nowMs: number): void {
    // Before the peer's description nobody is believed; of an older round nobody any more.
    if (round.remoteUfrag === null || round.number < this.#selectedRound) return;
    const { selected } = this;
    const isSame = pair === selected;
    if (!isSame && round.number === this.#selectedRound && selected !== null && this.consent) {
      const isSettled = nowMs - selected.nominatedMs >= iceLimits.settledMs;
      if (pair.priority < selected.priority && !isSettled) return;
    }
    if (round.number > this.#selectedRound) {
      for (const old of this.#rounds) if (old.number < round.number) old.untilMs = nowMs + iceLimits.oldRoundMs;
    }
    this.#selectedRound = round.number;
    if (round.number >= this.#awaited) this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (isSame && this.consent) return;
    this.selected = pair;
    this.consent = true;
    this.#host.counts.nominations++;
    this.#host.selected(pair);
  }

  /** The pair that a packet belongs to; null: its source passed no check. */
  find(socket: SocketHandle, from: SockAddr): CandidatePair | null {
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i] as CandidatePair;
      if (pair.is(socket, from)) return pair;
    }
    return null;
  }

  /** Does a pair that is kept need the socket? */
  uses(socket: SocketHandle): boolean {
    return this.#pairs.some((pair) => pair.socket === socket);
  }

  /** A socket is gone, and its number may be another's: so are its pairs. The nominated one stays until its consent is over. */
  forget(socket: SocketHandle): void {
    if (this.selected?.socket === socket) this.selected.socket = -1;
    this.#pairs = this.#pairs.filter((pair) => pair.socket !== socket);
  }

  /** Looks at what is over; every now and then. */
  keepHouse(nowMs: number): void {
    const { selected } = this;
    if (this.#rounds.some(({ untilMs }) => untilMs <= nowMs)) {
      this.#rounds = this.#rounds.filter(({ untilMs }) => untilMs > nowMs);
    }
    if (this.#pairs.some((pair) => pair !== selected && nowMs - pair.checkedMs > iceLimits.pairIdleMs)) {
      this.#pairs = this.#pairs.filter((pair) => pair === selected || nowMs - pair.checkedMs <= iceLimits.pairIdleMs);
    }
    const isOverdue = nowMs >= this.#deadlineMs;
    if (isOverdue) this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (this.consent && selected !== null && nowMs - selected.checkedMs > iceLimits.consentMs) {
      this.consent = false;
      this.#host.counts.consentsLost++;
      this.#host.lost(this.#deadlineMs === Number.POSITIVE_INFINITY ? 'consent' : null);
    } else if (isOverdue) this.#giveUp();
  }

  #giveUp(): void {
    this.#host.counts.timeouts++;
    if (this.consent) this.#host.restartFailed();
    else this.#host.lost('timeout');
  }

  state(nowMs: number): IceState {
    const { selected } = this;
    const at = selected === null ? -1 : this.#pairs.indexOf(selected);
    // Its connection is closed: another one must be nominated while its consent lasts.
    const isGone = selected !== null && at < 0 && this.consent;
    const deadlineMs = isGone ? selected.checkedMs + iceLimits.consentMs : this.#deadlineMs;
    return {
      rounds: this.#rounds.map(({ number, ufrag, password, remoteUfrag, untilMs }) => ({
        ...{ number, ufrag, password, remoteUfrag },
        leftMs: Number.isFinite(untilMs) ? untilMs - nowMs : null,
      })),
      pairs: this.#pairs.map((pair) => ({
        socket: pair.socket,
        address: [...pair.address.bytes.subarray(0, pair.address.length)],
        priority: pair.priority,
        round: pair.round,
        checkedAgoMs: nowMs - pair.checkedMs,
        nominatedAgoMs: Number.isFinite(pair.nominatedMs) ? nowMs - pair.nominatedMs : null,
      })),
      selected: at,
      selectedRound: this.#selectedRound,
      consent: this.consent,
      awaited: this.#awaited,
      deadlineInMs: Number.isFinite(deadlineMs) ? deadlineMs - nowMs : null,
    };
  }

  /** Goes on from another agent's state; tells the host of the nominated pair without counting it. */
  restore(state: IceState, nowMs: number): void {
    const rounds = state.rounds.map(({ number, ufrag, password, remoteUfrag, leftMs }) => {
      const round = new IceRound(number, { ufrag, password }, remoteUfrag);
      if (leftMs !== null) round.untilMs = nowMs + leftMs;
      return round;
    });
    if (rounds.length === 0) return;
    this.#rounds = rounds;
    this.#pairs = state.pairs.map((of) => {
      const address = { bytes: new Uint8Array(28), length: of.address.length };
      address.bytes.set(of.address);
      const pair = new CandidatePair(of.socket, address, of.round, nowMs - of.checkedAgoMs);
      pair.priority = of.priority;
      if (of.nominatedAgoMs !== null) pair.nominatedMs = nowMs - of.nominatedAgoMs;
      return pair;
    });
    this.selected = this.#pairs[state.selected] ?? null;
    this.#selectedRound = state.selectedRound;
    this.consent = state.consent && this.selected !== null;
    this.#awaited = state.awaited;
    this.#deadlineMs = state.deadlineInMs === null ? Number.POSITIVE_INFINITY : nowMs + state.deadlineInMs;
    if (this.#pairs.length > 0) this.heard = 'checks';
  }
}

const refusals = {
  400: 'badRequests',
  401: 'unauthorized',
  420: 'unknownAttributes',
  487: 'roleConflicts',
} as const satisfies { readonly [Code in StunErrorCode]: keyof IceCounts };
