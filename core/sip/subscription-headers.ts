/** Event and Subscription-State (RFC 6665 8.2), read and printed; pure. */
import { isToken, parseDecimal } from './grammar.ts';
import { parseHeaderParameters } from './header-parameters.ts';

/** An `Event` value: the package, and the id that tells two subscriptions of one dialog apart. */
export interface EventHeader {
  /** Event type without case: `presence`, `message-summary`, `refer`. */
  readonly package: string;
  readonly id: string | null;
}

/** RFC 6665 4.1.3: why a subscription ended. */
export type TerminationReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant';

export type SubscriptionStateName = 'pending' | 'active' | 'terminated';

export interface SubscriptionState {
  readonly state: SubscriptionStateName;
  /** Null: none was given, or one that RFC 6665 does not list. */
  readonly reason: TerminationReason | null;
  readonly expiresSeconds: number | null;
  readonly retryAfterSeconds: number | null;
}

const reasons: ReadonlySet<string> = new Set<TerminationReason>([
  'deactivated',
  'probation',
  'rejected',
  'timeout',
  'giveup',
  'noresource',
  'invariant',
]);

/** Seconds beyond this are cut: no timer runs longer than a day. */
const MAX_SECONDS = 86_400;

/** `package[;id=…]`, or null when it is malformed. */
export function parseEvent(value: string): EventHeader | null {
  const semicolon = value.indexOf(';');
  const name = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  const parameters = semicolon < 0 ? new Map<string, string>() : parseHeaderParameters(value, semicolon);
  return isToken(name) && parameters !== null ? { package: name, id: parameters.get('id') ?? null } : null;
}

export function printEvent({ package: name, id }: EventHeader): string {
  return id === null ? name : `${name};id=${id}`;
}

/** Null when it is malformed or names no state that RFC 6665 knows. */
export function parseSubscriptionState(value: string): SubscriptionState | null {
  const semicolon = value.indexOf(';');
  const name = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  const parameters = semicolon < 0 ? new Map<string, string>() : parseHeaderParameters(value, semicolon);
  if (parameters === null || (name !== 'pending' && name !== 'active' && name !== 'terminated')) return null;
  const reason = parameters.get('reason')?.toLowerCase() ?? '';
  return {
    state: name,
    reason: isReason(reason) ? reason : null,
    expiresSeconds: parseSeconds(parameters.get('expires')),
    retryAfterSeconds: parseSeconds(parameters.get('retry-after')),
  };
}

function isReason(text: string): text is TerminationReason {
  return reasons.has(text);
}

export function printSubscriptionState(state: SubscriptionState): string {
  return [
    state.state,
    ...(state.reason === null ? [] : [`reason=${state.reason}`]),
    ...(state.expiresSeconds === null ? [] : [`expires=${state.expiresSeconds}`]),
    ...(state.retryAfterSeconds === null ? [] : [`retry-after=${state.retryAfterSeconds}`]),
  ].join(';');
}

/** Delta seconds of Expires, Min-Expires, Retry-After; longer than a day is a day. Null when absent or malformed. */
export function parseSeconds(value: string | null | undefined): number | null {
  const digits = /^\s*([0-9]{1,10})/.exec(value ?? '')?.[1];
  const seconds = digits === undefined ? null : parseDecimal(digits, 2 ** 32 - 1);
  return seconds === null ? null : Math.min(seconds, MAX_SECONDS);
}

/**
 * How long to wait before subscribing again (RFC 6665 4.1.3), ms; null: not at all, "the client SHOULD NOT
 * attempt to re-subscribe" (rejected, noresource, invariant). `deactivated` and `timeout`: "SHOULD retry
 * immediately"; `probation`, `giveup` and no reason: after `retry-after`, "any time" without one, which is
 * 30 s here.
 */
export function resubscribeAfterMs({ reason, retryAfterSeconds }: SubscriptionState): number | null {
  if (reason === 'rejected' || reason === 'noresource' || reason === 'invariant') return null;
  if (reason === 'deactivated' || reason === 'timeout') return 0;
  return (retryAfterSeconds ?? 30) * 1000;
}

/** Responses after which a usage is over, whatever its Expires still says (RFC 6665 4.1.2.2, 4.2.2; RFC 5057 5). */
const usageEnders: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

export function endsUsage(status: number): boolean {
  return usageEnders.has(status);
}
