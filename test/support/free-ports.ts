/** Ports that were free a moment ago, for peers that cannot pick one themselves. */
import { createSocket } from 'node:dgram';

/** An even UDP port on loopback, with the next one free as well (RTP and RTCP). */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < portsEach / apart; attempt++) {
    const port = firstPort + (process.pid % slots) * portsEach + ((next++ * apart) % portsEach);
    if ((await bindOnce(port)) !== null && (await bindOnce(port + 1)) !== null) return port;
  }
  throw new Error('no free port on loopback');
}

/**
 * Below the ports that the system hands out by itself, and a range for each process: test files run
 * beside each other, and a port that is free now is bound by a peer a moment later.
 */
const firstPort = 20_000;
const portsEach = 400;
const slots = 31;
/** SIPp's media ports stand behind its own. */
const apart = 8;
let next = 0;

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
