/** What all transports share. */
import { type Dscp, dscpOf, type Seams } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { SipCounters } from './counters.ts';
import type { Receiver } from './flow.ts';
import type { LocalAddresses } from './local-addresses.ts';
import type { TrustList } from './trust.ts';

export interface TransportContext {
  readonly seams: Seams;
  readonly config: SipConfig;
  readonly counters: SipCounters;
  readonly localAddresses: LocalAddresses;
  readonly trust: TrustList;
  /** Every message passes it, in and out. */
  readonly receiver: Receiver;
}

/** The mark of SIP sockets. */
export const sipMark = ({ config }: TransportContext): Dscp | null => dscpOf(config.dscp, 'sip.dscp', 'cs3');

/** A listener to open. */
export interface ListenerWish {
  readonly address: string;
  readonly port: number;
  readonly name: string | null;
  readonly advertised: string | null;
}
