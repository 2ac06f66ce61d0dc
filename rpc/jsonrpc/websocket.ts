/** JSON-RPC over WebSocket at `/ws`, both ways, with events. */

import type { Caller } from '../../core/di/index.ts';
import type { HttpReply, HttpRequest, WebSocketHandler, WebSocketPeer } from '../../core/http/index.ts';
import { type Clock, CodedError, every } from '../../core/runtime/index.ts';
import { createJsonSession, type SessionLink, type SessionServices, waitForLogin } from './session.ts';

export interface WebSocketFaceOptions {
  readonly services: SessionServices;
  readonly clock: Clock;
  /** The caller of the upgrade request, or null: `auth.login` must come first. Rejects to refuse. */
  readonly callerOf: (request: HttpRequest) => Promise<Caller | null>;
  readonly refuse: (fault: unknown, request: HttpRequest) => HttpReply;
}

/** Bytes waiting for a client that make it a slow one. */
const maxBufferedBytes = 1_000_000;
/** Past this old events wait until it has gone. */
const busyBytes = 200_000;
/** Requests of one connection under way at once. */
const maxUnderWay = 64;
const pingMs = 30_000;

export function createWebSocketFace(options: WebSocketFaceOptions): WebSocketHandler {
  /** Between `admit` and `open` of the same request. */
  const admitted = new WeakMap<HttpRequest, Caller | null>();
  return {
    protocols: ['jsonrpc'],
    async admit(request) {
      try {
        admitted.set(request, await options.callerOf(request));
        return null;
      } catch (fault) {
        return options.refuse(fault, request);
      }
    },
    open: (peer, request) => openSession(options, peer, admitted.get(request) ?? null),
  };
}

function openSession({ services, clock }: WebSocketFaceOptions, peer: WebSocketPeer, caller: Caller | null): void {
  const link: SessionLink = {
    face: 'websocket',
    source: peer.source,
    get isSlow() {
      return peer.bufferedBytes > maxBufferedBytes;
    },
    get isBusy() {
      return peer.bufferedBytes > busyBytes;
    },
    send: (text) => peer.send(text),
    push: (text) => peer.sendSoon(text),
    // RFC 6455, 7.4.1: 1008 is for a message that violates a policy.
    close: (reason) => peer.close(1008, reason),
  };
  const session = createJsonSession(services, link, caller);
  let underWay = 0;
  let isAlive = true;
  const heartbeat = every(clock, pingMs, () => {
    if (!isAlive) link.close('no answer to ping');
    isAlive = false;
    peer.ping();
  });
  const login = waitForLogin(session, clock, () => {
    link.close('auth.login did not come in time');
  });

  peer.onPong = () => {
    isAlive = true;
  };
  peer.onMessage = (message) => {
    isAlive = true;
    if (typeof message !== 'string') {
      peer.close(1003, 'JSON-RPC comes in text messages');
      return;
    }
    if (underWay >= maxUnderWay) {
      session.refuse(new CodedError('rpc.tooManyRequests', `${maxUnderWay} requests of this connection are under way`));
      return;
    }
    const handling = session.receive(message);
    if (!(handling instanceof Promise)) return;
    underWay++;
    void handling.finally(() => underWay--);
  };
  peer.onClose = () => {
    heartbeat.cancel();
    login?.cancel();
    session.dispose();
  };
}
