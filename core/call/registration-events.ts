/** The bus events of a registration, whichever module owns it. */
import type { Bus } from '../di/index.ts';
import type { RegistrationStatus } from '../sip/index.ts';
import type { RegistrationChange } from './registering.ts';

/** `handle` and `account` (the address of record) name the registration. */
export function publishRegistration(
  publish: Bus['publish'],
  names: { readonly handle: string; readonly account: string },
  change: RegistrationChange,
  { status, reason, cause, expiresAtMs, retryAtMs, contacts }: RegistrationStatus,
): void {
  switch (change) {
    case 'registered':
      publish('registration.registered', {
        ...names,
        status,
        reason,
        expiresAtMs: expiresAtMs ?? 0,
        contacts: contacts.map(({ uri }) => uri),
      });
      return;
    case 'failed':
    case 'unanswered':
      publish('registration.failed', { ...names, status, reason, cause, retryAtMs });
      return;
    case 'expired':
      publish('registration.expired', { ...names, retryAtMs });
      return;
    case 'removed':
      publish('registration.removed', { ...names, status, reason });
      return;
    default:
      change satisfies never;
  }
}
