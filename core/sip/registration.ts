/**
 * The client side of REGISTER (RFC 3261 10.2): one address of record at one registrar, refreshed
 * before it expires, tried again when it fails, registered anew when its connection is lost.
 */
import type { Timer } from '../runtime/index.ts';
import { Authorizer } from './auth-retry.ts';
import { splitHeaderList } from './grammar.ts';
import { parseContacts, parseNameAddress } from './name-address.ts';
import {
  type ContactChannel,
  contactHeader,
  flowTimer,
  minExpires,
  ownContactUri,
  type RegisteredContact,
  registeredContacts,
} from './registration-contacts.ts';
import { keepAliveMs, refreshDelayMs, retryAfterSeconds, retryDelayMs } from './registration-schedule.ts';
import type { RegisterOptions, Registration, RegistrationStatus } from './registration-types.ts';
import type { SipCore } from './sip-core.ts';
import type { HeaderLine, OutgoingRequest, RequestOutcome, SipResponse } from './types.ts';
import { uriEquals } from './uri-equals.ts';

export interface RegistrationParts {
  readonly core: SipCore;
  request(options: OutgoingRequest): Promise<RequestOutcome>;
  /** `stop` was called: nothing more comes of it. */
  onStopped(registration: SipRegistration): void;
}

/** Both a 423 and a 3xx lead to another REGISTER at once; so often in a row. */
const MAX_REPETITIONS = 5;
const DEFAULT_EXPIRES_S = 3600;
const STOP_LIMIT_MS = 4000;

type Task = 'register' | 'remove' | 'removeAll' | 'query';

export class SipRegistration implements Registration {
  readonly #parts: RegistrationParts;
  readonly #options: RegisterOptions;
  readonly #auth: Authorizer;
  readonly #callId: string;
  readonly #fromTag: string;
  #status: RegistrationStatus = unknown;
  #registrar: string;
  #cseq: number;
  readonly #expiresSeconds: number;
  /** Min-Expires of the newest 423: no contact is registered for less. */
  #leastSeconds = 0;
  #failures = 0;
  /** The contacts of the newest REGISTER, in the order of the bindings. */
  #ownUris: readonly string[] = [];
  #timer: Timer | null = null;
  #expiry: Timer | null = null;
  #stopWatching: () => void = () => {};
  /** "UAs MUST NOT send a new registration … until they have received a final response" (10.2). */
  #tail: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(parts: RegistrationParts, options: RegisterOptions) {
    const { core } = parts;
    this.#parts = parts;
    this.#options = options;
    const { credentials, callId, firstCseq = 1, expiresSeconds = DEFAULT_EXPIRES_S, registrar } = options;
    this.#auth = new Authorizer(credentials === undefined ? [] : [credentials].flat(), core.seams.random);
    // "A UA SHOULD use the same Call-ID for all registrations" (10.2).
    this.#callId = callId ?? core.newTag();
    this.#fromTag = core.newTag();
    this.#registrar = registrar;
    this.#cseq = firstCseq - 1;
    this.#expiresSeconds = expiresSeconds;
    if (options.schedule === 'owner') this.#status = { ...unknown, state: 'unregistered' };
    else this.refresh();
  }

  get status(): RegistrationStatus {
    return this.#status;
  }

  refresh(): void {
    if (this.#stopped !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
    void this.#enqueue(() => this.#register());
  }

  unregister({ all = false }: { readonly all?: boolean } = {}): Promise<RequestOutcome> {
    this.#rest();
    return this.#enqueue(async () => {
      const outcome = await this.#send(all ? 'removeAll' : 'remove');
      // Whatever the answer: we let go of it, and it runs out.
      this.#rest();
      this.#change({ ...told(outcome), state: 'unregistered', expiresAtMs: null, retryAtMs: null });
      return outcome;
    });
  }

  query(): Promise<readonly RegisteredContact[] | null> {
    return this.#enqueue(async () => {
      const { response } = await this.#send('query');
      return response.status < 300 ? this.#contactsIn(response) : null;
    });
  }

  stop(limitMs: number = STOP_LIMIT_MS): Promise<void> {
    this.#stopped ??= this.#stop(limitMs).finally(() => this.#parts.onStopped(this));
    return this.#stopped;
  }

  drop(): void {
    if (this.#stopped !== null) return;
    this.abandon();
    this.#parts.onStopped(this);
  }

  /** Is it a registration of that address of record (a URI)? */
  isOf(addressOfRecord: string): boolean {
    const own = parseNameAddress(this.#options.addressOfRecord);
    return own !== null && uriEquals(own.uriText, addressOfRecord);
  }

  /** The stack ends: no timer stays. */
  abandon(): void {
    this.#stopped ??= Promise.resolve();
    this.#rest();
  }

  async #stop(limitMs: number): Promise<void> {
    const { state } = this.#status;
    this.#rest();
    if (state !== 'registered' && state !== 'registering') return;
    const removal = this.#enqueue(() => this.#send('remove'));
    await new Promise<void>((resolve) => {
      const limit = this.#parts.core.seams.clock.after(limitMs, resolve);
      void removal.then(() => {
        limit.cancel();
        resolve();
      });
    });
  }

  #enqueue<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(run);
    this.#tail = result.catch(() => {});
    return result;
  }

  async #register(): Promise<void> {
    let outcome = await this.#send('register');
    for (let repeated = 0; repeated < MAX_REPETITIONS && this.#mayRepeat(outcome.response); repeated++) {
      outcome = await this.#send('register');
    }
    if (this.#stopped !== null) return;
    const { response, cause } = outcome;
    if (cause === 'response' && response.status < 300) this.#accepted(outcome);
    else this.#failed(outcome);
  }

  /** 423: "the UAC MAY retry … the expiration interval … equal to or greater than" Min-Expires (10.2.8). */
  #mayRepeat(response: SipResponse): boolean {
    if (this.#stopped !== null) return false;
    if (response.status === 423) {
      const least = minExpires(response);
      if (least === null || least <= this.#leastSeconds) return false;
      this.#leastSeconds = least;
      return true;
    }
    if (response.status < 300 || response.status >= 400 || this.#options.followRedirects !== true) return false;
    const contacts = parseContacts(response.headers('contact'));
    const target = contacts === null || contacts === '*' ? undefined : contacts[0];
    if (target === undefined || !target.uri.scheme.startsWith('sip')) return false;
    this.#registrar = target.uriText;
    return true;
  }

  #accepted(outcome: RequestOutcome): void {
    const { response, flow } = outcome;
    const { clock, random } = this.#parts.core.seams;
    this.#rest();
    const contacts = this.#contactsIn(response);
    const expiresSeconds = Math.min(...contacts.filter(({ ours }) => ours).map((each) => each.expiresSeconds));
    if (!Number.isFinite(expiresSeconds) || expiresSeconds <= 0) {
      // The registrar keeps nothing of ours: that is the state of one who never registered.
      this.#retry(response, { ...told(outcome), state: 'unregistered', contacts });
      return;
    }
    this.#failures = 0;
    this.#timer = this.#isOwners
      ? null
      : clock.after(refreshDelayMs(expiresSeconds, random.fraction()), () => this.refresh());
    this.#expiry = clock.after(expiresSeconds * 1000, () => this.#expired());
    const outbound = response.headers('require').flatMap(splitHeaderList).includes('outbound');
    if (flow !== null) this.#watch(flow, outbound || flowTimer(response) !== null ? response : null);
    this.#change({
      ...told(outcome),
      state: 'registered',
      expiresAtMs: clock.unixMs() + expiresSeconds * 1000,
      retryAtMs: null,
      contacts,
      serviceRoute: response.headers('service-route').flatMap(splitHeaderList),
      outbound,
    });
  }

  #failed(outcome: RequestOutcome): void {
    const { status } = outcome.response;
    const { state, expiresAtMs } = this.#status;
    // Nobody said that the binding is gone: it stands until it expires.
    const stands = state === 'registered' && (outcome.cause !== 'response' || status === 408 || status >= 500);
    if (stands) this.#retry(outcome.response, { ...told(outcome), state, expiresAtMs });
    else {
      this.#rest();
      this.#retry(outcome.response, { ...told(outcome), state: 'failed' });
    }
  }

  #retry(response: SipResponse, status: Partial<RegistrationStatus>): void {
    const { clock, random } = this.#parts.core.seams;
    const again = !this.#isOwners && (this.#options.retry ?? true);
    const wantedSeconds = retryAfterSeconds(response.header('retry-after'));
    const delayMs = retryDelayMs(this.#failures, wantedSeconds, random.fraction());
    this.#failures++;
    this.#timer?.cancel();
    this.#timer = again ? clock.after(delayMs, () => this.refresh()) : null;
    this.#change({ expiresAtMs: null, ...status, retryAtMs: again ? clock.unixMs() + delayMs : null });
  }

  #expired(): void {
    this.#expiry = null;
    this.#change({ state: 'failed', expiresAtMs: null, contacts: [] });
  }

  /** A lost connection is a binding that reaches nobody (RFC 5626 4.4): register at once. */
  #watch(flow: NonNullable<RequestOutcome['flow']>, outbound: SipResponse | null): void {
    const { core } = this.#parts;
    const channel = core.transports.answerChannel(flow);
    // Once: the next 2xx watches its flow, and the back-off of failures stands.
    const lost = (): void => {
      this.#unwatch();
      this.refresh();
    };
    const stopWatching = channel?.onLost(lost);
    if (outbound === null) {
      this.#stopWatching = stopWatching ?? (() => {});
      return;
    }
    // RFC 5626 4.4: with a Flow-Timer "the UA MUST send its keep-alives at least as frequently as this number".
    const everyMs = keepAliveMs(flow.transport, flowTimer(outbound), core.seams.random.fraction());
    const stopPinging = channel?.keepAlive?.(everyMs, lost);
    this.#stopWatching = () => {
      stopWatching?.();
      stopPinging?.();
    };
  }

  /** No timer and no watch stays. */
  #rest(): void {
    this.#timer?.cancel();
    this.#expiry?.cancel();
    this.#timer = null;
    this.#expiry = null;
    this.#unwatch();
  }

  #unwatch(): void {
    this.#stopWatching();
    this.#stopWatching = () => {};
  }

  #contactsIn(response: SipResponse): readonly RegisteredContact[] {
    const { outbound = null } = this.#options;
    return registeredContacts(response, this.#ownUris, outbound, this.#askedSeconds) ?? [];
  }

  async #send(task: Task): Promise<RequestOutcome> {
    const { addressOfRecord, from = addressOfRecord, headers = [], outbound } = this.#options;
    const { nextHop, outboundProxy, listener, admitTarget } = this.#options;
    const tags = ['path', ...(outbound === undefined ? [] : ['outbound'])];
    const lines: HeaderLine[] = [['Supported', tags.join(', ')]];
    // "UAs MUST NOT use the * Contact … unless the Expires header field is present with a value of 0" (10.2.2).
    if (task !== 'query') lines.push(['Expires', String(task === 'register' ? this.#askedSeconds : 0)]);
    const outcome = await this.#parts.request({
      method: 'REGISTER',
      requestUri: this.#registrar,
      from,
      to: addressOfRecord,
      fromTag: this.#fromTag,
      callId: this.#callId,
      cseq: this.#cseq + 1,
      headers: [...lines, ...headers],
      authorizer: this.#auth,
      ...(nextHop === undefined ? {} : { nextHop }),
      ...(outboundProxy === undefined ? {} : { outboundProxy }),
      ...(listener === undefined ? {} : { listener }),
      ...(admitTarget === undefined ? {} : { admitTarget: (target) => admitTarget(target) }),
      ...(task === 'query' ? {} : { contact: (channel) => this.#contact(task, channel) }),
    });
    this.#cseq = Math.max(this.#cseq + 1, outcome.cseq);
    return outcome;
  }

  #contact(task: Task, channel: ContactChannel): string {
    if (task === 'removeAll') return '*';
    const { contacts = [{ uri: null }], outbound = null } = this.#options;
    const own = ownContactUri(this.#contactUser(), channel);
    const bindings = contacts.map(({ uri, q, expiresSeconds = this.#expiresSeconds }) => ({
      uri: uri ?? own,
      ...(q === undefined ? {} : { q }),
      expiresSeconds: task === 'remove' ? 0 : Math.max(expiresSeconds, this.#leastSeconds),
    }));
    // What is removed is what was registered, also when our address has changed since.
    if (task === 'remove' && this.#ownUris.length === bindings.length) {
      return contactHeader(
        this.#ownUris.map((uri) => ({ uri, expiresSeconds: 0 })),
        outbound,
      );
    }
    this.#ownUris = bindings.map(({ uri }) => uri);
    return contactHeader(bindings, outbound);
  }

  get #isOwners(): boolean {
    return this.#options.schedule === 'owner';
  }

  get #askedSeconds(): number {
    return Math.max(this.#expiresSeconds, this.#leastSeconds);
  }

  #contactUser(): string {
    return this.#options.contactUser ?? parseNameAddress(this.#options.addressOfRecord)?.uri.user ?? '';
  }

  #change(change: Partial<RegistrationStatus>): void {
    this.#status = { ...this.#status, ...change };
    if (this.#stopped !== null) return;
    const { core } = this.#parts;
    try {
      this.#options.onChange?.(this.#status);
    } catch (fault) {
      core.counters.ownerFaults.add();
      core.log.error('the owner of a registration threw', { fault: String(fault) });
    }
  }
}

const unknown: RegistrationStatus = {
  state: 'registering',
  expiresAtMs: null,
  retryAtMs: null,
  status: 0,
  reason: '',
  cause: 'response',
  contacts: [],
  serviceRoute: [],
  outbound: false,
};

function told({ response, cause }: RequestOutcome): Pick<RegistrationStatus, 'status' | 'reason' | 'cause'> {
  return { status: response.status, reason: response.reason, cause };
}
