import { type Call, CodedError, type HeaderLine, type ItemId } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { participantStatus } from './participant.ts';
import type { Room } from './room.ts';

export interface DialOutOrder {
  readonly callee: string;
  readonly from: string;
  readonly domain: string;
  readonly authUser: string;
  readonly authPassword: string;
  readonly headers: readonly HeaderLine[];
  readonly calleeDomain: string;
  readonly participantId: string;
  /** Who asks, for the dial rules. */
  readonly origin: string;
}

/** US ringing tone: 440 and 480 Hz, 2 s on, 4 s off (di-interfaces 7.3). */
const ringTone = { frequenciesHz: [440, 480], level: 15000, onMs: 2000, offMs: 4000 };

/** Calls somebody into a room; returns at once. @throws CodedError as `CallEngine.originate`. */
export function dialOut(conference: Conference, room: Room, order: DialOutOrder): Call {
  const target = `sip:${order.callee}@${order.calleeDomain}`;
  return conference.calls.originate({
    application: 'webconference',
    user: room.name,
    from: `sip:${order.from}@${order.domain}`,
    to: target,
    requestUri: target,
    headers: order.headers,
    ...(order.authUser === ''
      ? {}
      : { credentials: { user: order.authUser, password: order.authPassword, realm: '' } }),
    origin: { name: order.origin },
    onCall: (call) => followDialOut(conference, call, room, order),
  });
}

/** The leg's progress in the list (7.4), what the room hears of it, and its entry when answered. */
async function followDialOut(conference: Conference, call: Call, room: Room, order: DialOutOrder): Promise<void> {
  conference.track(call);
  const number = `sip:${order.callee}@${order.calleeDomain}`;
  const leg = conference.admit(call, room, { number, participantId: order.participantId });
  const { connecting, finished, ringing } = participantStatus;
  const set = (status: 1 | 2 | 5, reason: string): void => conference.setStatus(room, leg.participant, status, reason);
  set(connecting, 'INVITE');
  let ringItem: ItemId | null = null;
  let ringsItself = false;
  const stopRinging = (): void => {
    if (ringItem !== null) call.session.media?.removeItem(ringItem);
    ringItem = null;
  };
  call.session.watch((event) => {
    if (event.kind === 'earlyMedia') {
      // The other side's own tones are heard in the room from now on.
      stopRinging();
      ringsItself = true;
      ringItem = call.playItem({ kind: 'room', room: room.name, listenOnly: false }).item;
    }
    if (event.kind !== 'sip') return;
    const sip = event.event;
    if (sip.kind === 'failed') set(finished, `${sip.response.status} ${sip.response.reason}`);
    if (sip.kind !== 'provisional') return;
    const { status, reason } = sip.response;
    set(status === 180 || status === 183 ? ringing : connecting, `${status} ${reason}`);
    if (status === 180 && ringItem === null && !ringsItself && call.session.media !== null)
      ringItem = call.playItem({ kind: 'room', room: room.name, listenOnly: false, tone: ringTone }).item;
  });
  await call.connected;
  stopRinging();
  leg.enter('200 OK');
}

/** Headers that the call itself makes. */
const ownHeaders = new Set(
  'via from to call-id cseq contact max-forwards content-type content-length record-route authorization proxy-authorization v f t i m c l'.split(
    ' ',
  ),
);

/**
 * The `headers` argument of `dialout`: `|` ends a line (di-interfaces 5.2). Empty is allowed.
 * @throws CodedError `rpc.wrongType` for what is no header, or one that the call itself makes.
 */
export function parseHeaders(text: string): HeaderLine[] {
  const lines = text.split(/\r\n|[|\r\n]/).filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const match = /^([A-Za-z0-9.!%*_+`'~-]+)[ \t]*:[ \t]*(.*)$/.exec(line);
    const [, name = '', value = ''] = match ?? [];
    if (match === null || /\p{Cc}/u.test(value.replaceAll('\t', ' ')))
      throw new CodedError('rpc.wrongType', 'headers: expected lines "Name: value" separated by |');
    if (ownHeaders.has(name.toLowerCase()))
      throw new CodedError('rpc.wrongType', `headers: ${name} is made by the call itself`);
    return [name, value];
  });
}
