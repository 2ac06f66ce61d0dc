import {
  accountOptions,
  accountUri,
  type CallEngine,
  type Clock,
  CodedError,
  type DiValue,
  type ModuleContext,
  type OutboundIdentity,
  publishRegistration,
  type RegistrarAccount,
  type Registration,
  type RegistrationChange,
  type RegistrationStatus,
  registrationChange,
} from '../../core/index.ts';
import type { RegistrarClientConfig } from './config.ts';

/** What `createRegistration` is given. */
export interface AccountOrder extends RegistrarAccount {
  readonly handle: string;
  /** Name of a mailbox that gets the events; empty: none. */
  readonly eventSink: string;
}

interface Entry {
  readonly order: AccountOrder;
  readonly registration: Registration;
  /** It was told to go: the registrar's answer is waited for. */
  isLeaving: boolean;
}

/** SEMS's numbers of the states (di-interfaces 5.6). */
export const states = { pending: 0, active: 1, expired: 2 } as const;

/** SEMS's events by what happened: number and name. */
const sinkEvents: { readonly [change in RegistrationChange]: readonly [id: number, name: string] } = {
  registered: [0, 'RegisterSuccess'],
  failed: [1, 'RegisterFailed'],
  removed: [2, 'RegisterNoContact'],
  expired: [3, 'RegisterTimeout'],
  unanswered: [4, 'RegisterSendTimeout'],
};

export interface BookParts extends Pick<ModuleContext<RegistrarClientConfig>, 'config' | 'publish'> {
  readonly calls: Pick<CallEngine, 'register' | 'mailboxes'>;
  readonly clock: Clock;
  /** RFC 5626: the instance of this server; null: without outbound. */
  readonly instanceId: string | null;
}

/** All registrations by handle. */
export class RegistrationBook {
  readonly #parts: BookParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  /**
   * Registers; a registration of the same handle is dropped without a word and replaced.
   * @throws CodedError `module.full`, `dial.forbidden`, `dial.failed`, `rpc.wrongType`.
   */
  create(order: AccountOrder): void {
    const { calls, config } = this.#parts;
    const former = this.#entries.get(order.handle);
    if (former === undefined && this.#entries.size >= config.max_registrations)
      throw new CodedError('module.full', 'modules.registrar_client.max_registrations');
    let last: RegistrationStatus | null = null;
    const registration = calls.register({
      ...accountOptions(order, { expiresSeconds: config.expires_s, outbound: this.#outbound() }),
      onChange: (status) => {
        this.#changed(entry, last ?? status, status);
        last = status;
      },
    });
    const entry: Entry = { order, registration, isLeaving: false };
    former?.registration.drop();
    this.#entries.set(order.handle, entry);
  }

  /** Removes our contact at the registrar, then forgets it. An unknown handle is ignored. */
  remove(handle: string): void {
    const entry = this.#entries.get(handle);
    if (entry === undefined || entry.isLeaving) return;
    entry.isLeaving = true;
    void entry.registration.unregister();
  }

  /** State number and seconds left; null: unknown handle. */
  state(handle: string): readonly [state: number, secondsLeft: number] | null {
    const entry = this.#entries.get(handle);
    if (entry === undefined) return null;
    const { state, expiresAtMs } = entry.registration.status;
    if (entry.isLeaving || state === 'registering') return [states.pending, 0];
    if (state !== 'registered' || expiresAtMs === null) return [states.expired, 0];
    return [states.active, Math.max(0, Math.round((expiresAtMs - this.#parts.clock.unixMs()) / 1000))];
  }

  orders(): readonly AccountOrder[] {
    return [...this.#entries.values()].map(({ order }) => order);
  }

  /** Removes all contacts at their registrars, each within the time that `Registration.stop` gives. */
  async stop(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ registration }) => registration.stop()));
  }

  /** One flow to each registrar. */
  #outbound(): OutboundIdentity | null {
    const { instanceId } = this.#parts;
    return instanceId === null ? null : { instanceId, regId: 1 };
  }

  #changed(entry: Entry, before: RegistrationStatus, status: RegistrationStatus): void {
    const { calls, clock, publish } = this.#parts;
    const { order, registration } = entry;
    if (this.#entries.get(order.handle) !== entry) return;
    const change = registrationChange(before, status, clock.unixMs());
    if (change === null) return;
    if (entry.isLeaving && change === 'removed') {
      this.#entries.delete(order.handle);
      registration.drop();
    }
    const { handle, eventSink } = order;
    publishRegistration(publish, { handle, account: accountUri(order) }, change, status);
    if (eventSink === '') return;
    const [id, event] = sinkEvents[change];
    const data: DiValue = { id, event, handle, code: status.status, reason: status.reason };
    calls.mailboxes.post(eventSink, { kind: 'posted', name: 'registration', data });
  }
}
