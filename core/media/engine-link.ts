/**
 * The main thread's end of one engine: commands out, events in, requests and their replies. The
 * engine runs in a thread (`startThreadLink`) or here (`local-link.ts`); nobody else can tell.
 */

import { asCodedError, type Clock, CodedError, type ErrorCode, errorTable, type Threads } from '../runtime/index.ts';
import type { Command, MediaEvent, RequestId, WorkerStart } from './worker/protocol.ts';

/** A command that is answered, without its number. */
export type RequestCommand =
  Extract<Command, { readonly request: RequestId }> extends infer C
    ? C extends Command
      ? Omit<C, 'request'>
      : never
    : never;

export type LoadReport = Extract<MediaEvent, { readonly kind: 'load' }>;

export interface EngineLink {
  readonly index: number;
  /** The last report of the engine. */
  load: LoadReport | null;
  /** Part of its time that the engine is busy, smoothed over some seconds. */
  readonly busy: number;
  /** What its thread opened besides sockets. */
  readonly descriptors: readonly number[];
  /** Nothing goes through any more. */
  readonly dead: boolean;
  send(command: Command): void;
  /** @throws CodedError the engine's refusal, or `media.failed` when it dies. */
  request(command: RequestCommand): Promise<unknown>;
  /** Ends engine and thread. */
  stop(): Promise<void>;
}

export interface LinkEvents {
  /** Everything but replies and load reports. */
  onEvent(event: MediaEvent): void;
  /** The thread died: all that it held is lost. */
  onDeath(link: EngineLink, fault: Error): void;
}

/** How long an engine may take to close its files when it is stopped. */
const stopMs = 5000;
/** Of a new report in the smoothed busy fraction. */
const busyWeight = 0.4;

export abstract class BaseLink implements EngineLink {
  readonly index: number;
  load: LoadReport | null = null;
  busy = 0;
  dead = false;
  readonly descriptors: number[] = [];
  readonly events: LinkEvents;
  #lastRequest = 0;
  readonly #pending = new Map<RequestId, { resolve: (value: unknown) => void; reject: (fault: Error) => void }>();

  constructor(index: number, events: LinkEvents) {
    this.index = index;
    this.events = events;
  }

  abstract send(command: Command): void;
  abstract stop(): Promise<void>;

  request(command: RequestCommand): Promise<unknown> {
    if (this.dead) return Promise.reject(new CodedError('media.failed', `media worker ${this.index} is gone`));
    const request = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#pending.set(request, { resolve, reject });
      this.send({ ...command, request } as Command);
    });
  }

  protected receive(events: readonly MediaEvent[]): void {
    for (const event of events) {
      if (event.kind === 'reply') this.#settle(event);
      else if (event.kind === 'load') this.#report(event);
      else if (event.kind === 'descriptors') this.descriptors.push(...event.descriptors);
      else this.events.onEvent(event);
    }
  }

  #report(load: LoadReport): void {
    this.load = load;
    this.busy += (load.busyFraction - this.busy) * busyWeight;
  }

  #settle(reply: Extract<MediaEvent, { readonly kind: 'reply' }>): void {
    const pending = this.#pending.get(reply.request);
    this.#pending.delete(reply.request);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(new CodedError(codeOf(reply.code, 'media.failed'), reply.detail));
  }

  protected die(fault: Error): void {
    this.dead = true;
    for (const { reject } of this.#pending.values()) reject(asCodedError(fault, 'media.failed'));
    this.#pending.clear();
  }
}

/** A code that came as text from another thread. */
export function codeOf(code: string, otherwise: ErrorCode): ErrorCode {
  return isErrorCode(code) ? code : otherwise;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

class ThreadLink extends BaseLink {
  readonly #thread: ReturnType<Threads['start']>;
  readonly #clock: Clock;
  #stopping = false;

  constructor(threads: Threads, clock: Clock, entry: URL, start: WorkerStart, events: LinkEvents) {
    super(start.index, events);
    this.#clock = clock;
    this.#thread = threads.start(entry, start);
    // Both ends are of one program and one version: the protocol's types hold on both.
    this.#thread.onMessage = (message) => this.receive(message as readonly MediaEvent[]);
    this.#thread.onExit = (fault) => {
      const reason = fault ?? new Error('the thread ended');
      this.die(reason);
      if (!this.#stopping) this.events.onDeath(this, reason);
    };
  }

  send(command: Command): void {
    if (!this.dead) this.#thread.post(command);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const late = new Promise<void>((resolve) => {
      const timer = this.#clock.after(stopMs, resolve);
      this.request({ kind: 'stop' }).then(
        () => {
          timer.cancel();
          resolve();
        },
        () => {
          timer.cancel();
          resolve();
        },
      );
    });
    await late;
    await this.#thread.terminate();
    this.dead = true;
  }
}

/** Starts a media thread; its death is reported to `events.onDeath`. */
export function startThreadLink(
  threads: Threads,
  clock: Clock,
  entry: URL,
  start: WorkerStart,
  events: LinkEvents,
): EngineLink {
  return new ThreadLink(threads, clock, entry, start, events);
}
