/** What the functions' documents show of calls: one of 61 seconds, under way and over. */
const call = { call: '6f0c2b3d4e5f60718293a4b5', trace: '3f6c1e0b9a7d5c42b1e8f0a3' };

export const liveExample = {
  ...call,
  account: 'acme',
  tariff: 'standard',
  number: '+4930123',
  answeredAtMs: 1_790_000_002_000,
  seconds: 61,
  costMicro: 12_200,
  currency: 'EUR',
};

export const recordExample = {
  id: `${call.call}-1790000000000`,
  ...call,
  sipCallId: '3848276298220188511@192.0.2.7',
  direction: 'out',
  application: 'conference',
  from: 'sip:callbus@192.0.2.1',
  to: 'sip:+4930123@192.0.2.7',
  ruri: 'sip:+4930123@192.0.2.7',
  number: '+4930123',
  account: 'acme',
  tariff: 'standard',
  data: { order: 4711 },
  startedAtMs: 1_790_000_000_000,
  answeredAtMs: 1_790_000_002_000,
  endedAtMs: 1_790_000_062_345,
  talkMs: 60_345,
  billedSeconds: 61,
  currency: 'EUR',
  chargeMicro: 12_200,
  status: 200,
  reason: 'OK',
  endedBy: 'remote',
  cause: '',
  codec: 'PCMA/8000',
  packetsLost: 0,
  jitterMs: 0.4,
  mos: 4.4,
};
