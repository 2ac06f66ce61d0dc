/** What dialogs and request handling need of the stack that owns them. */
import type { Log, Seams } from '../runtime/index.ts';
import type { Blacklist } from './blacklist.ts';
import type { Capabilities } from './capabilities.ts';
import type { SipConfig } from './config.ts';
import type { SipCounters } from './counters.ts';
import type { DialogTable } from './dialog-table.ts';
import type { Overload } from './overload.ts';
import type { Resolver } from './resolver.ts';
import type { SubscriptionTable } from './subscription-table.ts';
import type { MessageTrace } from './trace.ts';
import type { TransactionLayer } from './transaction-layer.ts';
import type { Transports } from './transports.ts';

export interface SipCore {
  readonly seams: Seams;
  readonly config: SipConfig;
  readonly counters: SipCounters;
  readonly log: Log;
  readonly transports: Transports;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogTable;
  readonly subscriptions: SubscriptionTable;
  readonly resolver: Resolver;
  readonly blacklist: Blacklist;
  readonly capabilities: Capabilities;
  readonly overload: Overload;
  readonly trace: MessageTrace;
  /** A branch that nobody can guess (8.1.1.7). */
  newBranch(): string;
  /** At least 96 random bits (RFC 3261 19.3 asks for 32). */
  newTag(): string;
}
