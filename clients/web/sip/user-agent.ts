/** JsSIP's user agent over `/sip` of this host: it opens its WebSocket again by itself, and is kept alive. */
import type { signal } from '@preact/signals';
import { UA, WebSocketInterface } from 'jssip';
import { every } from '../shell/index.ts';
import type { LineState, SipUser } from './types.ts';

/** Proxies and NATs forget connections on which nothing passes for a minute. */
const keepAliveMs = 25_000;
/** Who does not sign in. */
const nobody = 'web';

export interface UserAgent {
  readonly ua: UA;
  /** Resolves when it is connected; false: not within `ms`. */
  ready(ms: number): Promise<boolean>;
  /** Runs now if it is connected, else when it is. */
  onceConnected(run: () => void): void;
  stop(): void;
}

export function startUserAgent(user: SipUser | null, state: ReturnType<typeof signal<LineState>>): UserAgent {
  const url = new URL('/sip', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocketInterface(url.href);
  const ua = new UA({
    sockets: [socket],
    uri: `sip:${encodeURIComponent(user?.user ?? nobody)}@${location.hostname}`,
    register: false,
    session_timers: true,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 5,
    user_agent: 'Callbus page',
    ...(user === null ? {} : { authorization_user: user.user, password: user.password }),
  });
  const waiting = new Set<() => void>();
  ua.on('connecting', () => {
    if (state.value !== 'ready') state.value = state.value === 'offline' ? 'offline' : 'connecting';
  });
  ua.on('connected', () => {
    state.value = 'ready';
    for (const wake of [...waiting]) wake();
  });
  ua.on('disconnected', () => {
    state.value = 'offline';
  });
  // RFC 5626, 4.4.1: a client that wants to know that a connection lives sends CRLF CRLF.
  const stopKeepAlive = every(keepAliveMs, () => {
    if (ua.isConnected()) socket.send('\r\n\r\n');
  });
  state.value = 'connecting';
  ua.start();
  return {
    ua,
    ready: (ms) =>
      new Promise((resolve) => {
        if (ua.isConnected()) {
          resolve(true);
          return;
        }
        const limit = AbortSignal.timeout(ms);
        const end = (): void => {
          waiting.delete(end);
          resolve(ua.isConnected());
        };
        waiting.add(end);
        limit.addEventListener('abort', end, { once: true });
      }),
    onceConnected(run) {
      if (ua.isConnected()) return run();
      const wake = (): void => {
        waiting.delete(wake);
        run();
      };
      waiting.add(wake);
    },
    stop() {
      stopKeepAlive();
      ua.stop();
    },
  };
}
