/** The dialogs of a stack by Call-ID and our tag, which nobody else has (RFC 3261 12). */

import type { SipDialog } from './dialog.ts';
import type { ParsedRequest } from './message.ts';

export class DialogTable {
  readonly #dialogs = new Map<string, SipDialog>();
  /** A dialog is over. */
  onRemoved: (dialog: SipDialog) => void = () => {};

  get size(): number {
    return this.#dialogs.size;
  }

  add(dialog: SipDialog): void {
    this.#dialogs.set(keyOf(dialog.ids.callId, dialog.ids.localTag), dialog);
  }

  remove(dialog: SipDialog): void {
    this.#dialogs.delete(keyOf(dialog.ids.callId, dialog.ids.localTag));
    this.onRemoved(dialog);
  }

  /** The dialog of those ids. A tag of `0` stands for a peer without tag (RFC 3891 3). */
  findByIds(callId: string, localTag: string, remoteTag: string): SipDialog | null {
    const dialog = this.#dialogs.get(keyOf(callId, localTag));
    if (dialog === undefined) return null;
    const own = dialog.ids.remoteTag;
    const early = dialog.earlyDialogs.some(({ tag }) => tag === remoteTag);
    return own === remoteTag || early || (own === '' && remoteTag === '0') ? dialog : null;
  }

  /** The dialog that a request from the peer belongs to: its To tag is ours. The From tag is the dialog's to check. */
  find(request: ParsedRequest): SipDialog | null {
    return this.#dialogs.get(keyOf(request.callId, request.toTag)) ?? null;
  }

  /** Forgets all. */
  close(): void {
    for (const dialog of [...this.#dialogs.values()]) dialog.abandon();
    this.#dialogs.clear();
  }
}

function keyOf(callId: string, localTag: string): string {
  return `${localTag}|${callId}`;
}
