import type { WebSocketHandler } from './http/index.ts';
import { isIpAddress } from './runtime/index.ts';
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
    open: (peer, { headers }) => sip.acceptWebSocket(peer, pageAddressOf(headers.host)),
  };
}

/**
 * The address by which a page reached us, from its `Host`: where a port of ours is published to it, its
 * media come in there, too. Only numbers: a browser resolves no names in candidates.
 */
export function pageAddressOf(host: string | readonly string[] | undefined): string | null {
  const name = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([^:[\]]{1,255}))(?::[0-9]{1,5})?$/.exec(typeof host === 'string' ? host : '');
  const address = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (address === 'localhost') return '127.0.0.1';
  return isIpAddress(address) && !isUnusable(address) ? address : null;
}

/** No one address: all of the machine's, a group, or one that means another thing there. */
function isUnusable(address: string): boolean {
  return /^(?:0\.|22[4-9]\.|23[0-9]\.|255\.|ff|fe80:|::$)/.test(address);
}
