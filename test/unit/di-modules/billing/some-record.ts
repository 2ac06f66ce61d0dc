import type { CallRecord, OpenCall } from '../../../../di-modules/billing/record.ts';
import { recordOf } from '../../../../di-modules/billing/record.ts';

/** An incoming call that was answered after a second, by one unit a second. */
export const someCall = (id: string): OpenCall => ({
  ...{
    id,
    call: id,
    trace: 't',
    sipCallId: 'c',
    direction: 'in',
    application: 'echo',
    from: '<sip:a@x>',
    to: '<sip:b@x>',
  },
  ...{ ruri: 'sip:4930123@x', account: 'acme', tariff: 'second', data: null, startedAtMs: 1000 },
  ...{ answeredAtMs: 2000, answeredSteadyMs: 2000, cap: null },
  rate: { perMinuteMicro: 60_000_000, connectionMicro: 0, firstSeconds: 1, nextSeconds: 1, freeSeconds: 0 },
});

export const someRecord = (id: string, talkMs = 3000): CallRecord =>
  recordOf(
    someCall(id),
    {
      ...{ endedAtMs: 2000 + talkMs, talkMs, status: 200, reason: 'OK', endedBy: 'remote', cause: 'call.bye' },
      ...{ codec: 'PCMU/8000', packetsLost: 0, jitterMs: 0.5, mos: null },
    },
    'EUR',
  );
