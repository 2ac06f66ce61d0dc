/** Ports that were free a moment ago, for peers that cannot pick one themselves. */
import { createSocket } from 'node:dgram';

/** An even UDP port on loopback, with the next one free as well (RTP and RTCP). */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < places; attempt++) {
    const port = firstPort + apart * Math.floor(Math.random() * places);
    if (given.has(port)) continue;
    if ((await bindOnce(port)) === null || (await bindOnce(port + 1)) === null || given.has(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error('no free port on loopback');
}

/**
 * Below the ports that the system hands out by itself: a server that asks for any port must not get
 * one that a peer is about to bind.
 */
const firstPort = 20_000;
/** SIPp's media ports stand behind its own. */
const apart = 8;
const places = 1500;
/** Each once: what was sent to who had it before would reach who has it next. */
const given = new Set<number>();

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
