import { type DiValue, type Static, Type } from '../../core/index.ts';
import type { Rate } from './rate.ts';
import { billedSeconds, costMicro } from './rate.ts';

const Unix = Type.Number({ description: 'Unix time, ms.' });
const Name = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const UnixOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

/** The detail record of one call leg, as every output and every function gives it. */
export const RecordSchema = Type.Object({
  id: Type.String({ description: 'Stable: <call tag>-<start, ms>. The same call never has two.' }),
  call: Type.String({ description: 'Call tag.' }),
  trace: Type.String({ description: 'Shared by all legs of one service.' }),
  sipCallId: Type.String(),
  direction: Type.String({ description: 'in or out.' }),
  application: Type.String(),
  from: Type.String(),
  to: Type.String(),
  ruri: Type.String(),
  number: Type.String({ description: 'User part of the Request-URI: what prefixes are compared with.' }),
  account: Name('Who pays; null: nobody.'),
  tariff: Name('What it was charged by.'),
  data: Type.Unsafe<DiValue>({ description: 'What the program that dialled gave.' }),
  startedAtMs: Unix,
  answeredAtMs: UnixOrNull('Unix time, ms; null: never.'),
  endedAtMs: Unix,
  talkMs: Type.Number({ description: 'From the answer to the end, by a clock that does not jump.' }),
  billedSeconds: Type.Integer({ description: 'Whole increments, without the free seconds.' }),
  currency: Type.String(),
  chargeMicro: Type.Number({ description: 'Millionths of the currency unit.' }),
  status: Type.Integer({
    description: 'Final SIP status of the INVITE; 0 for a call that a crash cut before its answer.',
  }),
  reason: Type.String(),
  endedBy: Type.String({ description: 'local, remote, network or server.' }),
  cause: Type.String({ description: 'First code of why it ended; server-crash; empty: a plain hang-up.' }),
  codec: Type.String(),
  packetsLost: Type.Integer(),
  jitterMs: Type.Number(),
  mos: Type.Union([Type.Number(), Type.Null()]),
});
export type CallRecord = Static<typeof RecordSchema>;

/** A call that has started and has no record yet: what the journal keeps. Plain data. */
export interface OpenCall {
  readonly id: string;
  readonly call: string;
  readonly trace: string;
  readonly sipCallId: string;
  readonly direction: string;
  readonly application: string;
  readonly from: string;
  readonly to: string;
  readonly ruri: string;
  readonly account: string | null;
  readonly tariff: string | null;
  readonly data: DiValue;
  readonly startedAtMs: number;
  readonly answeredAtMs: number | null;
  /** The same moment by the journal's clock, which does not jump. */
  readonly answeredSteadyMs: number | null;
  readonly rate: Rate | null;
  /** It was ended for want of credit: what is charged at most. */
  readonly cap: { readonly talkMs: number; readonly micro: number } | null;
}

/** What is known at the end beside the call itself. */
export interface CallEnding
  extends Pick<
    CallRecord,
    'endedAtMs' | 'talkMs' | 'status' | 'reason' | 'endedBy' | 'cause' | 'codec' | 'packetsLost' | 'jitterMs' | 'mos'
  > {}

/**
 * The tag alone has 96 random bits; the start beside it makes the id of a tag that a restored call brings back the
 * same, and of one that a peer or a test forces upon us another.
 */
export const recordId = (call: string, startedAtMs: number): string => `${call}-${Math.round(startedAtMs)}`;

export function recordOf(open: OpenCall, end: CallEnding, currency: string): CallRecord {
  const { account, answeredAtMs, answeredSteadyMs: _, cap, data, rate, tariff, ...call } = open;
  const isAnswered = answeredAtMs !== null && rate !== null;
  const chargedMs = Math.min(end.talkMs, cap?.talkMs ?? Number.POSITIVE_INFINITY);
  const chargeMicro = isAnswered ? Math.min(costMicro(rate, chargedMs), cap?.micro ?? Number.POSITIVE_INFINITY) : 0;
  return {
    ...call,
    number: userOf(open.ruri),
    ...{ account, tariff, data, answeredAtMs },
    ...end,
    billedSeconds: isAnswered ? billedSeconds(rate, chargedMs) : 0,
    ...{ currency, chargeMicro },
  };
}

/** `sip:+4930123;phone-context=x@host` → `+4930123`; empty without a user part. */
export function userOf(uri: string): string {
  const [, user = ''] = /^<?(?:sips?:)?([^@;:]*)[^@]*@/i.exec(uri) ?? [];
  const [, telephone = ''] = /^<?tel:([^;>]*)/i.exec(uri) ?? [];
  try {
    return decodeURIComponent(user === '' ? telephone : user);
  } catch {
    return user;
  }
}
