/** The floor of the B2BUA bench: forwards each datagram to another port with two bytes swapped, and does nothing else. */
import { createSocket } from 'node:dgram';

const target = Number(process.argv[2]);
const socket = createSocket('udp4');
socket.on('message', (message) => {
  const first = message[0] ?? 0;
  message[0] = message[1] ?? 0;
  message[1] = first;
  socket.send(message, target, '127.0.0.1');
});
socket.bind(0, '127.0.0.1', () => process.send?.({ port: socket.address().port }));
