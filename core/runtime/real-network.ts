import { createSocket, type Socket as DgramSocket } from 'node:dgram';
import { createServer, isIP, connect as netConnect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from './clock.ts';
import { type Dscp, markSocket } from './dscp.ts';
import { CodedError } from './errors.ts';
import {
  type ConnectOptions,
  type Endpoint,
  formatEndpoint,
  ipFamily,
  isLinkLocal,
  type Network,
  type TcpConnection,
  type TcpListener,
  type UdpOptions,
  type UdpSocket,
} from './network.ts';
import { bindFault, connectionFace, probeAfterMs } from './real-connection.ts';
import { checkTls, connectTls, listenTls } from './real-tls.ts';
import { SourceAddresses } from './source-addresses.ts';
import { systemCode } from './system-code.ts';

/** Asked of the kernel for signalling sockets, so that a burst of a thousand INVITEs is not lost; it may give less. */
const receiveBufferBytes = 4 * 1024 * 1024;

/** The machine's network. */
export function realNetwork(clock: Clock): Network {
  const sources = new SourceAddresses(clock, probeSource);
  return {
    udp: openUdp,
    listenTcp,
    connectTcp,
    listenTls,
    connectTls,
    checkTls,
    localAddresses,
    sourceAddressFor: (to) => sources.find(to),
  };
}

function openUdp(options: UdpOptions): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const wanted = { address: options.address, port: options.port };
    const refuse = (fault: Error): void => {
      socket.close();
      reject(bindFault('UDP', wanted, fault));
    };
    const socket = udpSocketFor(options.address);
    socket.once('error', refuse);
    socket.bind({ ...wanted, exclusive: true }, () => {
      socket.off('error', refuse);
      try {
        markSocket(socket, ipFamily(options.address), options.dscp);
      } catch (fault) {
        socket.close();
        reject(fault);
        return;
      }
      socket.on('error', options.onError);
      socket.on('message', (datagram, from) =>
        options.onDatagram(datagram, { address: from.address, port: from.port }),
      );
      try {
        socket.setRecvBufferSize(receiveBufferBytes);
      } catch {
        // The kernel's default size then.
      }
      resolve(udpFace(socket, options));
    });
  });
}

function udpFace(socket: DgramSocket, options: UdpOptions): UdpSocket {
  const { address, port } = socket.address();
  let open = true;
  return {
    local: { address, port },
    send(datagram, to) {
      if (!open) return;
      if (isIP(to.address) === 0) {
        options.onError(new CodedError('network.failed', `${to.address} is not an IP address`));
        return;
      }
      try {
        socket.send(datagram, to.port, to.address, (fault) => {
          if (fault !== null && open) options.onError(fault);
        });
      } catch (fault) {
        options.onError(fault instanceof Error ? fault : new Error(String(fault)));
      }
    },
    close() {
      if (open) socket.close();
      open = false;
    },
  };
}

/** Addresses are IP literals: nothing to resolve. IPv6 sockets leave IPv4 to sockets of their own. */
function udpSocketFor(address: string): DgramSocket {
  const family = ipFamily(address);
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: (host, _options, done) => done(null, host, isIP(host)),
  });
}

function listenTcp(options: {
  readonly address: string;
  readonly port: number;
  readonly dscp?: Dscp | null;
  onConnection(connection: TcpConnection): void;
}): Promise<TcpListener> {
  return new Promise((resolve, reject) => {
    const wanted = { address: options.address, port: options.port };
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: probeAfterMs }, (socket) => {
      if (socket.remoteAddress === undefined)
        socket.destroy(); // gone before we looked
      else options.onConnection(connectionFace(socket));
    });
    server.once('error', (fault) => reject(bindFault('TCP', wanted, fault)));
    server.listen({ host: wanted.address, port: wanted.port, ipv6Only: ipFamily(wanted.address) === 6 }, () => {
      const bound = server.address();
      try {
        markSocket(server, ipFamily(wanted.address), options.dscp);
      } catch (fault) {
        server.close();
        reject(fault);
        return;
      }
      server.on('error', () => {}); // a failed accept (no descriptors left) must not end the process
      resolve({
        local: typeof bound === 'object' && bound !== null ? { address: bound.address, port: bound.port } : wanted,
        close: () => void server.close(),
      });
    });
  });
}

function connectTcp(to: Endpoint, { timeoutMs, localAddress, dscp }: ConnectOptions): Promise<TcpConnection> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({
      host: to.address,
      port: to.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: probeAfterMs,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const fail = (detail: string, cause?: unknown): void => {
      socket.destroy();
      reject(new CodedError('network.failed', `TCP to ${formatEndpoint(to)}: ${detail}`, { cause }));
    };
    const onError = (fault: Error): void => fail(systemCode(fault) || fault.message, fault);
    const onTimeout = (): void => fail(`no answer within ${timeoutMs} ms`);
    socket.once('error', onError);
    socket.setTimeout(timeoutMs, onTimeout);
    socket.once('connect', () => {
      socket.off('error', onError);
      socket.setTimeout(0);
      socket.off('timeout', onTimeout);
      try {
        markSocket(socket, ipFamily(to.address), dscp);
      } catch (fault) {
        socket.destroy();
        reject(fault);
        return;
      }
      resolve(connectionFace(socket));
    });
  });
}

function localAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address }) => address).filter((address) => !isLinkLocal(address));
}

/** Asks the kernel which source it would use: connecting a UDP socket sends nothing. */
function probeSource(to: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = udpSocketFor(to);
    const fail = (fault: Error): void => {
      socket.close();
      reject(new CodedError('network.failed', `no route to ${to}: ${systemCode(fault)}`, { cause: fault }));
    };
    socket.once('error', fail);
    socket.connect(9, to, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}
