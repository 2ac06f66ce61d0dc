/** Finds the session description in a message's body (RFC 3261 7.4, RFC 5621). */
import { printSdp, type SessionDescription } from '../sdp/index.ts';
import { findBody, mediaType, type SipBody } from '../sip/index.ts';

export type FoundSdp =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly text: string }
  /** A body that we do not understand and must (RFC 3261 8.2.3: 415). */
  | { readonly kind: 'unsupported' };

export const sdpType = 'application/sdp';
const utf8 = new TextDecoder();

/** `body`, if it is a session description, with the `o=` line of `description`. */
export function withOrigin(body: SipBody, description: SessionDescription): SipBody {
  if (mediaType(body.contentType) !== sdpType) return body;
  const line = /^o=.*$/m.exec(printSdp(description))?.[0].trimEnd();
  if (line === undefined) return body;
  const text = utf8.decode(body.content).replace(/^o=[^\r\n]*/m, () => line);
  return { ...body, content: new TextEncoder().encode(text) };
}

/** A body without a type is taken for SDP. */
export function findSdp(message: { header(name: string): string | null; readonly body: Uint8Array }): FoundSdp {
  if (message.body.length === 0) return { kind: 'none' };
  const contentType = message.header('Content-Type') ?? sdpType;
  const found = findBody({ body: message.body, header: () => contentType }, sdpType);
  if (found !== null) return { kind: 'sdp', text: utf8.decode(found) };
  // RFC 5621 5.3: `handling=optional` lets us ignore a body that we do not know.
  const optional = /;\s*handling\s*=\s*optional\b/i.test(message.header('Content-Disposition') ?? '');
  const harmless = optional || /^(?:multipart\/|application\/csta\+xml$)/.test(mediaType(contentType));
  return harmless ? { kind: 'none' } : { kind: 'unsupported' };
}

/** The body of an ACK, whose dialog event carries its type beside it. */
export function findSdpIn(contentType: string | null, body: Uint8Array): FoundSdp {
  return findSdp({ body, header: (name) => (name === 'Content-Type' ? contentType : null) });
}
