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

  /** Nothing is sent any more: who wants to unregister stops each before. */
  close(): void {
    for (const registration of this.#open) registration.abandon();
    this.#open.clear();
  }
}
