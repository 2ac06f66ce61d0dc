import type { SqlRow, SqlValue } from '../../core/index.ts';

/** SEMS's column `registration_status` (di-interfaces 5.7). */
export const statuses = { inactive: 0, pending: 1, active: 2, failed: 3, removed: 4, toBeRemoved: 5 } as const;

export interface Subscriber {
  readonly id: number;
  readonly user: string;
  readonly password: string;
  /** The domain of the account, and where its registrar is. */
  readonly realm: string;
  /** Empty: `contact_hostport`, else our own address. */
  readonly contact: string;
}

/** A row of the joined query. */
export interface SubscriberRow extends Subscriber {
  readonly status: number;
  /** Unix time, ms; null: never. */
  readonly expiresAtMs: number | null;
  readonly registeredAtMs: number | null;
}

/** Null: no subscriber, because the id is no number, or user or realm are missing. */
export function subscriberOf(row: SqlRow, readContact: boolean): SubscriberRow | null {
  const id = Number(row['subscriber_id'] ?? Number.NaN);
  const [user, realm] = [textOf(row['user']), textOf(row['realm'])];
  if (!Number.isSafeInteger(id) || user === '' || realm === '') return null;
  return {
    id,
    user,
    realm,
    password: textOf(row['pass']),
    contact: readContact ? textOf(row['contact']) : '',
    status: Number(row['registration_status'] ?? statuses.inactive),
    expiresAtMs: timeOf(row['expiry']),
    registeredAtMs: timeOf(row['last_registration']),
  };
}

const textOf = (value: SqlValue | undefined): string => (value === null || value === undefined ? '' : String(value));

/** A DATETIME as SEMS writes it: `2026-01-31 23:59:59`, in UTC. */
export const sqlTime = (unixMs: number): string => new Date(unixMs).toISOString().slice(0, 19).replace('T', ' ');

function timeOf(value: SqlValue | undefined): number | null {
  const parsed = typeof value === 'string' ? Date.parse(`${value.slice(0, 19).replace(' ', 'T')}Z`) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
