import {
  type Call,
  type CallEngine,
  type Clock,
  type Counter,
  type DiValue,
  type IncomingMessage,
  parseNameAddress,
  parseUri,
} from '../../core/index.ts';
import { chatText, maxChatText } from './chat-text.ts';
import { MessagePhones } from './message-phones.ts';
import { RateLimit } from './rate-limit.ts';

export interface ChatParts {
  readonly calls: Pick<CallEngine, 'rooms' | 'find' | 'calls'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Texts that were not taken. */
  readonly refused: Counter;
  /** `chat_messages`. */
  readonly usesMessages: boolean;
  publish(payload: DiValue): void;
  /** How the list calls that participant; empty: it has no name. */
  nameOf(room: string, call: string): string;
}

const windowMs = 10_000;
const textsOfOne = 10;
const textsOfRoom = 60;
/** Who speaks for nobody in the room. */
const host = 'Conference';

/**
 * The chat of rooms. A text goes to the bus (`webconference.chat`) and, as MESSAGE, to the phones that take it; a
 * MESSAGE from a phone in a room is said in its room.
 */
export class Chat {
  readonly #parts: ChatParts;
  readonly #phones = new MessagePhones();
  readonly #ofOne: RateLimit;
  readonly #ofRoom: RateLimit;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.#ofOne = new RateLimit(parts.clock, textsOfOne, windowMs);
    this.#ofRoom = new RateLimit(parts.clock, textsOfRoom, windowMs);
  }

  /**
   * Says it in the room; `from` empty: whoever controls the room; `to` empty: to all. Gives why not, in words; empty:
   * it is said.
   */
  say(room: string, from: string, to: string, text: string): string {
    const said = chatText(text);
    if (said === '') return 'there is nothing to say';
    if (!this.#ofOne.take(`${room} ${from}`) || !this.#ofRoom.take(room)) {
      this.#parts.refused.add(1, { reason: 'rate' });
      return 'too many texts: wait a little';
    }
    this.#parts.publish({ room, from, to, text: said });
    if (this.#parts.usesMessages) this.#toPhones(room, from, to, said);
    return '';
  }

  /** For `CallEngine.takeMessages`: the SIP status; null: it is from nobody in a room. */
  take(message: IncomingMessage): number | null {
    if (!this.#parts.usesMessages) return null;
    const sender = message.call ?? this.#senderOf(message);
    const room = sender === null ? null : this.#roomOf(sender);
    if (sender === null || room === null) return null;
    if (message.text.length > maxChatText) {
      this.#parts.refused.add(1, { reason: 'length' });
      return 413;
    }
    if (chatText(message.text) === '') return 200;
    // RFC 3428 7: 200 says that it was delivered; a sender that is too fast may try again later.
    return this.say(room, sender.tag, '', message.text) === '' ? 200 : 480;
  }

  #toPhones(room: string, from: string, to: string, text: string): void {
    const { calls } = this.#parts;
    const name = from === '' ? host : this.#shownName(room, from);
    const line = to === '' ? `${name}: ${text}` : `${name} (private): ${text}`;
    for (const tag of to === '' ? calls.rooms.participants(room) : [to]) {
      const call = tag === from ? null : calls.find(tag);
      if (call !== null) void this.#phones.send(call, line);
    }
  }

  #shownName(room: string, tag: string): string {
    const name = this.#parts.nameOf(room, tag);
    if (name !== '') return name;
    const address = parseNameAddress(this.#parts.calls.find(tag)?.remoteParty ?? '');
    const user = address === null ? null : (parseUri(address.uriText)?.user ?? null);
    return chatText(address?.displayName ?? user ?? '') || 'Somebody';
  }

  /** The first room that it sits in. */
  #roomOf({ tag }: Call): string | null {
    const { rooms } = this.#parts.calls;
    return rooms.list().find(({ room }) => rooms.seat(room, tag) !== null)?.room ?? null;
  }

  /** Who says by From that it is a participant, and sends from where that one's call comes from. */
  #senderOf({ from, source }: IncomingMessage): Call | null {
    const uri = addressOf(from);
    if (uri === null) return null;
    for (const call of this.#parts.calls.calls()) {
      if (call.session.dialog.flow.remote.address !== source || addressOf(call.remoteParty) !== uri) continue;
      if (this.#roomOf(call) !== null) return call;
    }
    return null;
  }
}

/** `user@host` of a From or To, for comparison. */
function addressOf(header: string): string | null {
  const uri = parseUri(parseNameAddress(header)?.uriText ?? '');
  return uri === null ? null : `${uri.user ?? ''}@${uri.host.toLowerCase()}`;
}
