/** SEMS's way: a NOTIFY out of the blue to a server that tells the phones (applications 7.6). */
import { type CallEngine, CodedError, type Counter, type Log, parseUri } from '../../core/index.ts';
import { accountUri, type Counts, summary } from './summary.ts';

/** NOTIFYs without an answer; more are left out, as a later one tells the same. */
const maxUnderWay = 1000;

export class PresenceServer {
  readonly #calls: CallEngine;
  readonly #log: Log;
  readonly #outcomes: Counter;
  readonly #place: string;
  #underWay = 0;

  constructor(parts: { readonly calls: CallEngine; readonly log: Log; readonly outcomes: Counter }, place: string) {
    this.#calls = parts.calls;
    this.#log = parts.log;
    this.#outcomes = parts.outcomes;
    this.#place = place;
  }

  /** @throws CodedError `dial.forbidden`, `dial.failed`. */
  tell(domain: string, user: string, counts: Counts): void {
    if (this.#underWay >= maxUnderWay) {
      this.#outcomes.add(1, { outcome: 'leftOut' });
      return;
    }
    const account = accountUri(user, domain);
    if (parseUri(account) === null)
      throw new CodedError('dial.failed', `${JSON.stringify(account.slice(0, 200))} is no SIP URI`);
    const [host] = this.#place.split(';');
    const sent = this.#calls.request({
      method: 'NOTIFY',
      requestUri: account,
      from: `<sip:mwi-publisher@${host}>`,
      to: `<${account}>`,
      // Loose routing: the Request-URI stays the user's (RFC 3261 16.12).
      outboundProxy: `<sip:${this.#place};lr>`,
      headers: [
        ['Event', 'message-summary'],
        ['Subscription-State', 'active'],
      ],
      contact: ({ sentBy, transport }) =>
        `<sip:mwi-publisher@${sentBy}${transport === 'udp' ? '' : `;transport=${transport}`}>`,
      // SEMS says the same numbers again in the brackets, and servers that know SEMS read them.
      body: summary(account, counts, counts),
    });
    this.#underWay++;
    void sent
      .then(({ response: { status } }) => {
        this.#outcomes.add(1, { outcome: status < 300 ? 'ok' : 'failed' });
        if (status >= 300) this.#log.warn('the presence server did not take a NOTIFY', { account, status });
      })
      .finally(() => this.#underWay--);
  }
}
