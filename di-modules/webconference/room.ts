import { Floor } from './floor.ts';
import { type Participant, type ParticipantStatus, participantStatus } from './participant.ts';
import { Talks } from './talks.ts';

/** Finished participants listed at most, whatever the configuration. */
const maxFinishedListed = 1000;

/** A room: its admin PIN and its list of participants. Times are `Clock.nowMs()`. */
export class Room {
  readonly name: string;
  readonly floor = new Floor();
  readonly talks = new Talks();
  /** Somebody wants to know who speaks. */
  isWatched = false;
  /** Empty: opened by a caller; the first PIN that is offered becomes it. */
  adminPin: string;
  /** When everybody is kicked and the room removed; null: never. */
  hardExpiryMs: number | null = null;
  /** Somebody joined, changed status or was muted. */
  lastActivityMs: number;
  #participants: Participant[] = [];

  constructor(name: string, adminPin: string, nowMs: number) {
    this.name = name;
    this.adminPin = adminPin;
    this.lastActivityMs = nowMs;
  }

  get participants(): readonly Participant[] {
    return this.#participants;
  }

  /** The participant of that call, finished ones included. */
  find(callTag: string): Participant | null {
    return this.#participants.find((participant) => participant.callTag === callTag) ?? null;
  }

  /** Has somebody of that id been invited, or is here? */
  hasParticipantId(participantId: string): boolean {
    return this.#participants.some((participant) => participant.participantId === participantId);
  }

  /** An entry for somebody who has not called yet. */
  invite(participantId: string, number: string, nowMs: number): void {
    this.#add({ callTag: '', number, status: participantStatus.disconnected, participantId }, nowMs);
  }

  /** An entry for a call; the one of an invited participant of that id is used again. */
  admit(call: { readonly callTag: string; readonly number: string; readonly participantId: string }, nowMs: number) {
    const invited = this.#participants.find(
      ({ callTag, participantId }) => callTag === '' && participantId !== '' && participantId === call.participantId,
    );
    if (invited === undefined) return this.#add({ ...call, status: participantStatus.disconnected }, nowMs);
    invited.callTag = call.callTag;
    invited.number = call.number;
    this.#touch(invited, nowMs);
    return invited;
  }

  setStatus(participant: Participant, status: ParticipantStatus, reason: string, nowMs: number): void {
    participant.status = status;
    participant.reason = reason;
    this.#touch(participant, nowMs);
  }

  rename(participant: Participant, name: string, nowMs: number): void {
    participant.name = name;
    this.#touch(participant, nowMs);
  }

  setMuted(participant: Participant, muted: boolean, nowMs: number): void {
    participant.muted = muted;
    this.#touch(participant, nowMs);
  }

  /** Drops the finished participants whose last change is older; null keeps them. */
  dropFinished(beforeMs: number | null): void {
    const finished = this.#participants.filter(({ status }) => status === participantStatus.finished);
    const surplus = new Set(finished.slice(0, Math.max(0, finished.length - maxFinishedListed)));
    this.#participants = this.#participants.filter(
      (one) =>
        one.status !== participantStatus.finished ||
        (!surplus.has(one) && (beforeMs === null || one.changedAtMs > beforeMs)),
    );
  }

  #add(entry: Pick<Participant, 'callTag' | 'number' | 'status' | 'participantId'>, nowMs: number): Participant {
    const participant: Participant = { ...entry, name: '', reason: '', muted: false, owner: '', changedAtMs: nowMs };
    this.#participants.push(participant);
    this.#touch(participant, nowMs);
    return participant;
  }

  #touch(participant: Participant, nowMs: number): void {
    participant.changedAtMs = nowMs;
    this.lastActivityMs = nowMs;
  }
}
