/** What the story of a call makes of each event: sentences, with the members that say more. */
import type { DiStruct, DiValue } from '../di/index.ts';
import { isRecord, type LogLevel } from '../runtime/index.ts';

export interface Sentence {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: { readonly [name: string]: unknown };
}

type Teller = (payload: DiStruct) => readonly Sentence[];

const say = (text: string, fields: Sentence['fields'] = {}, level: LogLevel = 'info'): Sentence[] => [
  { level, text, fields },
];

/** The members of that name that are there and say something. */
function some(payload: DiStruct, ...names: string[]): { [name: string]: DiValue } {
  const chosen: { [name: string]: DiValue } = {};
  for (const name of names) {
    const value = payload[name];
    if (value !== undefined && value !== null && value !== '') chosen[name] = value;
  }
  return chosen;
}

const tellers: { readonly [event: string]: Teller } = {
  'call.started': (payload) => {
    const came = payload['direction'] === 'in';
    const names = ['from', 'to', 'ruri', 'application', 'account', 'tariff', 'assertedIdentity', 'diversion'];
    return say(came ? 'an INVITE came in' : 'an INVITE goes out', some(payload, ...names, 'sipCallId', 'trace'));
  },
  'call.ringing': ({ status, reason }) => say(`provisional answer ${String(status)} ${String(reason)}`),
  'call.answered': (payload) => say('answered', some(payload, 'codec')),
  'call.linked': (payload) => say('linked with another leg', some(payload, 'other')),
  'call.ended': (payload) => {
    const { status, reason, endedBy, why } = payload;
    const isGood = typeof status === 'number' && status < 300;
    const figures = some(payload, 'codec', 'packetsSent', 'packetsReceived', 'packetsLost', 'jitterMs', 'mos');
    const end = say(
      `ended by ${String(endedBy)}: ${String(status)} ${String(reason)}`,
      figures,
      isGood ? 'info' : 'warn',
    );
    return [...end, ...(Array.isArray(why) ? why.flatMap(reasonOf) : [])];
  },
  // A key may be of a PIN.
  dtmf: (payload) => say('a key was pressed', some(payload, 'source', 'durationMs')),
  'call.quality': (payload) => {
    const { mos } = payload;
    const names = ['mos', 'packetsLost', 'packetsLate', 'jitterMs', 'roundTripMs', 'playoutDelayMs'];
    // Every few seconds: only what somebody hears.
    return typeof mos === 'number' && mos < 3.6 ? say('it sounds bad', some(payload, ...names), 'warn') : [];
  },
  quality: (payload) =>
    say('the media stream ended', some(payload, 'packetsSent', 'packetsReceived', 'packetsLost', 'mos')),
  'conference.joined': (payload) => say('entered a room', some(payload, 'room', 'participants')),
  'conference.left': (payload) => say('left a room', some(payload, 'room', 'participants')),
  'conference.muted': (payload) => say(payload['muted'] === true ? 'muted' : 'unmuted', some(payload, 'room')),
  'message.received': (payload) => say('a MESSAGE came in', some(payload, 'contentType', 'source')),
};

function reasonOf(why: DiValue): Sentence[] {
  if (!isRecord(why)) return [];
  const { code, sentence, cause, next } = why;
  return say(`because: ${String(sentence)}`, { code, ...(cause ? { cause } : {}), ...(next ? { next } : {}) });
}

/** The sentences for an event with a call; of one that is not known here its name and plain members. */
export function sentenceOf(name: string, payload: DiStruct): readonly Sentence[] {
  const teller = Object.hasOwn(tellers, name) ? tellers[name] : undefined;
  if (teller !== undefined) return teller(payload);
  const { call: _, trace: __, key: ___, ...others } = payload;
  return say(name, others);
}
