import type { WebSocketHandler } from './http/index.ts';
import type { MediaPool } from './media/index.ts';
import type { SipStack } from './sip/index.ts';

/** RFC 7118: "the WebSocket SIP subprotocol": a client that does not offer `sip` is refused. */
export function sipWebSocket(sip: SipStack, media: Pick<MediaPool, 'prepareWebRtc'>): WebSocketHandler {
  return {
    protocols: ['sip'],
    bounded: true, // by sip.maxConnections
    admit({ headers }) {
      const offered = String(headers['sec-websocket-protocol'] ?? '').split(',');
      if (offered.some((protocol) => protocol.trim() === 'sip')) return null;
      const body = 'SIP over WebSocket needs Sec-WebSocket-Protocol: sip (RFC 7118).\n';
      return { status: 400, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
    },
    open(peer, { headers }) {
      sip.acceptWebSocket(peer, pageHostOf(headers.host));
      // Who comes this way is a browser: until somebody clicks, what its first call needs is ready.
      media.prepareWebRtc();
    },
  };
}

/** The host of the page, of a `Host` header: without port and brackets, lower-case; null: there is none. */
export function pageHostOf(host: string | readonly string[] | undefined): string | null {
  const text = typeof host === 'string' ? host : '';
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?$/.exec(text);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
