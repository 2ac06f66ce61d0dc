/** SIP over WebSocket (RFC 7118), server side: one connection of the HTTP listener as a channel. */
import { isUtf8 } from 'node:buffer';
import { StreamChannel, type StreamOptions } from './transport-stream.ts';
import { blankLength } from './transport-udp.ts';
import type { SipWebSocket } from './types.ts';

/** RFC 6455 7.4.1: the server goes; a message that is too big; a policy. */
const closeCodes = { shutdown: 1001, framing: 1009 } as const;
const policyCode = 1008;

export class WebSocketStream extends StreamChannel {
  readonly #peer: SipWebSocket;
  #closeCode: number = policyCode;

  constructor(peer: SipWebSocket, options: StreamOptions) {
    super(options);
    const { pingMs } = options.context.config.webSocket;
    this.#peer = peer;
    peer.onMessage = (message) => this.#receive(message);
    peer.onPong = () => {
      this.heard();
      this.alive();
    };
    peer.onClose = () => this.ended();
    if (pingMs > 0) this.startPings(pingMs, pingMs);
  }

  /**
   * "each SIP message MUST be carried within a single WebSocket message" (RFC 7118 4.2): as text where it is
   * UTF-8, which every client takes, else as binary.
   */
  protected transmit(bytes: Uint8Array): void {
    if (isUtf8(bytes)) this.#peer.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    else this.#peer.send(bytes);
  }

  protected sendPing(): void {
    this.#peer.ping();
  }

  protected drop(): void {
    this.#peer.close(this.#closeCode, '');
  }

  protected get queuedBytes(): number {
    return this.#peer.bufferedBytes;
  }

  /** Closes with the code of a server that goes. */
  shutdown(): void {
    this.#closeCode = closeCodes.shutdown;
    this.destroy('shutdown');
  }

  #receive(message: string | Uint8Array): void {
    if (!this.open) return;
    const { receiver, counters, config } = this.context;
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    this.alive();
    this.heard();
    const blank = blankLength(bytes);
    if (blank === bytes.length) {
      counters.keepAlives.add();
      // RFC 5626 3.5.1 holds here, too: "a SIP WebSocket Client MAY use … CRLF" (RFC 7118 6).
      if (blank === 4) this.#peer.send('\r\n');
      return;
    }
    if (bytes.length > config.maxMessageBytes) {
      receiver.onRefused(bytes.subarray(0, config.maxMessageBytes), this.flow, 513, 'Message Too Large');
      this.#closeCode = closeCodes.framing;
      this.destroy('framing');
      return;
    }
    receiver.onMessage(blank === 0 ? bytes : bytes.subarray(blank), this.flow);
  }
}
