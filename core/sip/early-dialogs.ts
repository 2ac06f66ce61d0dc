/**
 * The early dialogs of a forked INVITE (RFC 3261 12.1.2, 13.2.2.4): those beside the one that requests of
 * ours go to. After the 2xx they are the losers, whose own 2xx may still come.
 */
import { contactOf, type DialogData, routeSetOfResponse } from './dialog-data.ts';
import { closePeer, type DialogPeer } from './dialog-peer.ts';
import type { ParsedResponse } from './message.ts';
import type { EarlyDialog } from './types.ts';

const none: readonly DialogPeer[] = [];

export class EarlyDialogs {
  /** The newest last. A plain call has none, and allocates nothing. */
  #others: readonly DialogPeer[] = none;

  get others(): readonly DialogPeer[] {
    return this.#others;
  }

  find(tag: string): DialogPeer | null {
    return this.#others.find(({ leg }) => leg.data.remoteTag === tag) ?? null;
  }

  /** `next` steps out of the row, `current` into it. */
  swap(current: DialogPeer, next: DialogPeer): void {
    this.#others = [...this.#others.filter((other) => other !== next), current];
  }

  remove(peer: DialogPeer): void {
    this.#others = this.#others.filter((other) => other !== peer);
  }

  /** Nothing more is to come of them but a 2xx. */
  close(): void {
    for (const other of this.#others) closePeer(other);
  }

  /** The INVITE is sent anew, and begins without dialogs. */
  clear(): void {
    this.close();
    this.#others = none;
  }

  /** The stack ends: no timer stays. */
  abandon(): void {
    for (const { server, client } of this.#others) {
      server.close({ answer: false, keepRepeating: false });
      client.abandon();
    }
  }
}

/** What the owner sees of it. */
export function earlyDialogOf({ leg: { data } }: DialogPeer): EarlyDialog {
  return { tag: data.remoteTag, remoteTarget: data.remoteTarget };
}

/** Tag, target and route set that a response gives to its dialog (12.1.2). */
export function peerOfResponse(
  response: ParsedResponse,
  requestUri: string,
): Pick<DialogData, 'remoteTag' | 'remoteTarget' | 'routeSet'> {
  return {
    remoteTag: response.toTag,
    remoteTarget: contactOf(response) ?? requestUri,
    routeSet: routeSetOfResponse(response),
  };
}
