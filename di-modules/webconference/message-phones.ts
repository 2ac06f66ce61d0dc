import type { Call, SipResponse } from '../../core/index.ts';

/** What is known of a phone: takes MESSAGE, does not, or has to be asked. */
type Takes = 'yes' | 'no' | 'unknown';

interface Phone {
  takes: Takes;
  /** Texts that wait; they go one after the other, as they were said. */
  waiting: number;
  last: Promise<void>;
  /** Answers in a row that said nothing about MESSAGE: no answer, overload. */
  failures: number;
}

const mostWaiting = 20;
const mostFailures = 3;
/** Answers that say that it never will (RFC 3261 21.4). */
const refusals: ReadonlySet<number> = new Set([404, 405, 406, 415, 420, 488, 489, 501, 603, 606]);

/**
 * Chat to phones, as MESSAGE in the dialog of their call (RFC 3428). Who names MESSAGE in Allow gets it; who has an
 * Allow without it does not; who says nothing is asked by OPTIONS (RFC 3261 11), once a call. A refusal is remembered.
 */
export class MessagePhones {
  readonly #phones = new WeakMap<Call, Phone>();

  /** Sends it when what was said before is through; what cannot be sent is left out. Never rejects. */
  send(call: Call, text: string): Promise<void> {
    const phone = this.#phoneOf(call);
    if (phone.takes === 'no' || phone.waiting >= mostWaiting) return Promise.resolve();
    phone.waiting++;
    phone.last = phone.last.then(() => deliver(call, phone, text)).finally(() => phone.waiting--);
    return phone.last;
  }

  #phoneOf(call: Call): Phone {
    let phone = this.#phones.get(call);
    if (phone === undefined) {
      phone = { takes: 'unknown', waiting: 0, last: Promise.resolve(), failures: 0 };
      this.#phones.set(call, phone);
    }
    return phone;
  }
}

async function deliver(call: Call, phone: Phone, text: string): Promise<void> {
  if (call.signal.aborted || call.state !== 'connected') return;
  if (phone.takes === 'unknown') phone.takes = await ask(call);
  if (phone.takes !== 'yes' || call.signal.aborted) return;
  const body = { contentType: 'text/plain;charset=UTF-8', content: new TextEncoder().encode(text) };
  const { status } = await call.session.request('MESSAGE', { body });
  phone.failures = status < 300 ? 0 : phone.failures + 1;
  if (refusals.has(status) || phone.failures >= mostFailures) phone.takes = 'no';
}

async function ask({ direction, session }: Call): Promise<Takes> {
  const { dialog } = session;
  if (dialog.peerAllows('MESSAGE')) return 'yes';
  // RFC 3261 20.5: only the absence of Allow says nothing.
  if (direction === 'in' && dialog.invite.header('Allow') !== null) return 'no';
  const answer = await session.request('OPTIONS');
  return answer.status < 300 && namesMessage(answer) ? 'yes' : 'no';
}

const namesMessage = (answer: SipResponse): boolean =>
  answer.headers('Allow').some((line) => line.split(',').some((method) => method.trim() === 'MESSAGE'));
