/** A media thread for `packet-io-threads.test.ts`: owns a socket for a while, then lets it go. */
import { parentPort } from 'node:worker_threads';
import { openPacketIo } from '../../../core/runtime/index.ts';

const io = openPacketIo('libc');
const seen: number[] = [];
const collect = (): void => {
  io.poll((_socket, packet) => seen.push(((packet[0] ?? 0) << 8) | (packet[1] ?? 0)), 10_000);
};

parentPort?.on(
  'message',
  (order: { readonly kind: 'open' } | { readonly kind: 'release'; readonly socket: number }) => {
    if (order.kind === 'open') {
      void io.open('127.0.0.1', 0).then((socket) => {
        setInterval(collect, 5);
        parentPort?.postMessage({ socket, port: io.localPort(socket) });
      });
      return;
    }
    collect();
    io.release(order.socket);
    parentPort?.postMessage({ seen });
  },
);
