/** One session of JsSIP and its peer connection, as plain callbacks: the only file that knows JsSIP's events. */
import type { UA } from 'jssip';
import type { EndCause } from './endings.ts';

type RTCSession = ReturnType<UA['call']>;

export interface SessionListener {
  /** A provisional answer; `tag` is the server's, null in 100 Trying. */
  onProgress(status: number, tag: string | null): void;
  onAnswer(tag: string | null): void;
  /** Audio may flow. */
  onConnected(): void;
  /** What the other side sends. */
  onStream(stream: MediaStream): void;
  /** Runs once. */
  onEnd(cause: EndCause): void;
}

export interface SessionOptions {
  /** A SIP URI. */
  readonly target: string;
  readonly stream: MediaStream;
  readonly headers: readonly string[];
  readonly displayName: string;
}

export interface Session {
  readonly connection: RTCPeerConnection;
  hangUp(): void;
  /** Resolves when the other side has agreed; false: not now. */
  hold(on: boolean): Promise<boolean>;
  /** Resolves when the other side is connected with `target`. Rejects with an Error whose message is a sentence. */
  refer(target: string): Promise<void>;
  /** On a new WebSocket: tells the server where we are now. */
  refresh(): void;
}

/** What JsSIP gives to listeners of ends; `message` null: no SIP message ended it. */
interface End {
  readonly originator: string;
  readonly message: {
    readonly status_code?: number;
    readonly reason_phrase?: string;
    getHeader(name: string): string | undefined;
  } | null;
  readonly cause: string;
}

interface Response {
  readonly status_code: number;
  readonly to_tag: string;
}

/** Sends the INVITE; all that happens then is told to the listener, the end once. */
export function startSession(ua: UA, options: SessionOptions, listener: SessionListener): Session {
  let hasEnded = false;
  let hadAudio = false;
  let descriptionFault = '';
  const end = (cause: EndCause): void => {
    if (hasEnded) return;
    hasEnded = true;
    listener.onEnd(cause);
  };

  function watch(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ streams: [stream], track }) => {
      if (track.kind === 'audio') listener.onStream(stream ?? new MediaStream([track]));
    });
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'connected') {
        hadAudio = true;
        listener.onConnected();
      }
      // ICE stands and the DTLS handshake failed: JsSIP looks at ICE only, and ends the call itself then.
      if (connection.connectionState === 'failed' && connection.iceConnectionState !== 'failed') {
        end({ kind: hadAudio ? 'audioLost' : 'noIce' });
        hangUp(session);
      }
    });
  }

  const causeOf = ({ originator, message, cause }: End): EndCause => {
    if (cause === 'RTP Timeout') return { kind: hadAudio ? 'audioLost' : 'noIce' };
    if (descriptionFault !== '' || cause === 'Bad Media Description')
      return { kind: 'badDescription', detail: descriptionFault };
    if (cause === 'Connection Error') return { kind: 'lineLost' };
    if (cause === 'Request Timeout' || cause === 'No Answer' || cause === 'Expires') return { kind: 'noAnswer' };
    if (cause === 'Canceled') return { kind: 'hungUp', byUs: originator === 'local', reason: '' };
    const status = message?.status_code;
    if (typeof status === 'number' && status >= 300)
      return {
        kind: 'status',
        status,
        phrase: message?.reason_phrase ?? '',
        detail: warningOf(message?.getHeader('Warning')),
      };
    if (cause === 'Terminated')
      return { kind: 'hungUp', byUs: originator === 'local', reason: reasonOf(message?.getHeader('Reason')) };
    return { kind: 'other', text: cause };
  };

  const session: RTCSession = ua.call(options.target, {
    mediaStream: options.stream,
    mediaConstraints: { audio: true, video: false },
    pcConfig: { iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' },
    extraHeaders: [...options.headers],
    ...(options.displayName === '' ? {} : { fromDisplayName: options.displayName }),
    eventHandlers: {
      peerconnection: ({ peerconnection }) => watch(peerconnection),
      // The server is ICE-lite: it needs none of our candidates, and learns our address from our checks.
      icecandidate: ({ ready }) => ready(),
      progress: (event: object) => {
        const response = responseOf(event);
        if (response !== null) listener.onProgress(response.status_code, tagOf(response));
      },
      accepted: (event: object) => listener.onAnswer(tagOf(responseOf(event))),
      ended: (event) => end(causeOf(event as unknown as End)), // JsSIP's types leave out that there may be no message
      failed: (event) => end(causeOf(event as unknown as End)),
      'peerconnection:setremotedescriptionfailed': (fault: unknown) => {
        descriptionFault = fault instanceof Error ? fault.message : String(fault);
      },
    },
  });

  return {
    connection: session.connection,
    hangUp: () => hangUp(session),
    hold: (on) =>
      new Promise((resolve) => {
        const isAsked = on ? session.hold({}, () => resolve(true)) : session.unhold({}, () => resolve(true));
        if (!isAsked) resolve(false);
      }),
    refer: (target) => refer(session, target),
    refresh() {
      if (session.isEstablished()) session.renegotiate({});
    },
  };
}

function hangUp(session: RTCSession): void {
  if (!session.isEnded()) session.terminate();
}

function refer(session: RTCSession, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (event: {
      response?: { status_code: number; reason_phrase: string } | null;
      status_line?: { status_code: number; reason_phrase: string };
    }): void => {
      const { status_code: status, reason_phrase: phrase } = event.response ??
        event.status_line ?? { status_code: 0, reason_phrase: '' };
      const told = status === 0 ? '' : ` (${status} ${phrase})`;
      reject(new Error(`The transfer did not succeed${told}. You are still connected; try another address.`));
    };
    session.refer(target, {
      eventHandlers: { accepted: () => resolve(), requestFailed: refused, failed: refused },
    });
  });
}

/** Events of our own requests carry a response. */
function responseOf(event: object): Response | null {
  const response: unknown = 'response' in event ? event.response : null;
  return typeof response === 'object' && response !== null && 'status_code' in response ? (response as Response) : null;
}

const tagOf = (response: Response | null): string | null =>
  response === null || response.to_tag === undefined || response.to_tag === '' ? null : response.to_tag;

/** `399 host "text"` (RFC 3261, 20.43). */
const warningOf = (header: string | undefined): string => /"((?:[^"\\]|\\.)*)"/.exec(header ?? '')?.[1] ?? '';

/** `SIP;cause=200;text="…"` (RFC 3326). */
const reasonOf = (header: string | undefined): string =>
  (/text="((?:[^"\\]|\\.)*)"/.exec(header ?? '')?.[1] ?? '').replace(/\\(.)/g, '$1');
