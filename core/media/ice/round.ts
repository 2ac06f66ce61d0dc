import type { IceCredentials } from '../worker/ice-messages.ts';
import type { HmacSha1 } from '../worker/srtp-hmac.ts';
import { integrityKey } from './integrity.ts';
import type { StunMessage } from './stun-message.ts';

/** One set of credentials: a start, or a restart, of ICE. */
export class IceRound {
  /** Counts up; a later one takes over from an earlier one. */
  readonly number: number;
  readonly ufrag: string;
  readonly password: string;
  /** Null: its description has not come yet. */
  remoteUfrag: string | null;
  /** Until when it is answered; infinite while it is the newest with a nominated pair, or a newer one. */
  untilMs = Number.POSITIVE_INFINITY;
  readonly key: HmacSha1;

  constructor(number: number, { ufrag, password }: IceCredentials, remoteUfrag: string | null) {
    this.number = number;
    this.ufrag = ufrag;
    this.password = password;
    this.remoteUfrag = remoteUfrag;
    this.key = integrityKey(password);
  }

  /**
   * RFC 8445 7.2.2: the user name is "the ufrag provided by the peer, a colon, and the ufrag of the agent
   * sending": ours first. Before the peer's description any of its ufrags is good.
   */
  isMeant(packet: Uint8Array, { usernameAt, usernameLength }: StunMessage): boolean {
    const { ufrag, remoteUfrag } = this;
    if (usernameLength <= ufrag.length || packet[usernameAt + ufrag.length] !== colon) return false;
    if (!matches(packet, usernameAt, ufrag)) return false;
    if (remoteUfrag === null) return true;
    const at = ufrag.length + 1;
    return usernameLength === at + remoteUfrag.length && matches(packet, usernameAt + at, remoteUfrag);
  }
}

const colon = 0x3a;

function matches(packet: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (packet[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
