/**
 * One JSON-RPC connection that stays (WebSocket, netstrings): who is logged in, and its subscriptions.
 * A client that does not read what it is sent is told so and closed.
 */
import {
  type Bus,
  type Caller,
  type DiArguments,
  type DiValue,
  type Face,
  isPositional,
  isStruct,
  type PublishedEvent,
} from '../../core/di/index.ts';
import { type Clock, CodedError, type Counters, type Disposable, type Timer } from '../../core/runtime/index.ts';
import type { Credentials } from '../auth.ts';
import type { ContextFactory } from '../context.ts';
import { jsonErrorOf } from '../errors.ts';
import { errorText, type JsonDispatcher, type SessionMethods } from './dispatch.ts';
import { printJson } from './print.ts';

/** The wire under a session. */
export interface SessionLink {
  readonly face: Face;
  readonly source: string;
  /** More is waiting to be sent than a client that reads would leave. */
  readonly isSlow: boolean;
  send(text: string): void;
  /** Tells the client why, and closes. */
  close(reason: string): void;
}

export interface SessionServices {
  readonly dispatcher: JsonDispatcher;
  readonly bus: Bus;
  readonly contextOf: ContextFactory;
  readonly login: (credentials: Credentials, source: string) => Promise<Caller>;
  readonly counters: Counters;
}

/** Subscriptions of one connection. */
const maxSubscriptions = 64;
/** Messages without a successful login before the connection is closed. */
const maxFailures = 3;
const nobody: Caller = { name: 'nobody', scopes: [], limits: {} };

export interface JsonSession {
  readonly isLoggedIn: boolean;
  /** Handles one message; never rejects. */
  receive(text: string): Promise<void>;
  /** Answers a message that is not handled. */
  refuse(error: CodedError): void;
  /** Frees the subscriptions. Idempotent. */
  dispose(): void;
}

/** @param caller null: the first request must be `auth.login`. */
export function createJsonSession(services: SessionServices, link: SessionLink, caller: Caller | null): JsonSession {
  const { bus, counters } = services;
  const subscriptions = new Map<number, Disposable>();
  const slow = counters.counter('callbus_rpc_slow_clients_total', 'Connections closed as the client did not read.');
  let current = caller;
  let lastSubscription = 0;
  let failures = 0;
  let closed = false;

  function send(text: string): void {
    if (closed) return;
    if (link.isSlow) {
      slow.add(1, { face: link.face });
      dispose();
      link.close('slow consumer: answers and events are not read');
      return;
    }
    link.send(text);
  }

  function dispose(): void {
    closed = true;
    for (const subscription of subscriptions.values()) subscription.dispose();
    subscriptions.clear();
  }

  async function login(args: DiArguments): Promise<unknown> {
    current = await services.login(credentialsOf(args), link.source);
    return { name: current.name, scopes: current.scopes };
  }

  function subscribe(args: DiArguments): unknown {
    const [filter, match] = positional(args, ['filter', 'match']);
    if (typeof filter !== 'string')
      throw new CodedError('rpc.wrongType', 'filter must be an event name, prefix.* or *');
    if (match !== undefined && !isStruct(match))
      throw new CodedError('rpc.wrongType', 'match must be an object of payload members');
    if (subscriptions.size >= maxSubscriptions)
      throw new CodedError('rpc.tooManyRequests', `${maxSubscriptions} subscriptions are open on this connection`);
    const subscription = ++lastSubscription;
    const wanted = Object.entries(match ?? {});
    const listener = (event: PublishedEvent): void => {
      if (wanted.every(([name, value]) => event.payload[name] === value)) send(eventText(subscription, event));
    };
    subscriptions.set(subscription, bus.subscribe(filter, current?.scopes ?? [], listener));
    return { subscription };
  }

  function unsubscribe(args: DiArguments): unknown {
    const [subscription] = positional(args, ['subscription']);
    const entry = typeof subscription === 'number' ? subscriptions.get(subscription) : undefined;
    if (entry === undefined || typeof subscription !== 'number')
      throw new CodedError('rpc.wrongType', 'subscription: none of that number is open on this connection');
    entry.dispose();
    subscriptions.delete(subscription);
    return null;
  }

  const methods = new Map<string, (args: DiArguments) => unknown>([
    ['auth.login', login],
    ['events.subscribe', subscribe],
    ['events.unsubscribe', unsubscribe],
  ]);
  const loggedIn: SessionMethods = { methods, only: false };
  const loggedOut: SessionMethods = { methods: new Map([['auth.login', login]]), only: true };

  return {
    dispose,
    refuse: (error) => send(errorText(jsonErrorOf(error), null)),
    get isLoggedIn() {
      return current !== null;
    },
    async receive(text) {
      const context = services.contextOf(current ?? nobody, link.face, link.source);
      const answer = await services.dispatcher.handle(text, context, current === null ? loggedOut : loggedIn);
      if (answer !== null) send(answer);
      if (current === null && ++failures >= maxFailures) link.close('auth.login did not succeed');
    },
  };
}

/** Time from the connection to `auth.login`. */
const loginMs = 10_000;

/** Runs `giveUp` when nobody has logged in in time; null where nobody needs to. */
export function waitForLogin(session: JsonSession, clock: Clock, giveUp: () => void): Timer | null {
  if (session.isLoggedIn) return null;
  return clock.after(loginMs, () => {
    if (!session.isLoggedIn) giveUp();
  });
}

/** The notification of an event; `subscription` null: the receiver was configured, it did not subscribe. */
export function eventText(subscription: number | null, event: PublishedEvent): string {
  const at = new Date(event.atUnixMs).toISOString();
  const first = subscription === null ? '' : `"subscription":${subscription},`;
  return `{"jsonrpc":"2.0","method":"event","params":{${first}"id":${event.id},"name":${printJson(event.name)},"at":"${at}","payload":${printJson(event.payload)}}}`;
}

function credentialsOf(args: DiArguments): Credentials {
  const isToken = isPositional(args) ? args.length === 1 : args['token'] !== undefined;
  const [first, second] = isToken ? positional(args, ['token']) : positional(args, ['user', 'password']);
  if (isToken && typeof first === 'string') return { user: null, secret: first };
  if (typeof first === 'string' && typeof second === 'string') return { user: first, secret: second };
  throw new CodedError('rpc.wrongType', 'auth.login takes {"token": text} or {"user": text, "password": text}');
}

function positional(args: DiArguments, names: readonly string[]): (DiValue | undefined)[] {
  return isPositional(args) ? [...args] : names.map((name) => args[name]);
}
