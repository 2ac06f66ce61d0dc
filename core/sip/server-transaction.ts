/** One request of a peer and our responses, for whoever answers it. */
import type { ParsedRequest } from './message.ts';
import { buildResponse, type ResponseParts } from './print.ts';
import type { ServerMachine } from './server-machine.ts';
import type { Flow } from './types.ts';

export class ServerTransaction {
  readonly request: ParsedRequest;
  readonly flow: Flow;
  /** A CANCEL that arrives before the final answer. The 487 is the owner's to send. */
  onCancel: ((cancel: ParsedRequest) => void) | null = null;
  /** Runs when the transaction ends without a final answer: what waits for one waits in vain. */
  onEnd: (() => void) | null = null;
  /** The newest response as it was sent. */
  newest: Uint8Array | null = null;
  readonly #machine: ServerMachine;

  constructor(request: ParsedRequest, flow: Flow, machine: ServerMachine) {
    this.request = request;
    this.flow = flow;
    this.#machine = machine;
    machine.owner = this;
  }

  /** Tag for To, the same in all responses (8.2.6.2). */
  get toTag(): string {
    return this.#machine.toTag;
  }

  /** Status of the newest response; 0: none yet. */
  get status(): number {
    return this.#machine.status;
  }

  get answered(): boolean {
    return this.#machine.answered;
  }

  /** Sends a response; a second final one is ignored and counted. Returns whether it was sent. */
  respond(parts: ResponseParts): boolean {
    const machine = this.#machine;
    if (machine.answered) {
      machine.answeredTwice();
      return false;
    }
    this.newest = buildResponse(this.request, { toTag: machine.toTag, source: this.flow.remote, ...parts });
    machine.respond(parts.status, this.newest);
    return true;
  }

  /** Sends a response again, the newest if none is given: a 2xx until its ACK, a provisional one to keep proxies waiting. */
  repeat(bytes = this.newest): void {
    if (bytes !== null) this.#machine.repeat(bytes);
  }
}
