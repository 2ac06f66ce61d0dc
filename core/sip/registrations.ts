/** All registrations of the stack, so that none outlives it. */
import { SipRegistration } from './registration.ts';
import type { RegisterOptions, Registration } from './registration-types.ts';
import type { SipCore } from './sip-core.ts';
import type { OutgoingRequest, RequestOutcome } from './types.ts';

export class Registrations {
  readonly #core: SipCore;
  readonly #request: (options: OutgoingRequest) => Promise<RequestOutcome>;
  readonly #open = new Set<SipRegistration>();

  constructor(core: SipCore, request: (options: OutgoingRequest) => Promise<RequestOutcome>) {
    this.#core = core;
    this.#request = request;
  }

  register(options: RegisterOptions): Registration {
    const parts = {
      core: this.#core,
      request: this.#request,
      onStopped: (stopped: SipRegistration) => this.#open.delete(stopped),
    };
    const registration = new SipRegistration(parts, options);
    this.#open.add(registration);
    return registration;
  }

  /** Service-Route (RFC 3608) of that address of record, as long as a registration of it stands; null: none does. */
  serviceRoute(addressOfRecord: string): readonly string[] | null {
    for (const registration of this.#open) {
      const { state, serviceRoute } = registration.status;
      if (state === 'registered' && registration.isOf(addressOfRecord)) return serviceRoute;
    }
    return null;
  }

  /** Nothing is sent any more: who wants to unregister stops each before. */
  close(): void {
    for (const registration of this.#open) registration.abandon();
    this.#open.clear();
  }
}
