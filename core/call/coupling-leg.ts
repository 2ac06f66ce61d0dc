import type { DialogIds, HeaderLine, SipBody, SipResponse } from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import type { LegName } from './leg-hooks.ts';
import type { Session } from './session.ts';

/** One side of a coupled call, and what is remembered of it between two messages. */
export class CoupledLeg {
  readonly name: LegName;
  readonly call: LayeredCall;
  /** Reason headers with which the peer ended it: the other leg gets them. */
  reason: readonly HeaderLine[] = [];
  /** The final refusal of its INVITE (B). */
  failure: SipResponse | null = null;
  /** CSeq of a REFER that we sent here → CSeq of the one that came in on the other leg. */
  readonly referCseqs = new Map<string, string>();
  /** The newest session description that went out here. */
  sentSdp: SipBody | null = null;
  /** B: a reliable 1xx went to A, whose PRACK is waited for (RFC 3262). */
  awaitsPrack = false;
  /** B: tag and RSeq of the newest reliable 1xx. */
  newestReliable = '';
  /** A re-INVITE of its peer is on its way through the other leg. */
  inviting = false;
  #onAck: ((body: SipBody | null) => void) | null = null;

  constructor(name: LegName, call: LayeredCall) {
    this.name = name;
    this.call = call;
  }

  /** What is said here was said by the other peer. */
  relay(): void {
    this.session.dialog.relays = true;
    this.session.dialog.onRefreshBody = () => this.sentSdp;
  }

  get session(): Session {
    return this.call.session;
  }

  get ids(): DialogIds {
    return this.session.dialog.ids;
  }

  /** Can requests be sent to its peer? */
  get reachable(): boolean {
    const { state, ids } = this.session.dialog;
    return state !== 'terminated' && ids.remoteTag !== '' && this.session.state !== 'ended';
  }

  /** Resolves with the body of the ACK that its peer sends; with null when the leg ends before. */
  whenAcknowledged(): Promise<SipBody | null> {
    this.acknowledged(null);
    return new Promise((resolve) => {
      this.#onAck = resolve;
    });
  }

  acknowledged(body: SipBody | null): void {
    const resolve = this.#onAck;
    this.#onAck = null;
    resolve?.(body);
  }
}
