/** One subscriber's registration: what it is told to do, one thing at a time, and what became of it. */
import {
  accountOptions,
  type CallEngine,
  type Clock,
  type Registration,
  type RegistrationChange,
  type RegistrationStatus,
  registrationChange,
  type Timer,
} from '../../core/index.ts';
import type { DbRegAgentConfig } from './config.ts';
import type { Subscriber } from './subscriber.ts';

export interface AccountParts {
  readonly calls: Pick<CallEngine, 'register'>;
  readonly clock: Clock;
  readonly config: DbRegAgentConfig;
  /** Every outcome but the de-registration's; null: a refresh failed while the binding stands. */
  onChange(account: Account, change: RegistrationChange | null, status: RegistrationStatus): void;
}

export class Account {
  readonly subscriber: Subscriber;
  /** When it is refreshed, counted in `RefreshTimes`; null: no refresh is planned. */
  refreshAtMs: number | null = null;
  readonly #registration: Registration;
  readonly #clock: Clock;
  #timer: Timer | null = null;
  #isLeaving = false;

  /** Sends nothing. @throws CodedError `dial.forbidden`, `dial.failed`, `rpc.wrongType`. */
  constructor({ calls, clock, config, onChange }: AccountParts, subscriber: Subscriber) {
    const { user, password, realm } = subscriber;
    this.subscriber = subscriber;
    this.#clock = clock;
    const { contact_hostport: hostPort } = config;
    const contact = subscriber.contact === '' && hostPort !== '' ? `sip:${user}@${hostPort}` : subscriber.contact;
    const account = {
      ...{ domain: realm, user, displayName: user, authUser: user, password },
      ...{ proxy: config.outbound_proxy, contact },
    };
    let last: RegistrationStatus | null = null;
    this.#registration = calls.register({
      ...accountOptions(account, { expiresSeconds: config.expires }),
      schedule: 'owner',
      onChange: (status) => {
        const change = registrationChange(last ?? status, status, clock.unixMs());
        last = status;
        if (!this.#isLeaving) onChange(this, change, status);
      },
    });
  }

  register(): void {
    this.#registration.refresh();
  }

  /** The status code and reason of the registrar. */
  async deregister(): Promise<{ readonly status: number; readonly reason: string }> {
    this.#isLeaving = true;
    this.unplan();
    const { response } = await this.#registration.unregister();
    return { status: response.status, reason: response.reason };
  }

  /** Runs it later, instead of what was planned before. */
  plan(delayMs: number, run: () => void): void {
    this.unplan();
    this.#timer = this.#clock.after(Math.max(0, delayMs), run);
  }

  unplan(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** The registrar keeps our contact, as far as we know. */
  get stands(): boolean {
    return this.#registration.status.state === 'registered';
  }

  /** Nothing more is sent and told; the contact stays at the registrar. */
  drop(): void {
    this.unplan();
    this.#registration.drop();
  }
}
