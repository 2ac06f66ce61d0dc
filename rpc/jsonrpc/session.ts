/**
 * One JSON-RPC connection that stays (WebSocket, netstrings): who is logged in, and its subscriptions.
 * A client that does not read what it is sent is told so and closed.
 */
import { type Bus, type Caller, type DiArguments, type DiValue, type Face, isPositional } from '../../core/di/index.ts';
import { type Clock, CodedError, type Counters, type Timer } from '../../core/runtime/index.ts';
import type { Credentials, ModuleCredentials } from '../auth.ts';
import type { ContextFactory } from '../context.ts';
import { jsonErrorOf } from '../errors.ts';
import { type Soon, whenThere } from '../soon.ts';
import { errorText, type JsonDispatcher, type SessionMethods } from './dispatch.ts';
import { EventSubscriptions, type EventTexts } from './subscriptions.ts';

/** The wire under a session. */
export interface SessionLink {
  readonly face: Face;
  readonly source: string;
  /** More is waiting to be sent than a client that reads would leave. */
  readonly isSlow: boolean;
  /** Enough is waiting that old events should wait too; default: as `isSlow`. */
  readonly isBusy?: boolean;
  send(text: string): void;
  /** The same for notifications, which may wait a few ms for others; default: `send`. */
  readonly push?: (text: string) => void;
  /** Tells the client why, and closes. */
  close(reason: string): void;
}

export interface SessionServices {
  readonly dispatcher: JsonDispatcher;
  readonly bus: Bus;
  readonly eventTexts: EventTexts;
  readonly contextOf: ContextFactory;
  readonly login: (credentials: Credentials | ModuleCredentials, source: string) => Promise<Caller>;
  /** False once what gave this caller is revoked or expired. */
  readonly isCurrent: (caller: Caller) => Promise<boolean>;
  readonly clock: Clock;
  readonly counters: Counters;
}

/** How often a connection's token is looked at again, ms. */
const recheckMs = 5000;
/** Messages without a successful login before the connection is closed. */
const maxFailures = 3;
const nobody: Caller = { name: 'nobody', scopes: [], limits: {} };

export interface JsonSession {
  readonly isLoggedIn: boolean;
  /** Handles one message; neither throws nor rejects. */
  receive(text: string): Soon<void>;
  /** Answers a message that is not handled. */
  refuse(error: CodedError): void;
  /** Frees the subscriptions. Idempotent. */
  dispose(): void;
}

/** @param caller null: the first request must be `auth.login`. */
export function createJsonSession(services: SessionServices, link: SessionLink, caller: Caller | null): JsonSession {
  const { bus, counters } = services;
  const slow = counters.counter('callbus_rpc_slow_clients_total', 'Connections closed as the client did not read.');
  let current = caller;
  let failures = 0;
  let closed = false;
  let checkedMs = services.clock.nowMs();
  let checking: Promise<void> | null = null;

  /** A token may end while its connection stays: it is looked at again with what comes and goes. */
  function recheck(): Promise<void> | null {
    const nowMs = services.clock.nowMs();
    if (checking !== null || current === null || nowMs - checkedMs < recheckMs) return checking;
    checkedMs = nowMs;
    checking = services
      .isCurrent(current)
      .then((isCurrent) => {
        if (!isCurrent) end(endOf(current));
      })
      .catch(() => undefined) // the storage is away: the next one asks again
      .finally(() => {
        checking = null;
      });
    return checking;
  }

  function end(reason: string): void {
    dispose();
    link.close(reason);
  }

  function send(text: string): void {
    if (isWritable()) link.send(text);
  }

  /** Closes the connection of a client that does not read. */
  function isWritable(): boolean {
    if (closed || !link.isSlow) return !closed;
    slow.add(1, { face: link.face });
    end('slow consumer: answers and events are not read');
    return false;
  }

  const subscriptions = new EventSubscriptions(bus, services.eventTexts, {
    get isReady() {
      return !(link.isBusy ?? link.isSlow);
    },
    push(text) {
      void recheck();
      if (isWritable()) (link.push ?? link.send)(text);
    },
  });

  function dispose(): void {
    closed = true;
    subscriptions.dispose();
  }

  async function login(args: DiArguments): Promise<unknown> {
    const caller = await services.login(credentialsOf(args), link.source);
    // What another one was let to see ends with him: nobody looks at his credentials any more.
    if (current !== null && caller !== current) subscriptions.dispose();
    current = caller;
    return { name: current.name, scopes: current.scopes };
  }

  /** In a batch it may come after the end of the connection, and nobody would end it. */
  function subscribe(args: DiArguments): unknown {
    if (closed) throw new CodedError('rpc.invalidRequest', 'the connection is closed');
    return subscriptions.subscribe(args, current ?? nobody);
  }

  /** What a page shows its user is what he may do. */
  function whoAmI(): unknown {
    const { name, scopes, limits, modules } = current ?? nobody;
    return { name, scopes, limits, ...(modules === undefined ? {} : { modules }) };
  }

  const methods = new Map<string, (args: DiArguments) => unknown>([
    ['auth.login', login],
    ['auth.whoAmI', whoAmI],
    ['events.subscribe', subscribe],
    ['events.unsubscribe', (args) => subscriptions.unsubscribe(args)],
  ]);
  const loggedIn: SessionMethods = { methods, only: false };
  const loggedOut: SessionMethods = { methods: new Map([['auth.login', login]]), only: true };

  function handle(text: string): Soon<void> {
    if (closed) return;
    const context = services.contextOf(current ?? nobody, link.face, link.source);
    const answer = services.dispatcher.handle(text, context, current === null ? loggedOut : loggedIn);
    return whenThere(answer, tell);
  }

  function tell(answer: string | null): void {
    if (answer !== null) send(answer);
    if (current === null && ++failures >= maxFailures) link.close('auth.login did not succeed');
  }

  return {
    dispose,
    refuse: (error) => send(errorText(jsonErrorOf(error), null)),
    get isLoggedIn() {
      return current !== null;
    },
    receive(text) {
      const check = recheck();
      return check === null ? handle(text) : check.then(() => handle(text));
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

/** Why a connection ends whose caller is not let in any more. */
function endOf(caller: Caller | null): string {
  if (caller?.credential === 'room') return 'the room was closed, or its PIN is another';
  return 'the token was revoked or has expired';
}

function credentialsOf(args: DiArguments): Credentials | ModuleCredentials {
  if (!isPositional(args) && !['token', 'user', 'password'].some((name) => Object.hasOwn(args, name)))
    return { given: args };
  const isToken = isPositional(args) ? args.length === 1 : args['token'] !== undefined;
  const [first, second] = isToken ? positional(args, ['token']) : positional(args, ['user', 'password']);
  if (isToken && typeof first === 'string') return { user: null, secret: first };
  if (typeof first === 'string' && typeof second === 'string') return { user: first, secret: second };
  throw new CodedError('rpc.wrongType', 'auth.login takes {"token": text} or {"user": text, "password": text}');
}

function positional(args: DiArguments, names: readonly string[]): (DiValue | undefined)[] {
  return isPositional(args) ? [...args] : names.map((name) => args[name]);
}
