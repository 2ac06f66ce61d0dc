/** What a peer said that it can do: its newest Allow, Supported and Require (RFC 3261 20.5, 20.37, 20.32). */
import { splitHeaderList } from './grammar.ts';
import type { SipHeaders } from './types.ts';

/** Methods that every user agent takes (RFC 3261): no Allow has to name them. */
const always: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS']);

export class PeerAbilities {
  #allow: readonly string[] = [];
  #extensions: readonly string[] = [];

  /** A message without the header says nothing: "the absence of an Allow header field MUST NOT be interpreted". */
  note(message: SipHeaders): void {
    const allow = message.headers('allow');
    if (allow.length > 0) this.#allow = allow;
    const supported = message.headers('supported');
    const required = message.headers('require');
    if (supported.length + required.length > 0) this.#extensions = [...supported, ...required];
  }

  allows(method: string): boolean {
    return always.has(method) || hasEntry(this.#allow, method, (entry) => entry);
  }

  supports(optionTag: string): boolean {
    return hasEntry(this.#extensions, optionTag.toLowerCase(), (entry) => entry.toLowerCase());
  }
}

function hasEntry(lines: readonly string[], wanted: string, normal: (entry: string) => string): boolean {
  if (lines.length === 0) return false;
  return lines.some((line) => splitHeaderList(line).some((entry) => normal(entry) === wanted));
}

/** Does a list header such as Require name the option tag? Tags are compared without case (RFC 3261 7.3.1). */
export function namesOption(message: SipHeaders, header: 'require' | 'supported', optionTag: string): boolean {
  return hasEntry(message.headers(header), optionTag, (entry) => entry.toLowerCase());
}
