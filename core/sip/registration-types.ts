/** The face of a registration of ours at a registrar. */
import type { Endpoint } from '../runtime/index.ts';
import type { ContactBinding, OutboundIdentity, RegisteredContact } from './registration-contacts.ts';
import type { Credentials, HeaderLine, RequestOutcome } from './types.ts';

export interface RegisterOptions {
  /** Request-URI: the domain of the registrar without a user (RFC 3261 10.2), for example `sip:example.org`. */
  readonly registrar: string;
  /** The address of record as To value, and From value unless `from` is given: `"Joe" <sip:joe@example.org>`. */
  readonly addressOfRecord: string;
  /** Third-party registration: who registers. */
  readonly from?: string;
  /** Default: one contact, our own address. */
  readonly contacts?: readonly ContactBinding[];
  /** User part of our own contact; default: that of the address of record. */
  readonly contactUser?: string;
  /** Asked for; the registrar decides. Default 3600. */
  readonly expiresSeconds?: number;
  /** RFC 5626. The registrar finds the binding by instance and flow instead of by URI. */
  readonly outbound?: OutboundIdentity;
  readonly headers?: readonly HeaderLine[];
  readonly credentials?: Credentials | readonly Credentials[];
  /** As in `InviteOptions`. */
  readonly nextHop?: string;
  readonly outboundProxy?: string;
  readonly listener?: string;
  admitTarget?(target: Endpoint): boolean;
  /** Obey a 3xx, at most five times. Default false: whoever answers could send us anywhere. */
  readonly followRedirects?: boolean;
  /** Try again after a failure (RFC 5626 4.5). Default true. */
  readonly retry?: boolean;
  /**
   * `owner`: nothing is sent but by `refresh`, `unregister` and `query`, not even at first; whoever keeps a schedule
   * of its own. Default `auto`.
   */
  readonly schedule?: 'auto' | 'owner';
  readonly callId?: string;
  /** CSeq of the first REGISTER. Default 1. */
  readonly firstCseq?: number;
  /** Every change, in order; never within `register` itself. */
  onChange?(status: RegistrationStatus): void;
}

/**
 * `registering`: the first REGISTER is under way; `registered`: the binding stands, also while a
 * refresh is under way or fails for want of an answer; `failed`: it does not; `unregistered`: it was
 * removed, by us or by the registrar.
 */
export type RegistrationState = 'registering' | 'registered' | 'failed' | 'unregistered';

export interface RegistrationStatus {
  readonly state: RegistrationState;
  /** Wall clock; null unless registered. */
  readonly expiresAtMs: number | null;
  /** Wall clock of the next attempt after a failure; null: none. */
  readonly retryAtMs: number | null;
  /** Of the newest final response; 0 before there was one. */
  readonly status: number;
  readonly reason: string;
  /** `response`: a peer sent it. */
  readonly cause: RequestOutcome['cause'];
  /** All contacts of the address of record, as the registrar told. */
  readonly contacts: readonly RegisteredContact[];
  /** Route values for our requests of this address of record (RFC 3608). */
  readonly serviceRoute: readonly string[];
  /** The registrar keeps the flow (RFC 5626: Require: outbound). */
  readonly outbound: boolean;
}

export interface Registration {
  readonly status: RegistrationStatus;
  /** REGISTER now instead of when it is due. */
  refresh(): void;
  /** Removes our contacts, or all of the address of record, and stays so until `refresh`. */
  unregister(options?: { readonly all?: boolean }): Promise<RequestOutcome>;
  /** Asks for the contacts of the address of record without a change; null: no 2xx came. */
  query(): Promise<readonly RegisteredContact[] | null>;
  /**
   * The end: removes our contacts if they stand, within `limitMs` (default 4000). Idempotent; no
   * change is told afterwards.
   */
  stop(limitMs?: number): Promise<void>;
  /** The end without a word: the contacts stay until they expire. Idempotent; no change is told afterwards. */
  drop(): void;
}
