/**
 * The event map: what the bus pushes. Every event has an id (increasing), a time, a scope that a
 * receiver needs, and a typed payload. Names are API.
 */
import { type Static, type TSchema, Type } from '../runtime/index.ts';
import { Any } from './schemas.ts';
import type { DiValue } from './value.ts';

export interface EventDeclaration {
  readonly summary: string;
  /** The scope needed to receive it. */
  readonly scope: string;
  readonly payload: TSchema;
}

const WhySchema = Type.Array(
  Type.Object({
    code: Type.String(),
    sentence: Type.String(),
    cause: Type.Optional(Type.String()),
    next: Type.Optional(Type.String()),
  }),
);

const callFields = {
  call: Type.String({ description: 'Call tag: our local SIP tag, the monitoring id.' }),
  trace: Type.String({ description: 'Shared by all legs of one service.' }),
};

const labelFields = {
  account: Type.Optional(Type.String({ description: 'Who pays, as told at dial time or by the routing rule.' })),
  tariff: Type.Optional(Type.String({ description: 'Name of the tariff, told likewise.' })),
  /** What the program that dialled gave to be given back. */
  data: Type.Optional(Any),
};

const registrationFields = {
  handle: Type.String({ description: 'As registrar_client gave it; subscriber:<id> of db_reg_agent.' }),
  account: Type.String({ description: 'Address of record: sip:user@domain.' }),
};

const retryField = {
  retryAtMs: Type.Union([Type.Number(), Type.Null()], { description: 'Unix time of the next attempt; null: none.' }),
};

const declare = <S extends TSchema>(summary: string, scope: string, payload: S) => ({ summary, scope, payload });

export const coreEvents = {
  'call.started': declare(
    'An INVITE came in or was sent.',
    'calls:read',
    Type.Object({
      ...callFields,
      direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
      from: Type.String({ description: 'From header value.' }),
      to: Type.String({ description: 'To header value.' }),
      ruri: Type.String({ description: 'Request-URI.' }),
      application: Type.String(),
      sipCallId: Type.String(),
      assertedIdentity: Type.Optional(
        Type.String({ description: 'URI that a trusted peer asserts for the caller (RFC 3325).' }),
      ),
      diversion: Type.Optional(
        Type.String({ description: 'URI of who diverted the call last, told by a trusted peer (RFC 5806).' }),
      ),
      startedAtMs: Type.Number({ description: 'Unix time, ms.' }),
      ...labelFields,
    }),
  ),
  'call.ringing': declare(
    'A provisional answer was sent or came in.',
    'calls:read',
    Type.Object({
      ...callFields,
      status: Type.Integer(),
      reason: Type.String(),
    }),
  ),
  'call.answered': declare(
    'The call is connected.',
    'calls:read',
    Type.Object({
      ...callFields,
      answeredAtMs: Type.Number(),
      codec: Type.String({ description: 'For example PCMU/8000; empty without media.' }),
    }),
  ),
  'call.ended': declare(
    'The call ended; exactly once for each call.started.',
    'calls:read',
    Type.Object({
      ...callFields,
      direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
      from: Type.String(),
      to: Type.String(),
      ruri: Type.String(),
      application: Type.String(),
      sipCallId: Type.String(),
      status: Type.Integer({ description: 'The exact final SIP status of the INVITE; 200 for an answered call.' }),
      reason: Type.String({ description: 'Its reason phrase.' }),
      endedBy: Type.Union([Type.Literal('local'), Type.Literal('remote'), Type.Literal('network')]),
      startedAtMs: Type.Number(),
      answeredAtMs: Type.Union([Type.Number(), Type.Null()]),
      endedAtMs: Type.Number(),
      codec: Type.String(),
      packetsSent: Type.Integer(),
      packetsReceived: Type.Integer(),
      packetsLost: Type.Integer(),
      jitterMs: Type.Number(),
      roundTripMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null without RTCP of the peer.' }),
      concealedMs: Type.Integer({ description: 'Audio that was made up for what was lost.' }),
      mos: Type.Union([Type.Number(), Type.Null()], {
        description: 'E-model of the whole call, 1 to 4.5; null when nothing was received.',
      }),
      ...labelFields,
      why: WhySchema,
    }),
  ),
  'call.labelled': declare(
    'An answered call was given other labels: these count from its answer on.',
    'calls:read',
    Type.Object({ ...callFields, ...labelFields }),
  ),
  'call.linked': declare(
    'Two calls are legs of one service: a bridge was made.',
    'calls:read',
    Type.Object({
      ...callFields,
      other: Type.String({ description: 'Tag of the other leg.' }),
    }),
  ),
  'call.refused': declare(
    'A request for a call was refused before a call existed.',
    'calls:read',
    Type.Object({
      status: Type.Integer(),
      reason: Type.String(),
      from: Type.String(),
      ruri: Type.String(),
      source: Type.String({ description: 'address:port of the sender, or `local`.' }),
      why: WhySchema,
    }),
  ),
  dtmf: declare(
    'A key was pressed. Keys may be digits of a PIN: a viewer does not get them.',
    'dtmf:control',
    Type.Object({
      ...callFields,
      key: Type.String({ description: '0-9 * # A-D.' }),
      durationMs: Type.Integer(),
      source: Type.Union([Type.Literal('rtp'), Type.Literal('inband'), Type.Literal('info')]),
    }),
  ),
  'call.quality': declare(
    'How the call sounds, every media.qualityIntervalMs while media flows.',
    'calls:read',
    Type.Object({
      ...callFields,
      intervalMs: Type.Integer({ description: 'What the figures are of.' }),
      packetsReceived: Type.Integer(),
      packetsLost: Type.Integer(),
      packetsLate: Type.Integer({ description: 'Came too late to be played.' }),
      lossFraction: Type.Number({ description: 'Lost or late, 0 to 1.' }),
      burstRatio: Type.Number({ description: '1: losses come one by one; more: together (G.107).' }),
      jitterMs: Type.Number(),
      roundTripMs: Type.Union([Type.Number(), Type.Null()]),
      playoutDelayMs: Type.Integer(),
      concealedMs: Type.Integer(),
      rxLevelDb: Type.Number({ description: 'Received, dBov: 0 is full scale, -127 silence.' }),
      txLevelDb: Type.Number({ description: 'Sent.' }),
      clippedSamples: Type.Integer({ description: 'Received at full scale, estimated.' }),
      remoteLossFraction: Type.Union([Type.Number(), Type.Null()], {
        description: 'Of what we send, as the peer reports.',
      }),
      remoteJitterMs: Type.Union([Type.Number(), Type.Null()]),
      rFactor: Type.Union([Type.Number(), Type.Null()], { description: 'E-model (G.107), 0 to 93.2.' }),
      mos: Type.Union([Type.Number(), Type.Null()], {
        description: 'What we hear, 1 to 4.5; null when nothing came.',
      }),
      remoteMos: Type.Union([Type.Number(), Type.Null()], { description: 'What the peer hears, by its reports.' }),
    }),
  ),
  quality: declare(
    'Figures of one media stream, at its end.',
    'calls:read',
    Type.Object({
      ...callFields,
      packetsSent: Type.Integer(),
      packetsReceived: Type.Integer(),
      packetsLost: Type.Integer(),
      packetsLate: Type.Integer(),
      packetsDuplicate: Type.Integer(),
      packetsFromStrangers: Type.Integer(),
      concealedMs: Type.Integer(),
      jitterMs: Type.Number(),
      roundTripMs: Type.Union([Type.Number(), Type.Null()]),
      rxLevelDb: Type.Number(),
      txLevelDb: Type.Number(),
      clippedSamples: Type.Integer(),
      remoteLossFraction: Type.Union([Type.Number(), Type.Null()]),
      mos: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
  'conference.joined': declare(
    'A call entered a room.',
    'conference:read',
    Type.Object({
      ...callFields,
      room: Type.String(),
      participants: Type.Integer({ description: 'After the event.' }),
      predecessor: Type.Optional(Type.String({ description: 'The call whose seat it took (Replaces).' })),
    }),
  ),
  'conference.left': declare(
    'A call left a room.',
    'conference:read',
    Type.Object({
      ...callFields,
      room: Type.String(),
      participants: Type.Integer(),
    }),
  ),
  'conference.muted': declare(
    'A participant was muted or unmuted.',
    'conference:read',
    Type.Object({
      ...callFields,
      room: Type.String(),
      muted: Type.Boolean(),
    }),
  ),
  'server.overload': declare(
    'The server began to refuse new calls for want of time, or ended it.',
    'server:read',
    Type.Object({
      state: Type.Union([Type.Literal('begin'), Type.Literal('end')]),
      lagMs: Type.Number({ description: 'Latest that the event loop was, ms.' }),
      busyFraction: Type.Number({ description: 'Share of the time that the event loop worked, 0 to 1.' }),
      shed: Type.Integer({ description: 'Requests refused since the start.' }),
    }),
  ),
  'message.received': declare(
    'A MESSAGE with a text came in.',
    'message:read',
    Type.Object({
      call: Type.Union([Type.String(), Type.Null()], { description: 'The call that it came in, or null.' }),
      trace: Type.String(),
      from: Type.String({ description: 'From header value.' }),
      to: Type.String(),
      ruri: Type.String({ description: 'Request-URI.' }),
      contentType: Type.String(),
      text: Type.String({ description: 'At most 8192 bytes.' }),
      source: Type.String({ description: 'address:port of the sender.' }),
    }),
  ),
  'registration.registered': declare(
    'A registration of ours stands; also after each refresh.',
    'registration:read',
    Type.Object({
      ...registrationFields,
      status: Type.Integer(),
      reason: Type.String(),
      expiresAtMs: Type.Number({ description: 'Unix time, ms.' }),
      contacts: Type.Array(Type.String(), { description: 'All contacts of the account, as the registrar told.' }),
    }),
  ),
  'registration.failed': declare(
    'A registrar refused, or did not answer.',
    'registration:read',
    Type.Object({
      ...registrationFields,
      status: Type.Integer({ description: 'Of the answer; 408 and 503 may be ours, see cause.' }),
      reason: Type.String(),
      cause: Type.Union([Type.Literal('response'), Type.Literal('timeout'), Type.Literal('transport')]),
      ...retryField,
    }),
  ),
  'registration.expired': declare(
    'The time of a registration passed without a refresh.',
    'registration:read',
    Type.Object({ ...registrationFields, ...retryField }),
  ),
  'registration.removed': declare(
    'The registrar keeps no contact of ours: we removed it, or the registrar did.',
    'registration:read',
    Type.Object({ ...registrationFields, status: Type.Integer(), reason: Type.String() }),
  ),
  'server.draining': declare(
    'The server refuses new calls and waits for the others to end.',
    'server:read',
    Type.Object({
      calls: Type.Integer(),
      drainMs: Type.Integer(),
    }),
  ),
} as const satisfies Record<string, EventDeclaration>;

export type EventName = keyof typeof coreEvents;
export type EventPayload<N extends EventName> = Static<(typeof coreEvents)[N]['payload']>;

/** An event as subscribers get it. */
export interface PublishedEvent {
  readonly id: number;
  readonly name: string;
  readonly atUnixMs: number;
  readonly scope: string;
  readonly payload: { readonly [field: string]: DiValue };
}
