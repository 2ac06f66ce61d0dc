/** The DNS seam: host names and service records. Real: `real-dns.ts`; simulated: `sim-dns.ts`. */

/** A or AAAA. */
export interface AddressRecord {
  readonly address: string;
  readonly ttlSeconds: number;
}

/** RFC 2782. */
export interface SrvRecord {
  /** Without final dot; '' is the root: the service is not available here. */
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  readonly ttlSeconds: number;
}

/** RFC 3403. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  /** Without final dot. */
  readonly replacement: string;
  readonly ttlSeconds: number;
}

/**
 * Answers of name servers, as unchecked as they came. No such name, no such record: an empty list.
 * All reject with CodedError `dns.failed` when no name server gave an answer.
 */
export interface Dns {
  /** Addresses of `host` as the machine's programs see them, in the order to try; rejects when there are none. */
  lookup(host: string): Promise<readonly string[]>;
  /** A records (4) or AAAA records (6); the machine's hosts file counts as well. */
  addresses(host: string, family: 4 | 6): Promise<readonly AddressRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  naptr(name: string): Promise<readonly NaptrRecord[]>;
}
