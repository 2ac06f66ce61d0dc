import type { SipBody, SipHeaders } from '../sip/index.ts';
import { findBody } from '../sip/index.ts';
import { type HookRefusal, isRefusal, type LegHooks, type LegName, otherLeg } from './leg-hooks.ts';
import type { RelayMedia } from './relay-media.ts';
import { sdpType } from './sdp-body.ts';

/** Something that has a body: a message, or an ACK of which the stack gives body and type. */
export type Carrier = Pick<SipHeaders, 'header'> & { readonly body: Uint8Array };

/** The body of an ACK as the dialog tells it. */
export function ackBody({ body, contentType }: { body: Uint8Array; contentType: string | null }): Carrier {
  return { body, header: (name) => (name === 'Content-Type' ? contentType : null) };
}

export interface CarryOptions {
  readonly hooks: LegHooks;
  /** Null: media go past us. */
  readonly media: RelayMedia | null;
}

/**
 * The body as it goes on to the other leg; null: none. Without a hook for SDP and without a relay it
 * is the same bytes.
 */
export function carryBody(
  carrier: Carrier,
  from: LegName,
  role: 'offer' | 'answer',
  { hooks, media }: CarryOptions,
): SipBody | null | HookRefusal | Promise<SipBody | HookRefusal> {
  const { body } = carrier;
  if (body.length === 0) return null;
  const contentType = carrier.header('Content-Type') ?? sdpType;
  const plain: SipBody = { contentType, content: body };
  if (hooks.onSdp === undefined && media === null) return plain;
  const found = findBody({ body, header: () => contentType }, sdpType);
  if (found === null) return plain;
  const received = Buffer.from(found).toString('utf8');
  const text = hooks.onSdp?.({ to: otherLeg(from), role, text: received }) ?? received;
  if (isRefusal(text)) return text;
  if (media === null) return text === received ? plain : replaced(plain, found, text);
  if (countLines(text) > MAX_RELAYED_LINES) return tooManyLines;
  return media.carry(text, from).then((carried) => (carried === received ? plain : replaced(plain, found, carried)));
}

/** Each line that is relayed takes four of our ports: one message must not take them all. */
const MAX_RELAYED_LINES = 32;
const tooManyLines: HookRefusal = { kind: 'refuse', status: 488, reason: 'Too many media lines' };

function countLines(text: string): number {
  return text.match(/^m=/gm)?.length ?? 0;
}

/** The part `found` of the body (all of it, unless it is multipart) replaced by `text`. */
function replaced({ contentType, content }: SipBody, found: Uint8Array, text: string): SipBody {
  const at = Buffer.from(content.buffer, content.byteOffset, content.length).indexOf(found);
  const before = content.subarray(0, Math.max(at, 0));
  const after = at < 0 ? new Uint8Array(0) : content.subarray(at + found.length);
  return { contentType, content: Buffer.concat([before, Buffer.from(text, 'utf8'), after]) };
}
