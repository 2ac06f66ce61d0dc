/** The dialog with one peer: one for a plain INVITE, one for each fork of a forked one (RFC 3261 12). */
import type { DialogClient } from './dialog-client.ts';
import type { DialogLeg } from './dialog-leg.ts';
import type { DialogServer } from './dialog-server.ts';
import type { ReliableReceiving } from './reliable-receiving.ts';

export interface DialogPeer {
  readonly leg: DialogLeg;
  readonly client: DialogClient;
  readonly server: DialogServer;
  /** Null until a reliable provisional response came. */
  receiving: ReliableReceiving | null;
}

/** An early dialog that is not the one: what waits in it is answered, nothing new is sent. */
export function closePeer({ client, server }: DialogPeer): void {
  server.close({ answer: true, keepRepeating: false });
  client.close();
}
