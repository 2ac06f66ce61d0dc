import type { Bus } from '../di/index.ts';
import type { QualityReport } from '../media/index.ts';
import type { Why } from '../runtime/index.ts';
import { assertedIdentities, diversionsOf, type SipRequest } from '../sip/index.ts';
import type { LayeredCall } from './call.ts';
import type { KeySource } from './key-merger.ts';
import type { RoomObserver } from './rooms.ts';
import type { Session } from './session.ts';
import type { CallEnd } from './types.ts';

/**
 * Publishes what happens to calls on the bus. The module `monitoring` writes its attributes from
 * these events, so their texts are exactly those of the messages. Payloads are written field by field:
 * an object that begins with a spread takes microseconds.
 */
export class CallFeed implements RoomObserver {
  readonly #bus: Bus;
  readonly #call: (tag: string) => LayeredCall | undefined;

  constructor(bus: Bus, call: (tag: string) => LayeredCall | undefined) {
    this.#bus = bus;
    this.#call = call;
  }

  started(call: LayeredCall): void {
    const { session, direction, from, to, ruri, application } = call;
    this.#bus.publish('call.started', {
      call: session.tag,
      trace: session.traceId,
      direction,
      from,
      to,
      ruri,
      application,
      sipCallId: session.dialog.ids.callId,
      ...assertedParts(session.dialog.invite),
      startedAtMs: session.startedAtMs,
      ...call.labels,
    });
  }

  ringing(session: Session, status: number, reason: string): void {
    this.#bus.publish('call.ringing', { call: session.tag, trace: session.traceId, status, reason });
  }

  answered(session: Session): void {
    this.#bus.publish('call.answered', {
      call: session.tag,
      trace: session.traceId,
      answeredAtMs: session.answeredAtMs ?? session.clock.unixMs(),
      codec: codecOf(session),
    });
  }

  key(session: Session, key: string, durationMs: number, source: KeySource): void {
    this.#bus.publish('dtmf', {
      call: session.tag,
      trace: session.traceId,
      key,
      durationMs: Math.round(durationMs),
      source,
    });
  }

  linked(call: LayeredCall, other: string): void {
    this.#bus.publish('call.linked', { call: call.session.tag, trace: call.session.traceId, other });
  }

  labelled({ session, labels }: LayeredCall): void {
    this.#bus.publish('call.labelled', { call: session.tag, trace: session.traceId, ...labels });
  }

  quality(session: Session, report: QualityReport): void {
    this.#bus.publish('call.quality', {
      call: session.tag,
      trace: session.traceId,
      intervalMs: report.intervalMs,
      packetsReceived: report.packetsReceived,
      packetsLost: report.packetsLost,
      packetsLate: report.packetsLate,
      lossFraction: report.lossFraction,
      burstRatio: report.burstRatio,
      jitterMs: report.jitterMs,
      roundTripMs: report.roundTripMs,
      playoutDelayMs: report.playoutDelayMs,
      concealedMs: report.concealedMs,
      rxLevelDb: report.rxLevelDb,
      txLevelDb: report.txLevelDb,
      clippedSamples: report.clippedSamples,
      remoteLossFraction: report.remoteLossFraction,
      remoteJitterMs: report.remoteJitterMs,
      rFactor: report.rFactor,
      mos: report.mos,
      remoteMos: report.remoteMos,
    });
  }

  ended(session: Session, { status, reason, endedBy, why, stats }: CallEnd): void {
    const call = this.#call(session.tag);
    if (call === undefined) return;
    if (stats !== null) {
      const { packetsSent, packetsReceived, packetsLost, packetsLate, packetsDuplicate } = stats;
      const { packetsFromStrangers, concealedMs, jitterMs } = stats;
      this.#bus.publish('quality', {
        call: session.tag,
        trace: session.traceId,
        packetsSent,
        packetsReceived,
        packetsLost,
        packetsLate,
        packetsDuplicate,
        packetsFromStrangers,
        concealedMs: Math.round(concealedMs),
        jitterMs,
        roundTripMs: stats.roundTripMs,
        rxLevelDb: stats.rxLevelDb,
        txLevelDb: stats.txLevelDb,
        clippedSamples: stats.clippedSamples,
        remoteLossFraction: stats.remoteLossFraction,
        mos: stats.mos,
      });
    }
    this.#bus.publish('call.ended', {
      call: session.tag,
      trace: session.traceId,
      direction: call.direction,
      from: call.from,
      to: call.to,
      ruri: call.ruri,
      application: call.application,
      sipCallId: session.dialog.ids.callId,
      status,
      reason,
      endedBy,
      startedAtMs: session.startedAtMs,
      answeredAtMs: session.answeredAtMs,
      endedAtMs: session.clock.unixMs(),
      codec: stats?.codec || codecOf(session),
      packetsSent: stats?.packetsSent ?? 0,
      packetsReceived: stats?.packetsReceived ?? 0,
      packetsLost: stats?.packetsLost ?? 0,
      jitterMs: stats?.jitterMs ?? 0,
      roundTripMs: stats?.roundTripMs ?? null,
      concealedMs: Math.round(stats?.concealedMs ?? 0),
      mos: stats?.mos ?? null,
      ...call.labels,
      why: [...why],
    });
  }

  refused(request: { status: number; reason: string; from: string; ruri: string; source: string }, why: Why): void {
    this.#bus.publish('call.refused', { ...request, why: [why] });
  }

  joined(session: Session, room: string, participants: number, predecessor?: string): void {
    const joined = { call: session.tag, trace: session.traceId, room, participants };
    this.#bus.publish('conference.joined', predecessor === undefined ? joined : { ...joined, predecessor });
  }

  left(session: Session, room: string, participants: number): void {
    this.#bus.publish('conference.left', { call: session.tag, trace: session.traceId, room, participants });
  }

  muted(session: Session, room: string, muted: boolean): void {
    this.#bus.publish('conference.muted', { call: session.tag, trace: session.traceId, room, muted });
  }
}

/** For example `PCMU/8000`; empty without media. */
export function codecOf(session: Session): string {
  const codec = session.negotiation.parameters?.codecs[0];
  return codec === undefined ? '' : `${codec.name}/${codec.clockRateHz}`;
}

const nothingAsserted = {};

/** What a trusted peer says of the caller; most INVITEs have none of it. */
function assertedParts(invite: SipRequest): { readonly assertedIdentity?: string; readonly diversion?: string } {
  if (invite.header('P-Asserted-Identity') === null && invite.header('Diversion') === null) return nothingAsserted;
  const [asserted] = assertedIdentities(invite);
  const [diversion] = diversionsOf(invite);
  return {
    ...(asserted === undefined ? {} : { assertedIdentity: asserted.uriText }),
    ...(diversion === undefined ? {} : { diversion: diversion.address.uriText }),
  };
}
