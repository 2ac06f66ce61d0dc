/**
 * Handshake messages out of their fragments, in order (RFC 6347 4.2.2 and 4.2.3).
 *
 *     type(1) length(3) message_seq(2) fragment_offset(3) fragment_length(3) fragment(fragment_length)
 */
export interface HandshakeMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Buffer;
}

export interface Taken {
  /** Whole, and next in order. */
  readonly messages: readonly HandshakeMessage[];
  /** Types of messages that were given out before: the peer sends its flight again. */
  readonly repeated: readonly number[];
}

interface Partial {
  readonly type: number;
  readonly body: Buffer;
  readonly filled: Uint8Array;
  missing: number;
}

export const messageHeaderBytes = 12;
/** A chain of a few certificates; a ClientHello with post-quantum key shares has 1.5 kB. */
const maxMessageBytes = 16_384;
/** Further ahead nobody is: the longest flight has five messages. */
const maxAhead = 6;

export class HandshakeReader {
  readonly #partials = new Map<number, Partial>();
  #next = 0;

  /** The sequence number of the message that comes next. */
  get next(): number {
    return this.#next;
  }

  /** Takes the content of one handshake record, which may hold several fragments; null when it is not well-formed. */
  take(content: Buffer): Taken | null {
    const repeated: number[] = [];
    let at = 0;
    while (at < content.length) {
      if (content.length - at < messageHeaderBytes) return null;
      const type = content.readUInt8(at);
      const length = content.readUIntBE(at + 1, 3);
      const sequence = content.readUInt16BE(at + 4);
      const offset = content.readUIntBE(at + 6, 3);
      const fragmentLength = content.readUIntBE(at + 9, 3);
      const start = at + messageHeaderBytes;
      at = start + fragmentLength;
      if (at > content.length || offset + fragmentLength > length || length > maxMessageBytes) return null;
      if (sequence < this.#next) repeated.push(type);
      else if (sequence < this.#next + maxAhead) {
        if (!this.#fill(type, length, sequence, offset, content.subarray(start, at))) return null;
      }
    }
    return { messages: this.#whole(), repeated };
  }

  /** A message that came otherwise (protected) was the next one. */
  skip(): void {
    this.#partials.delete(this.#next);
    this.#next++;
  }

  #fill(type: number, length: number, sequence: number, offset: number, fragment: Buffer): boolean {
    let partial = this.#partials.get(sequence);
    if (partial === undefined) {
      partial = { type, body: Buffer.alloc(length), filled: new Uint8Array(length), missing: length };
      this.#partials.set(sequence, partial);
    }
    if (partial.type !== type || partial.body.length !== length) return false;
    for (const [at, byte] of fragment.entries()) {
      // What came first stays: a fragment that overlaps cannot change it.
      if (partial.filled[offset + at] === 1) continue;
      partial.filled[offset + at] = 1;
      partial.body[offset + at] = byte;
      partial.missing--;
    }
    return true;
  }

  #whole(): HandshakeMessage[] {
    const messages: HandshakeMessage[] = [];
    for (;;) {
      const partial = this.#partials.get(this.#next);
      if (partial === undefined || partial.missing > 0) return messages;
      messages.push({ type: partial.type, sequence: this.#next, body: partial.body });
      this.skip();
    }
  }
}

/** A message in one fragment. */
export function writeMessage({ type, sequence, body }: HandshakeMessage): Buffer {
  const header = Buffer.alloc(messageHeaderBytes);
  header.writeUInt8(type, 0);
  header.writeUIntBE(body.length, 1, 3);
  header.writeUInt16BE(sequence, 4);
  header.writeUIntBE(body.length, 9, 3);
  return Buffer.concat([header, body]);
}
