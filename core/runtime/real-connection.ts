/** What real TCP and TLS sockets have in common. */
import type { Socket } from 'node:net';
import { CodedError } from './errors.ts';
import { type Endpoint, formatEndpoint, type TcpConnection } from './network.ts';
import { systemCode } from './system-code.ts';

/** The kernel asks a silent peer after this time whether it still is there. */
export const probeAfterMs = 60_000;

/** The seam's face of an open socket. */
export function connectionFace(socket: Socket): TcpConnection {
  const face: TcpConnection = {
    local: { address: plain(socket.localAddress), port: socket.localPort ?? 0 },
    remote: { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 },
    write: (bytes) => socket.writable && socket.write(bytes),
    get queuedBytes() {
      return socket.writableLength;
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    onData: () => {},
    onClose: () => {},
  };
  let fault: Error | null = null;
  socket.on('data', (bytes) => face.onData(bytes));
  socket.on('error', (error) => {
    fault = error;
  });
  socket.once('close', () => face.onClose(fault));
  return face;
}

/** IPv4 addresses mapped into IPv6 are shown as IPv4. */
export function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

export function bindFault(what: string, wanted: Endpoint, fault: Error): CodedError {
  const where = `${what} ${formatEndpoint(wanted)}`;
  if (systemCode(fault) === 'EADDRINUSE') return new CodedError('port.taken', where, { cause: fault });
  return new CodedError('network.failed', `${where}: ${systemCode(fault) || fault.message}`, { cause: fault });
}
