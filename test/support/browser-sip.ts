/** SIP of a page (RFC 7118): text over a WebSocket, without the server's code. */
import type { Clock, Endpoint } from '../../core/runtime/index.ts';
import type { SipWebSocket } from '../../core/sip/index.ts';

export interface WebMessage {
  /** `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export function header({ headers }: WebMessage, name: string): string {
  return headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}

/** 0 for a request. */
export function statusOf({ start }: WebMessage): number {
  return Number(/^SIP\/2\.0 (\d{3}) /.exec(start)?.[1] ?? 0);
}

export function methodOf(message: WebMessage): string {
  return statusOf(message) > 0 ? (header(message, 'CSeq').split(' ')[1] ?? '') : (message.start.split(' ')[0] ?? '');
}

export function tagOf(value: string): string {
  return /;tag=([^;>\s]+)/.exec(value)?.[1] ?? '';
}

function printWeb({ start, headers, body }: WebMessage): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

function parseWeb(text: string): WebMessage {
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { start, headers, body: text.slice(end + 4) };
}

/** The server's end of a simulated WebSocket; messages take as long as a packet would. */
export class SimSipWebSocket implements SipWebSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly secure = true;
  readonly bufferedBytes = 0;
  readonly #clock: Clock;
  readonly #delayMs: number;
  isOpen = true;
  onMessage: (message: string | Uint8Array) => void = () => {};
  onPong: () => void = () => {};
  onClose: (code: number) => void = () => {};
  /** The page's side. */
  onHeard: (message: WebMessage) => void = () => {};

  constructor(clock: Clock, local: Endpoint, remote: Endpoint, delayMs = 5) {
    this.#clock = clock;
    this.local = local;
    this.remote = remote;
    this.#delayMs = delayMs;
  }

  send(message: string | Uint8Array): void {
    const text = typeof message === 'string' ? message : Buffer.from(message).toString();
    if (text.trim() !== '') this.#later(() => this.onHeard(parseWeb(text)));
  }

  /** The page says something. */
  say(message: WebMessage): void {
    this.#later(() => this.onMessage(printWeb(message)));
  }

  ping(): void {
    this.#later(() => this.onPong());
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose(code);
  }

  #later(run: () => void): void {
    this.#clock.after(this.#delayMs, () => {
      if (this.isOpen) run();
    });
  }
}
