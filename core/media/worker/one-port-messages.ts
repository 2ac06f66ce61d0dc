/**
 * What the messages of `protocol.ts` say of one port for all browser legs (`media.browserPort`). One
 * engine owns the port; a leg lives where it wants:
 *
 *   main ── servePort, portLeg ──► owner
 *   owner ── pathFound ──► main ── addPath ──► the leg's engine ── pathClosed ──► main
 */
import type { FrameRest } from '../../runtime/index.ts';
import type { IceCredentials, IceTransport } from './ice-messages.ts';
import type { StreamId } from './protocol.ts';

/** A socket on its way to a leg: of one remote address, which said the leg's password. */
export interface BrowserPath {
  readonly socket: number;
  readonly transport: IceTransport;
  /** Bytes of the kernel's `sockaddr` of the remote side. */
  readonly peer: readonly number[];
  /** Of a TCP connection; null: UDP. */
  readonly rest: FrameRest | null;
  /** What came already, the check first: it is the leg that answers. */
  readonly packets: readonly Uint8Array[];
}

/** A path that changes the thread with its leg. */
export type MovedPath = Pick<BrowserPath, 'socket' | 'transport' | 'rest'>;

export type OnePortCommand =
  /** Sockets of the port, which the main thread opened and closes: the receiver is the owner. */
  | { readonly kind: 'servePort'; readonly sockets: readonly number[] }
  /** By what the checks of a leg are known, the newest last; none: it is closed. */
  | { readonly kind: 'portLeg'; readonly stream: StreamId; readonly credentials: readonly IceCredentials[] }
  /** To the leg; an engine where it is not (any more) closes the socket. */
  | { readonly kind: 'addPath'; readonly stream: StreamId; readonly path: BrowserPath };

export type OnePortEvent =
  | { readonly kind: 'pathFound'; readonly stream: StreamId; readonly path: BrowserPath }
  /** The leg's engine has closed the socket: its number may be somebody else's soon. */
  | { readonly kind: 'pathClosed'; readonly stream: StreamId; readonly socket: number };

/** What came to the port, since the start of its owner. The names are those of `/metrics`. */
export interface OnePortTotals {
  /** Remote addresses and connections that were given to legs. */
  readonly paths: number;
  /** Packets that are no authentic check of a leg that is open: dropped unanswered. */
  readonly strangers: number;
  /** Authentic checks of new addresses, more than any browser has: dropped. */
  readonly pathsOverLimit: number;
  readonly connections: number;
  /** TCP connections that were closed: their first frame was no authentic check. */
  readonly connectionsRefused: number;
  /** They said nothing whole in time. */
  readonly connectionsIdle: number;
  /** They made room for newer ones. */
  readonly connectionsOverLimit: number;
}
