/** Ports that were free a moment ago, for peers that cannot pick one themselves. */
import { createSocket } from 'node:dgram';

/** An even UDP port on loopback, with the next one free as well (RTP and RTCP). */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await bindOnce(0);
    if (port === null || port % 2 !== 0 || port > 65_000) continue;
    if ((await bindOnce(port + 1)) !== null) return port;
  }
  throw new Error('no free port on loopback');
}

function bindOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(null);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}
