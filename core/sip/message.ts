/** Messages as they came in: checked where every reader needs it, lazy everywhere else. */
import type { CSeq } from './header-cseq.ts';
import type { HeaderSection, RangeReader } from './header-section.ts';
import { type Via, viasIn } from './header-via.ts';
import { nameAddressesIn, nameAddressIn } from './name-address.ts';
import type { HeaderLine, NameAddress, SipHeaders, SipRequest, SipResponse, SipUri } from './types.ts';

/** What `parseMessage` read of every message that it let in. */
export interface CommonParts {
  readonly section: HeaderSection;
  /** What the message came in, and where it, its body and its end are in there. */
  readonly received: Uint8Array;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  /** The topmost Via. */
  readonly via: Via;
  /** The lines of From and To, which were found well-formed, and their tags. */
  readonly fromLine: number;
  readonly toLine: number;
  readonly fromTag: string;
  readonly toTag: string;
  readonly callId: string;
  readonly cseq: CSeq;
}

abstract class ParsedHead implements SipHeaders {
  protected readonly parts: CommonParts;
  #body: Uint8Array | null = null;
  #from: NameAddress | null = null;
  #to: NameAddress | null = null;

  constructor(parts: CommonParts) {
    this.parts = parts;
  }

  get section(): HeaderSection {
    return this.parts.section;
  }

  get via(): Via {
    return this.parts.via;
  }

  /** '' when the peer gave none (RFC 2543; 12.1.1: "considered to have a value of null"). */
  get fromTag(): string {
    return this.parts.fromTag;
  }

  get toTag(): string {
    return this.parts.toTag;
  }

  get callId(): string {
    return this.parts.callId;
  }

  get cseq(): CSeq {
    return this.parts.cseq;
  }

  get body(): Uint8Array {
    this.#body ??= this.parts.received.subarray(this.parts.bodyStart, this.parts.end);
    return this.#body;
  }

  /** The whole message, without what followed it in its datagram. */
  get bytes(): Uint8Array {
    return this.parts.received.subarray(this.parts.start, this.parts.end);
  }

  get from(): NameAddress {
    this.#from ??= checked(this.section.read(this.parts.fromLine, nameAddressIn));
    return this.#from;
  }

  get to(): NameAddress {
    this.#to ??= checked(this.section.read(this.parts.toLine, nameAddressIn));
    return this.#to;
  }

  /** All Via values, topmost first; null when one below the top is malformed. */
  get vias(): readonly Via[] | null {
    return valuesOf(this.section, 'via', viasIn);
  }

  /** Record-Route or Route values; null when one is malformed. */
  routes(name: 'route' | 'record-route'): readonly NameAddress[] | null {
    return this.addresses(name);
  }

  /** The values of an address header; null when one is malformed. */
  addresses(name: string): readonly NameAddress[] | null {
    return valuesOf(this.section, name, nameAddressesIn);
  }

  header(name: string): string | null {
    return this.section.header(name);
  }

  headers(name: string): readonly string[] {
    return this.section.headers(name);
  }

  allHeaders(): readonly HeaderLine[] {
    return this.section.allHeaders();
  }
}

export class ParsedRequest extends ParsedHead implements SipRequest {
  readonly kind = 'request';
  readonly method: string;
  readonly uri: string;
  readonly requestUri: SipUri;
  /** Null when the header is absent. */
  readonly maxForwards: number | null;

  constructor(
    parts: CommonParts,
    line: Pick<ParsedRequest, 'method' | 'uri' | 'requestUri'>,
    maxForwards: number | null,
  ) {
    super(parts);
    this.method = line.method;
    this.uri = line.uri;
    this.requestUri = line.requestUri;
    this.maxForwards = maxForwards;
  }

  /** The same request with some of its header lines only; From and To among them. */
  withSection(section: HeaderSection): ParsedRequest {
    return new ParsedRequest({ ...this.parts, section }, this, this.maxForwards);
  }
}

export class ParsedResponse extends ParsedHead implements SipResponse {
  readonly kind = 'response';
  readonly status: number;
  readonly reason: string;

  constructor(parts: CommonParts, line: Pick<ParsedResponse, 'status' | 'reason'>) {
    super(parts);
    this.status = line.status;
    this.reason = line.reason;
  }
}

/** What all lines of one name hold; null when one is malformed. */
function valuesOf<T>(section: HeaderSection, name: string, reader: RangeReader<T[] | null>): T[] | null {
  let values: T[] | null = null;
  for (let line = section.lineOf(name); line >= 0; line = section.lineOf(name, line + 1)) {
    const more = section.read(line, reader);
    if (more === null) return null;
    values = values === null ? more : values.concat(more);
  }
  return values ?? [];
}

/** The parser let nothing in that has no From and To. */
function checked(address: NameAddress | null): NameAddress {
  if (address === null) throw new Error('a message with a malformed From or To was let in');
  return address;
}

/** Statuses that the parser refuses with. */
export type RefusalStatus = 400 | 414 | 416 | 505 | 513;

/** What can be told of a refused request: enough to answer it, as far as it was readable. */
export interface PartialRequest {
  readonly method: string;
  readonly section: HeaderSection;
  /** Null: answer to the address it came from. */
  readonly via: Via | null;
}

/** A message that is not let in. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: RefusalStatus;
  /** The reason phrase of the answer, also for log and counter. */
  readonly why: string;
  /** Null for a response, an ACK, and bytes that are no request: these are dropped, never answered. */
  readonly partial: PartialRequest | null;
}

export type ParsedMessage = ParsedRequest | ParsedResponse;
