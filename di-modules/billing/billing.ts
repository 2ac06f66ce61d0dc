import {
  type CallEngine,
  type Clock,
  type Counter,
  type Counters,
  type DiValue,
  type Log,
  type PublishedEvent,
  type Random,
  secureToken,
} from '../../core/index.ts';
import { type Account, callCostMicro } from './account.ts';
import type { Accounts } from './accounts.ts';
import { answeredAtOf, endingOf, type Labels, labelsOf, openCallOf } from './from-events.ts';
import type { Journal } from './journal.ts';
import { Limiter } from './limiter.ts';
import { mustBeExact } from './money.ts';
import { costMicro, talkSeconds } from './rate.ts';
import { type CallRecord, type OpenCall, recordOf, userOf } from './record.ts';
import type { Entry } from './store.ts';
import type { TariffBook } from './tariff-book.ts';

export interface BillingParts {
  readonly calls: Pick<CallEngine, 'find'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly currency: string;
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly tariffs: TariffBook;
  /** The ledger has an entry of that id. */
  hasEntry(id: string): Promise<boolean>;
  publish(event: string, payload: DiValue): void;
  /** Plays the warning to that call. */
  playWarning(call: string): void;
}

export interface LiveCharge {
  readonly call: string;
  readonly trace: string;
  readonly account: string;
  readonly tariff: string;
  readonly number: string;
  readonly answeredAtMs: number;
  readonly seconds: number;
  readonly costMicro: number;
  readonly currency: string;
}

const noCredit = 'billing.noCredit';

/** Follows the calls by their events: what is open, what it costs, who pays, and the record at its end. */
export class Billing {
  readonly #parts: BillingParts;
  readonly #limiter: Limiter;
  /** Ids of open calls by tag. */
  readonly #ids = new Map<string, string>();
  /** Ids of changes that are being written. */
  readonly #taken = new Set<string>();
  readonly #records: Counter;
  readonly #unknownTariffs: Counter;

  constructor(parts: BillingParts) {
    this.#parts = parts;
    const { clock, counters, journal } = parts;
    this.#records = counters.counter('callbus_billing_records_total', 'Detail records, by what ended the call.');
    this.#unknownTariffs = counters.counter('callbus_billing_unknown_tariff_total', 'Calls whose tariff is not known.');
    this.#limiter = new Limiter({
      clock,
      steadyMs: () => journal.steadyMs(),
      warn: (account, secondsLeft) => this.#warn(account, secondsLeft),
      end: (account, call) => this.#endUnpaid(account, call),
    });
  }

  receive(event: PublishedEvent): void {
    const call = event.payload['call'];
    if (typeof call !== 'string') return;
    if (event.name === 'call.started') this.#started(event);
    else if (event.name === 'call.answered') this.#answered(call, event);
    else if (event.name === 'call.labelled') this.#labelled(call, event);
    else if (event.name === 'call.ended') this.#ended(call, event);
  }

  /** A call that lives and that the journal knows: of a former instance of this module. */
  adopt(open: OpenCall): void {
    this.#ids.set(open.call, open.id);
    this.#parts.journal.keep(open);
    this.#charge(open);
  }

  /** A record of a call that is over, and its charge. */
  close(record: CallRecord): void {
    const { accounts, journal } = this.#parts;
    journal.close(record);
    this.#records.add(1, { cause: record.cause === 'server-crash' ? 'server-crash' : 'end' });
    if (record.account !== null && record.chargeMicro !== 0)
      accounts.kept(record.account).balanceMicro -= record.chargeMicro;
  }

  live(account?: string): readonly LiveCharge[] {
    const { currency, journal } = this.#parts;
    const nowMs = journal.steadyMs();
    return [...journal.openCalls()].flatMap((open): LiveCharge[] => {
      const { answeredAtMs, answeredSteadyMs, call, trace, ruri, tariff } = open;
      if (open.account === null || answeredAtMs === null || answeredSteadyMs === null) return [];
      if (account !== undefined && open.account !== account) return [];
      const seconds = talkSeconds(nowMs - answeredSteadyMs);
      const named = { account: open.account, tariff: tariff ?? '', number: userOf(ruri), answeredAtMs };
      return [{ call, trace, ...named, seconds, costMicro: callCostMicro(open, nowMs), currency }];
    });
  }

  availableMicro(account: Account): number {
    return account.availableMicro(this.#parts.journal.steadyMs());
  }

  /** No change of that id was made or is being made. */
  async isNew(id: string): Promise<boolean> {
    if (this.#taken.has(id) || (await this.#parts.hasEntry(id)) || this.#taken.has(id)) return false;
    this.#taken.add(id);
    return true;
  }

  /** Changes an account's balance; `written` resolves when it is on disk. @throws CodedError `module.full`, `rpc.wrongType`. */
  post(change: {
    readonly account: string;
    readonly kind: Entry['kind'];
    readonly amountMicro: number;
    readonly note?: string | undefined;
    readonly id?: string | undefined;
  }): { readonly account: Account; readonly written: Promise<void> } {
    const { accounts, clock, journal, random } = this.#parts;
    const { kind, amountMicro, note = '' } = change;
    const atMs = Math.round(clock.unixMs());
    const id = change.id ?? `${change.kind}-${atMs}-${secureToken(random, 8)}`;
    const free = (): void => void this.#taken.delete(id);
    let written: Promise<void>;
    try {
      mustBeExact(accounts.guest(change.account).balanceMicro + amountMicro);
      written = journal.post({ id, account: change.account, kind, amountMicro, atMs, note });
    } catch (fault) {
      free();
      throw fault;
    }
    const account = accounts.kept(change.account);
    this.#limiter.settle(account);
    account.balanceMicro += amountMicro;
    this.#limiter.plan(account);
    return { account, written: written.finally(free) };
  }

  /** The limit of that account changed. */
  replan(account: Account): void {
    this.#limiter.plan(account);
  }

  settle(account: Account): void {
    this.#limiter.settle(account);
  }

  stop(): void {
    this.#limiter.stop();
  }

  #started({ payload }: PublishedEvent): void {
    const open = openCallOf(payload);
    this.#ids.set(open.call, open.id);
    this.#parts.journal.keep(open);
    // Most calls get their account later, by the application that serves them.
    const refusal = this.#refusal(open);
    if (refusal !== null) this.#refuse(open, refusal);
  }

  #answered(tag: string, { payload, atUnixMs }: PublishedEvent): void {
    const { calls, journal } = this.#parts;
    const known = journal.openCall(this.#ids.get(tag) ?? '');
    if (known === null || known.answeredAtMs !== null) return;
    const call = calls.find(tag);
    const labels: Labels = call === null ? known : labelsOf({ ...call.labels });
    const answeredAtMs = answeredAtOf(payload) ?? atUnixMs;
    const answeredSteadyMs = Math.round(journal.steadyMs());
    let open: OpenCall = this.#rated(
      { ...known, account: labels.account, tariff: labels.tariff, data: labels.data, answeredAtMs, answeredSteadyMs },
      answeredAtMs,
    );
    const refusal = this.#refusal(open);
    if (refusal !== null) open = { ...open, cap: { talkMs: 0, micro: 0 } };
    journal.keep(open);
    this.#charge(open);
    if (refusal !== null) this.#refuse(open, refusal);
  }

  /** Who pays from its answer on is another now: the call is held to what that account may spend. */
  #labelled(tag: string, { payload }: PublishedEvent): void {
    const { accounts, journal } = this.#parts;
    const known = journal.openCall(this.#ids.get(tag) ?? '');
    if (known === null || known.answeredAtMs === null) return;
    const labels = labelsOf(payload);
    const former = accounts.find(known.account ?? '');
    if (former !== null) this.#limiter.settle(former);
    // What the former account could not pay is ended already.
    if ((former?.calls.get(known.id) ?? known).cap !== null) return;
    const isSame = known.account === labels.account && known.tariff === (labels.tariff ?? known.tariff);
    const open: OpenCall = isSame
      ? { ...known, data: labels.data }
      : this.#rated({ ...known, ...labels, rate: null }, known.answeredAtMs);
    const refusal = isSame ? null : this.#refusal(open);
    if (refusal !== null) {
      this.#refuseLabels(known, open, refusal);
      return;
    }
    former?.calls.delete(known.id);
    journal.keep(open);
    this.#charge(open);
    if (former !== null) this.#changed(former);
  }

  /** Who paid until now pays until now; the call is over. */
  #refuseLabels(known: OpenCall, wanted: OpenCall, refusal: string): void {
    const { accounts, journal } = this.#parts;
    const nowMs = journal.steadyMs();
    const talkMs = Math.floor(nowMs - (known.answeredSteadyMs ?? nowMs));
    const capped: OpenCall =
      known.account === null
        ? { ...wanted, cap: { talkMs: 0, micro: 0 } }
        : { ...known, cap: { talkMs, micro: callCostMicro(known, nowMs) } };
    const payer = accounts.find(known.account ?? '');
    payer?.calls.set(capped.id, capped);
    journal.keep(capped);
    if (payer !== null) this.#limiter.plan(payer);
    this.#refuse(wanted, refusal);
  }

  #ended(tag: string, { payload }: PublishedEvent): void {
    const { currency, journal } = this.#parts;
    const seen = openCallOf(payload);
    const known = journal.openCall(this.#ids.get(tag) ?? '');
    this.#ids.delete(tag);
    const { open, talkMs } = this.#atEnd(known, seen, payload);
    const payer =
      known?.account === undefined || known.account === null ? null : this.#parts.accounts.find(known.account);
    if (payer !== null) this.#limiter.settle(payer);
    // The limiter may have capped it just now.
    const cap = payer?.calls.get(open.id)?.cap ?? open.cap;
    const record = recordOf({ ...open, cap }, endingOf(payload, talkMs), currency);
    payer?.calls.delete(open.id);
    this.close(record);
    for (const name of new Set([known?.account, record.account])) {
      const account = this.#parts.accounts.find(name ?? '');
      if (account !== null) this.#changed(account);
    }
  }

  /** With the labels that it has now: a call that was given another account or tariff is charged by that. */
  #atEnd(known: OpenCall | null, seen: OpenCall, payload: PublishedEvent['payload']) {
    const answeredAtMs = answeredAtOf(payload);
    if (answeredAtMs === null) return { open: seen, talkMs: 0 };
    const nowMs = this.#parts.journal.steadyMs();
    const endedAtMs = Number(payload['endedAtMs']);
    const talkMs = Math.max(
      0,
      Math.floor(known?.answeredSteadyMs == null ? endedAtMs - answeredAtMs : nowMs - known.answeredSteadyMs),
    );
    const answered = { ...seen, answeredAtMs, answeredSteadyMs: nowMs - talkMs };
    // Its charge is settled: it was being ended when it got other labels, or by these.
    if (known !== null && known.answeredAtMs !== null && known.cap !== null) {
      const { account, tariff, rate, cap } = known;
      return { open: { ...answered, account, tariff, rate, cap }, talkMs };
    }
    const isSame = known !== null && known.account === seen.account && known.tariff === (seen.tariff ?? known.tariff);
    if (isSame && known.answeredAtMs !== null)
      return { open: { ...answered, tariff: known.tariff, rate: known.rate, cap: known.cap }, talkMs };
    return { open: this.#rated(answered, answeredAtMs), talkMs };
  }

  #rated(open: OpenCall, answeredAtMs: number): OpenCall {
    const choice = this.#parts.tariffs.rateOf(open, answeredAtMs);
    if (choice.kind === 'rate') return { ...open, tariff: choice.name, rate: choice.rate };
    if (choice.kind === 'unknown') {
      this.#unknownTariffs.add();
      this.#parts.log.warn('billing: a call has a tariff that there is not', { call: open.call, tariff: choice.name });
    }
    return open;
  }

  /** Why the call may not begin, or null. */
  #refusal(call: OpenCall): string | null {
    const { accounts, clock, journal, tariffs } = this.#parts;
    if (call.account === null) return null;
    const account = accounts.guest(call.account);
    if (account.limit.floorMicro === null) return null;
    const choice = tariffs.rateOf(call, clock.unixMs());
    if (choice.kind === 'unknown') return `there is no tariff ${choice.name}`;
    if (choice.kind === 'none') return null;
    this.#limiter.settle(account);
    // What it has cost until now is that account's too.
    const talkMs = call.answeredSteadyMs === null ? 0 : journal.steadyMs() - call.answeredSteadyMs;
    const firstMicro = costMicro(choice.rate, Math.max(1, talkMs));
    const isFree = firstMicro === 0 && choice.rate.perMinuteMicro === 0;
    const availableMicro = account.availableMicro(journal.steadyMs());
    return isFree || (availableMicro >= firstMicro && availableMicro > 0)
      ? null
      : 'the credit does not pay its beginning';
  }

  #refuse(open: OpenCall, reason: string): void {
    // Not in the middle of the event of its own start.
    this.#parts.clock.after(0, () => this.#end(open, 402, reason));
  }

  #endUnpaid(_account: Account, call: OpenCall): void {
    this.#parts.journal.keep(call);
    this.#end(call, 402, 'the credit is used up');
  }

  #end({ account, call }: OpenCall, status: number, reason: string): void {
    const { calls, publish } = this.#parts;
    const found = calls.find(call);
    if (found === null) return;
    publish('billing.exhausted', { account: account ?? '', call, reason });
    // The sentence goes to the device (RFC 3326), the account does not.
    const sentence = `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`;
    const why = { code: noCredit, sentence, cause: `billing.limit of account ${account ?? ''}` };
    found.session.end({ status, reason: 'Payment Required', why });
  }

  #warn(account: Account, secondsLeft: number): void {
    const calls = [...account.calls.values()].filter(({ cap }) => cap === null).map(({ call }) => call);
    this.#parts.publish('billing.warning', { account: account.name, secondsLeft, calls });
    for (const call of calls) this.#parts.playWarning(call);
  }

  /** Takes part in what its account spends, from its answer on. */
  #charge(open: OpenCall): void {
    if (open.account === null || open.rate === null || open.answeredSteadyMs === null) return;
    const account = this.#parts.accounts.of(open.account);
    account.calls.set(open.id, open);
    this.#limiter.plan(account);
  }

  #changed(account: Account): void {
    if (account.calls.size > 0) {
      this.#limiter.plan(account);
      return;
    }
    this.#limiter.forget(account);
    this.#parts.accounts.release(account);
  }
}
