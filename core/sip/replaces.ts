/** Replaces (RFC 3891) and Join (RFC 3911): a dialog named by its ids in a header of an INVITE; pure. */
import { parseHeaderParameters } from './header-parameters.ts';
import type { SipHeaders } from './types.ts';
import { escapeUri } from './uri-escape.ts';

/** A dialog as the sender of the header sees it from outside. */
export interface DialogReference {
  readonly callId: string;
  /** Tag of the one who gets the header: its local tag. */
  readonly toTag: string;
  readonly fromTag: string;
  /** Replaces only: `early-only`, the dialog must not be confirmed yet. */
  readonly earlyOnly: boolean;
}

/**
 * `call-id;to-tag=…;from-tag=…[;early-only]`. Both tags are required (RFC 3891 6.1), and so is exactly one
 * value; `early_only` (an old misspelling of SEMS) is read, never written.
 */
export function parseDialogReference(value: string): DialogReference | null {
  const semicolon = value.indexOf(';');
  if (semicolon <= 0) return null;
  const callId = value.slice(0, semicolon).trim();
  if (callId === '' || /[\s,<>"]/.test(callId)) return null;
  const parameters = parseHeaderParameters(value, semicolon);
  const toTag = parameters?.get('to-tag');
  const fromTag = parameters?.get('from-tag');
  if (parameters === null || !toTag || !fromTag) return null;
  return { callId, toTag, fromTag, earlyOnly: parameters.has('early-only') || parameters.has('early_only') };
}

export function printDialogReference({ callId, toTag, fromTag, earlyOnly }: DialogReference): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`;
}

export type NamedDialogs =
  | { readonly kind: 'none' }
  | { readonly kind: 'replaces' | 'join'; readonly reference: DialogReference }
  /** The reason of a 400. */
  | { readonly kind: 'bad'; readonly why: string };

/**
 * What an INVITE names. "If more than one Replaces header field is present in an INVITE, or if a Replaces
 * header field is present in a request other than INVITE, the UAS MUST reject the request with a 400"
 * (RFC 3891 3); Join the same, and both together "MUST" be refused with 400 (RFC 3911 4).
 */
export function namedDialog(invite: SipHeaders): NamedDialogs {
  const replaces = invite.headers('replaces');
  const join = invite.headers('join');
  const count = replaces.length + join.length;
  if (count === 0) return { kind: 'none' };
  if (count > 1) return { kind: 'bad', why: 'More than one Replaces or Join' };
  const kind = replaces.length === 1 ? 'replaces' : 'join';
  const reference = parseDialogReference(replaces[0] ?? join[0] ?? '');
  return reference === null
    ? { kind: 'bad', why: `Malformed ${kind === 'join' ? 'Join' : 'Replaces'} header` }
    : { kind, reference };
}

/** `uri` with a Replaces header in it: the Refer-To of an attended transfer (RFC 5589 7). */
export function uriWithReplaces(uri: string, reference: DialogReference): string {
  const bare = uri.split('?', 1)[0] ?? uri;
  return `${bare}?Replaces=${escapeUri(printDialogReference(reference), /[A-Za-z0-9\-_.!~*'()]/)}`;
}
