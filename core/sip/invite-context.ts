/** Which dialog of ours the Replaces or Join of a new INVITE names (RFC 3891 3, RFC 3911 4). */
import type { ParsedRequest } from './message.ts';
import { namedDialog } from './replaces.ts';
import type { SipCore } from './sip-core.ts';
import type { StatelessResponse } from './stateless.ts';
import type { InviteContext } from './types.ts';

const nothing: InviteContext = { replaces: null, join: null };

/** The dialog, or the refusal. `passesOn`: the owner sends on what names none of ours. */
export function inviteContext(
  { dialogs }: Pick<SipCore, 'dialogs'>,
  invite: ParsedRequest,
  passesOn: () => boolean,
): InviteContext | StatelessResponse {
  const named = namedDialog(invite);
  if (named.kind === 'none') return nothing;
  if (named.kind === 'bad') return { status: 400, reason: named.why };
  const { callId, toTag, fromTag, earlyOnly } = named.reference;
  const dialog = dialogs.findByIds(callId, toTag, fromTag);
  // "If no match is found, the UAS rejects the INVITE and returns a 481".
  if (dialog === null) return passesOn() ? nothing : { status: 481 };
  // "If the Replaces header field matches a confirmed dialog … already terminated … 603 Declined".
  if (dialog.state === 'terminated') return { status: 603 };
  // "If the Replaces header field matches an early dialog that was not initiated by this UA, it returns a 481".
  if (dialog.state !== 'confirmed' && dialog.role === 'callee') return { status: 481 };
  if (named.kind === 'join') return { replaces: null, join: dialog };
  // "if the early-only flag is present … the UA returns a 486 Busy" for a confirmed dialog.
  if (earlyOnly && dialog.state === 'confirmed') return { status: 486 };
  return { replaces: { dialog, earlyOnly }, join: null };
}
