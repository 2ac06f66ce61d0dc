/** One WebSocket to the bus that opens itself again, and asks for credentials where the server wants them. */
import { signal } from '@preact/signals';
import {
  ConnectionFailed,
  type Events,
  type JsonObject,
  type JsonValue,
  type Methods,
  RpcError,
  type ServerEvent,
  type SocketClient,
  socketClient,
} from '../../typescript/index.ts';
import { type Remembered, rememberedInTab, sleep } from '../shell/index.ts';
import { scopeCovers } from './scopes.ts';
import type { Bus, BusState, Credentials } from './types.ts';

type Client = SocketClient<Methods, Events>;

interface Wanted {
  readonly filter: string;
  readonly match: JsonObject | undefined;
  readonly listener: (event: ServerEvent) => void;
  readonly onGap: () => void;
  /** Id of the last event that came, or after which it began; null: none. */
  lastId: number | null;
  close: (() => void) | null;
}

const reconnect = { firstMs: 300, longestMs: 4000 };
const timeoutMs = 15_000;

/** @param url of the server. @param kept where credentials stay for this tab. */
export function createBus(url: string, kept: Remembered = rememberedInTab('login')): Bus {
  const state = signal<BusState>('connecting');
  const scopes = signal<readonly string[]>([]);
  const name = signal('');
  const advice = signal('');
  const wanted = new Set<Wanted>();
  const openListeners = new Set<() => void>();
  let client: Client | null = null;
  const waiting: ((client: Client) => void)[] = [];
  /** Rises with each attempt of ours: an older one that ends late counts for nothing. */
  let attempt = 0;

  /** @throws RpcError (rejects) refused. @throws ConnectionFailed (rejects) no server. */
  async function open(credentials: Credentials | null): Promise<void> {
    const mine = ++attempt;
    const made: Client = await socketClient<Methods, Events>({
      url,
      timeoutMs,
      reconnect,
      ...(credentials === null ? {} : { login: { ...credentials } }),
      onFault: (fault) => console.error(fault),
      onConnection: (now) => {
        if (mine !== attempt) return;
        if (now === 'lost') {
          state.value = 'lost';
          advice.value = 'The connection to the server is lost. It is opened again by itself.';
        } else void welcomed(made, mine);
      },
    });
    try {
      if (mine !== attempt) throw new ConnectionFailed('another attempt took its place');
      await whoAmI(made);
    } catch (fault) {
      made.close();
      throw fault;
    }
    client?.close();
    client = made;
    void made.closed.then((reason) => {
      if (mine === attempt) refused(reason);
    });
    await subscribeAll(made);
    isOpen(made);
  }

  async function whoAmI(made: Client): Promise<void> {
    const me = await made.request('auth.whoAmI', []);
    const { name: caller, scopes: granted } = membersOf(me);
    name.value = typeof caller === 'string' ? caller : '';
    scopes.value = Array.isArray(granted) ? granted.map(String) : [];
  }

  /** The client opened it again by itself, and its subscriptions with it. */
  async function welcomed(made: Client, mine: number): Promise<void> {
    try {
      await whoAmI(made);
    } catch {
      return; // lost again: the client goes on
    }
    if (mine === attempt) isOpen(made);
  }

  function isOpen(made: Client): void {
    state.value = 'open';
    advice.value = '';
    for (const wake of waiting.splice(0)) wake(made);
    for (const listener of openListeners) run(listener);
  }

  /** The connection ended for good: the credentials are no longer taken. */
  function refused(reason: string): void {
    kept.set('');
    client = null;
    scopes.value = [];
    advice.value = /revoked|expired|refuses/.test(reason)
      ? 'Your sign-in has ended: the token was revoked or has expired. Ask for a new one (callbus token create) and sign in again.'
      : 'Sign in to go on.';
    state.value = 'signIn';
  }

  async function start(credentials: Credentials | null): Promise<void> {
    for (let wait = 300; ; wait = Math.min(4000, wait * 2)) {
      const before = attempt;
      try {
        await open(credentials);
        return;
      } catch (fault) {
        if (attempt !== before + 1) return;
        if (fault instanceof RpcError) {
          kept.set('');
          advice.value = credentials === null ? '' : sentenceOf(fault);
          state.value = 'signIn';
          return;
        }
        if (state.value !== 'connecting' || wait > 1000) {
          state.value = 'lost';
          advice.value = 'The server does not answer. The page goes on trying; is the server running?';
        }
      }
      await sleep(wait);
      if (attempt !== before + 1) return;
    }
  }

  async function subscribeAll(made: Client): Promise<void> {
    await Promise.all([...wanted].map((one) => subscribeOn(made, one)));
  }

  async function subscribeOn(made: Client, one: Wanted): Promise<void> {
    try {
      const subscription = await made.subscribe(
        one.filter as '*',
        (event) => {
          one.lastId = event.id;
          one.listener(event);
        },
        one.match,
        { ...(one.lastId === null ? {} : { after: one.lastId }), onGap: one.onGap },
      );
      one.close = () => void subscription.close().catch(() => {});
      if (!wanted.has(one)) one.close();
    } catch (fault) {
      console.error(fault); // lost meanwhile: the next connection subscribes again
    }
  }

  const connected = (): Promise<Client> =>
    client !== null && state.value !== 'signIn'
      ? Promise.resolve(client)
      : new Promise((resolve) => {
          waiting.push(resolve);
        });

  const bus: Bus = {
    state,
    scopes,
    name,
    advice,
    may: (scope) => scopeCovers(scopes.value, scope),
    call: async (method: string, params: readonly unknown[] | JsonObject = []) =>
      (await (await connected()).request(method, params)) as never, // the contract's word
    subscribe(filter, match, listener, onGap = () => {}, after) {
      const one: Wanted = {
        filter,
        match: match ?? undefined,
        listener: listener as (event: ServerEvent) => void, // the filter lets nothing else through
        onGap,
        lastId: after ?? null,
        close: null,
      };
      wanted.add(one);
      if (client !== null) void subscribeOn(client, one);
      return () => {
        wanted.delete(one);
        one.close?.();
      };
    },
    onOpen(listener) {
      openListeners.add(listener);
      if (state.value === 'open') run(listener);
      return () => void openListeners.delete(listener);
    },
    async login(credentials) {
      await open(credentials);
      kept.set(JSON.stringify(credentials));
    },
    logout() {
      kept.set('');
      scopes.value = [];
      client?.close();
      client = null;
      attempt++;
      state.value = 'connecting';
      void start(null);
    },
  };
  void start(readCredentials(kept.get()));
  return bus;
}

function run(listener: () => void): void {
  try {
    listener();
  } catch (fault) {
    console.error(fault);
  }
}

/** What was kept in this tab: our own words, but others can write there too. */
export function readCredentials(text: string): Credentials | null {
  if (text === '') return null;
  try {
    const { token, user, password, room, pin, key } = membersOf(JSON.parse(text) as JsonValue);
    if (typeof token === 'string') return { token };
    if (typeof user === 'string' && typeof password === 'string') return { user, password };
    if (typeof room === 'string' && typeof pin === 'string')
      return { room, pin, ...(typeof key === 'string' ? { key } : {}) };
  } catch {
    // Nothing is kept.
  }
  return null;
}

/** What went wrong with a call, and what to do, in one or two sentences. */
export function sentenceOf(fault: unknown): string {
  if (fault instanceof RpcError) {
    if (fault.reason === 'rpc.unauthorized')
      return 'The server does not know this token, or it has expired. Ask for a new one: callbus token create.';
    const next = membersOf(fault.data)['next'];
    const told = /[.!?]$/.test(fault.message) ? fault.message : `${fault.message}.`;
    return typeof next === 'string' && next !== '' ? `${told} ${next}` : told;
  }
  if (fault instanceof ConnectionFailed) return `The server did not answer: ${fault.message}. Try again in a moment.`;
  return fault instanceof Error ? fault.message : String(fault);
}

function membersOf(value: JsonValue): { readonly [name: string]: JsonValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
