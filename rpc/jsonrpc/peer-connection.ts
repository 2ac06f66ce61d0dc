/**
 * One connection that we opened to a JSON-RPC peer (di-interfaces 4.2, 4.3). Requests cross it both ways: ours
 * wait here for their replies; the peer's go to a receiver when one is set, else to the bus with the scopes that
 * the configuration gives the peer.
 */
import { type Caller, type DiStruct, type DiValue, isStruct } from '../../core/di/index.ts';
import { CodedError, type Counter, formatEndpoint, type TcpConnection } from '../../core/runtime/index.ts';
import { createMessageStream, type MessageStream } from './message-stream.ts';
import { parseJson } from './parse.ts';
import type { PeerEventSink } from './peer-events.ts';
import { printJson } from './print.ts';
import { createJsonSession, type JsonSession, type SessionServices } from './session.ts';

/** Bits of `execRpc`'s flags (di-interfaces 4.4). */
export const peerFlags = {
  closeAfterMessage: 1,
  closeOnUnknownReply: 2,
  closeWithoutSink: 4,
  closeWithoutRequestReceiver: 8,
  closeWithoutNotificationReceiver: 16,
} as const;

export interface PeerSettings {
  readonly id: string;
  /** What the peer may call. */
  readonly caller: Caller;
  /** Names of queues; empty: the bus serves what comes. */
  readonly notificationReceiver: string;
  readonly requestReceiver: string;
  readonly flags: number;
}

export interface PeerServices {
  readonly session: SessionServices;
  readonly tell: PeerEventSink;
  readonly unusual: Pick<Counter, 'add'>;
  readonly maxPayloadBytes: number;
  readonly maxDepth: number;
}

interface PendingRequest {
  readonly sink: string;
  readonly userData: DiValue;
}

/** Requests of one connection without a reply. */
const maxPending = 1000;

export class PeerConnection {
  readonly settings: PeerSettings;
  /** `address:port`. */
  readonly remote: string;
  /** Called once. */
  onClose: () => void = () => {};
  readonly #services: PeerServices;
  readonly #stream: MessageStream;
  readonly #session: JsonSession;
  readonly #pending = new Map<string, PendingRequest>();
  /** F12: SEMS began anywhere. */
  #lastRequest = 0;

  constructor(connection: TcpConnection, settings: PeerSettings, services: PeerServices) {
    this.settings = settings;
    this.remote = formatEndpoint(connection.remote);
    this.#services = services;
    const stream = createMessageStream(connection, {
      clock: services.session.clock,
      maxPayloadBytes: services.maxPayloadBytes,
      receive: (text) => this.#receive(text),
      onCut: (reason) => services.unusual.add(1, { reason }),
      onClose: () => this.#closed(),
    });
    this.#stream = stream;
    const link = {
      face: 'netstring',
      source: connection.remote.address,
      get isSlow() {
        return stream.isSlow;
      },
      send: stream.send,
      close: (reason: string) => stream.cut(new CodedError('rpc.invalidRequest', reason), 'policy'),
    } as const;
    this.#session = createJsonSession(services.session, link, settings.caller);
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  /** Requests that wait for a reply. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Nobody would miss it: no reply is awaited and nobody receives what the peer sends. */
  get isIdle(): boolean {
    const { notificationReceiver, requestReceiver } = this.settings;
    return this.#pending.size === 0 && notificationReceiver === '' && requestReceiver === '';
  }

  /** Sends a request; its reply goes to `sink`. @throws CodedError `rpc.tooManyRequests`. */
  request(method: string, params: DiValue, sink: string, userData: DiValue): void {
    if (this.#pending.size >= maxPending)
      throw new CodedError('rpc.tooManyRequests', `${maxPending} requests wait for replies on this connection`);
    const id = String(++this.#lastRequest);
    this.#send({ id, jsonrpc: '2.0', method, ...withParams(params) });
    this.#pending.set(id, { sink, userData });
  }

  /** @throws CodedError `rpc.tooManyRequests`: the peer does not read. */
  notify(method: string, params: DiValue): void {
    this.#send({ jsonrpc: '2.0', method, ...withParams(params) });
  }

  /** Answers a request that a receiver got. @throws CodedError `rpc.tooManyRequests`. */
  reply(kind: 'result' | 'error', id: string, value: DiValue): void {
    this.#send({ [kind]: value, id, jsonrpc: '2.0' });
  }

  /** A text that is JSON already; a peer that does not read loses its connection. */
  push(text: string): void {
    if (this.#stream.isSlow) this.#stream.cut(new CodedError('rpc.tooManyRequests', 'events are not read'), 'slow');
    else this.#stream.send(text);
  }

  close(): void {
    this.#stream.close();
  }

  #send(message: DiStruct): void {
    if (this.#stream.isSlow)
      throw new CodedError('rpc.tooManyRequests', `${this.remote} does not read what it is sent`);
    this.#stream.send(printJson(message, 'sorted'));
  }

  #has(flag: number): boolean {
    return (this.settings.flags & flag) !== 0;
  }

  async #receive(text: string): Promise<void> {
    let message: DiValue;
    try {
      message = parseJson(text, this.#services.maxDepth);
    } catch {
      // An error object would be a reply to the other side, which it may answer in turn: SEMS closes, so do we.
      this.#drop('parse');
      return;
    }
    if (isStruct(message) && typeof message['method'] !== 'string') this.#onReply(message);
    else if (!isStruct(message) || !this.#toReceiver(message)) await this.#session.receive(text);
    if (this.#has(peerFlags.closeAfterMessage)) this.close();
  }

  #onReply(message: DiStruct): void {
    const { id } = message;
    const key = typeof id === 'number' || typeof id === 'bigint' ? String(id) : id;
    const isError = Object.hasOwn(message, 'error') && message['error'] !== null;
    if (typeof key !== 'string' || key === '' || (!isError && !Object.hasOwn(message, 'result'))) {
      this.#drop('reply');
      return;
    }
    const pending = this.#pending.get(key);
    if (pending === undefined) {
      this.#services.unusual.add(1, { reason: 'unknown-reply' });
      if (this.#has(peerFlags.closeOnUnknownReply)) this.close();
      return;
    }
    this.#pending.delete(key);
    const { sink, userData } = pending;
    const value = (isError ? message['error'] : message['result']) ?? null;
    const told = this.#tell('jsonrpc.response', sink, { id: key, isError, value, userData });
    if (!told && this.#has(peerFlags.closeWithoutSink)) this.close();
  }

  /** False: there is no receiver for it. */
  #toReceiver(message: DiStruct): boolean {
    const { id: given, method, params = null } = message;
    const id = typeof given === 'string' ? given : typeof given === 'number' ? String(given) : '';
    const { notificationReceiver, requestReceiver } = this.settings;
    const receiver = id === '' ? notificationReceiver : requestReceiver;
    if (receiver === '') return false;
    const told = this.#tell('jsonrpc.request', receiver, { method: String(method), id, params });
    const flag = id === '' ? peerFlags.closeWithoutNotificationReceiver : peerFlags.closeWithoutRequestReceiver;
    if (!told && this.#has(flag)) this.close();
    return true;
  }

  #tell(name: Parameters<PeerEventSink>[0], queue: string, payload: DiStruct): boolean {
    return queue !== '' && this.#services.tell(name, { queue, connection: this.settings.id, ...payload });
  }

  #drop(reason: string): void {
    this.#services.unusual.add(1, { reason });
    this.close();
  }

  #closed(): void {
    this.#session.dispose();
    const { notificationReceiver, requestReceiver } = this.settings;
    const sinks = [...this.#pending.values()].map(({ sink }) => sink);
    this.#pending.clear();
    for (const queue of new Set([notificationReceiver, requestReceiver, ...sinks]))
      this.#tell('jsonrpc.disconnected', queue, {});
    this.onClose();
  }
}

const withParams = (params: DiValue): { params?: DiValue } => (params === null ? {} : { params });
