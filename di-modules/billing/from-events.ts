/** The bus's own call events as open calls and endings. */
import type { DiValue, PublishedEvent } from '../../core/index.ts';
import { type CallEnding, type OpenCall, recordId } from './record.ts';

type Payload = PublishedEvent['payload'];

const textOf = (value: DiValue | undefined): string => (typeof value === 'string' ? value : '');
const nameOf = (value: DiValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const numberOf = (value: DiValue | undefined): number | null =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;

export interface Labels {
  readonly account: string | null;
  readonly tariff: string | null;
  readonly data: DiValue;
}

export const labelsOf = ({ account, tariff, data }: Readonly<Record<string, DiValue | undefined>>): Labels => ({
  account: nameOf(account),
  tariff: nameOf(tariff),
  data: data ?? null,
});

/** Of call.started or call.ended, which tell the same of the call. */
export function openCallOf(payload: Payload): OpenCall {
  const call = textOf(payload['call']);
  const startedAtMs = numberOf(payload['startedAtMs']) ?? 0;
  return {
    id: recordId(call, startedAtMs),
    call,
    trace: textOf(payload['trace']),
    sipCallId: textOf(payload['sipCallId']),
    direction: textOf(payload['direction']),
    application: textOf(payload['application']),
    from: textOf(payload['from']),
    to: textOf(payload['to']),
    ruri: textOf(payload['ruri']),
    ...labelsOf(payload),
    startedAtMs,
    ...{ answeredAtMs: null, answeredSteadyMs: null, rate: null, cap: null },
  };
}

export const answeredAtOf = (payload: Payload): number | null => numberOf(payload['answeredAtMs']);

/** Of call.ended; `talkMs` is measured by whoever has the clock. */
export function endingOf(payload: Payload, talkMs: number): CallEnding {
  const why = payload['why'];
  const first: DiValue | undefined = Array.isArray(why) ? why[0] : undefined;
  return {
    endedAtMs: numberOf(payload['endedAtMs']) ?? 0,
    talkMs,
    status: numberOf(payload['status']) ?? 0,
    reason: textOf(payload['reason']),
    endedBy: textOf(payload['endedBy']),
    cause: codeOf(first),
    codec: textOf(payload['codec']),
    packetsLost: numberOf(payload['packetsLost']) ?? 0,
    jitterMs: numberOf(payload['jitterMs']) ?? 0,
    mos: numberOf(payload['mos']),
  };
}

function codeOf(why: DiValue | undefined): string {
  if (typeof why !== 'object' || why === null || !('code' in why)) return '';
  return typeof why.code === 'string' ? why.code : '';
}
