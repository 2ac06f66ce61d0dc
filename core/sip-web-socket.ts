import type { WebSocketHandler } from './http/index.ts';
import type { SipStack } from './sip/index.ts';

/** RFC 7118: "the WebSocket SIP subprotocol": a client that does not offer `sip` is refused. */
export function sipWebSocket(sip: SipStack): WebSocketHandler {
  return {
    protocols: ['sip'],
    bounded: true, // by sip.maxConnections
    admit({ headers }) {
      const offered = String(headers['sec-websocket-protocol'] ?? '').split(',');
      if (offered.some((protocol) => protocol.trim() === 'sip')) return null;
      const body = 'SIP over WebSocket needs Sec-WebSocket-Protocol: sip (RFC 7118).\n';
      return { status: 400, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
    },
    open: (peer) => sip.acceptWebSocket(peer),
  };
}
