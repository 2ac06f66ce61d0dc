/**
 * Messages in netstrings on one TCP connection, whichever side opened it (di-interfaces 4.1). As in SEMS one
 * message is handled at a time, so that answers come in the order of the requests. What waits is bounded.
 */
import { asCodedError, type Clock, CodedError, type TcpConnection, type Timer } from '../../core/runtime/index.ts';
import { jsonErrorOf } from '../errors.ts';
import type { Soon } from '../soon.ts';
import { errorText } from './dispatch.ts';
import { createNetstringReader, netstring } from './netstring-framing.ts';

export interface MessageStream {
  readonly isOpen: boolean;
  /** More is waiting to be sent than a peer that reads would leave. */
  readonly isSlow: boolean;
  send(text: string): void;
  /** Sends what is queued, then closes. Idempotent. */
  close(): void;
  /** Tells the peer why, and closes. `reason` is for the counter. */
  cut(error: CodedError, reason: string): void;
}

export interface MessageStreamOptions {
  readonly maxPayloadBytes: number;
  readonly clock: Clock;
  /** Handles one message; the next waits for it. Must neither throw nor reject. */
  receive(text: string): Soon<void>;
  /** The stream was cut, by either rule. */
  onCut(reason: string): void;
  /** The connection is gone; runs exactly once. */
  onClose(): void;
}

/** SEMS's own limit. */
const semsPayloadBytes = 20 * 1024 * 1024 - 2;
/** Messages of one connection that wait for their turn. */
const maxQueued = 100;
/** Sends in a row that found the socket's buffer full. */
const maxCongested = 100;

/** Time for a message to come whole once it has begun. */
const messageMs = 30_000;

/** Takes over `connection`. */
export function createMessageStream(connection: TcpConnection, options: MessageStreamOptions): MessageStream {
  const reader = createNetstringReader(Math.min(options.maxPayloadBytes, semsPayloadBytes));
  const queue: string[] = [];
  let congested = 0;
  let isBusy = false;
  let isOpen = true;
  let begun: Timer | null = null;

  const send = (text: string): void => {
    if (isOpen) congested = connection.write(netstring(text)) ? 0 : congested + 1;
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    queue.length = 0;
    begun?.cancel();
    connection.end();
  };
  const cut = (error: CodedError, reason: string): void => {
    if (!isOpen) return;
    options.onCut(reason);
    send(errorText(jsonErrorOf(error), null));
    close();
  };
  function work(): void {
    isBusy = true;
    for (let text = queue.shift(); text !== undefined && isOpen; text = queue.shift()) {
      const handling = options.receive(text);
      if (!(handling instanceof Promise)) continue;
      void handling.then(work);
      return;
    }
    isBusy = false;
  }

  connection.onData = (bytes) => {
    if (!isOpen) return;
    const count = queue.length;
    try {
      queue.push(...reader.push(bytes));
    } catch (fault) {
      cut(asCodedError(fault), 'framing');
      return;
    }
    // A new frame has a time of its own.
    if (begun !== null && (!reader.isPartial || count < queue.length)) {
      begun.cancel();
      begun = null;
    }
    if (reader.isPartial) begun ??= options.clock.after(messageMs, () => cut(tooSlow(), 'slow'));
    if (queue.length > maxQueued)
      cut(new CodedError('rpc.tooManyRequests', `more than ${maxQueued} requests wait on this connection`), 'queue');
    else if (!isBusy) work();
  };
  connection.onClose = () => {
    isOpen = false;
    begun?.cancel();
    options.onClose();
  };
  return {
    send,
    close,
    cut,
    get isOpen() {
      return isOpen;
    },
    get isSlow() {
      return congested > maxCongested;
    },
  };
}

const tooSlow = (): CodedError =>
  new CodedError('rpc.invalidRequest', `netstring: not whole after ${messageMs / 1000} s`);
