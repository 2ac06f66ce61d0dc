/** Entry of the thread of all DTLS handshakes: it loads the library. */
import { parentPort, workerData } from 'node:worker_threads';
import { DtlsHandshake } from './handshake.ts';
import type { DtlsReply, DtlsRequest, DtlsThreadStart } from './protocol.ts';

// Our own main thread is at the other end: its messages have these types.
const credentials: DtlsThreadStart = workerData;
const port = parentPort;
if (port === null) throw new Error('core/media/dtls/dtls-thread.ts is the entry of a thread');
const post = (reply: DtlsReply): void => port.postMessage(reply);
const handshakes = new Map<number, DtlsHandshake>();

port.on('message', (request: DtlsRequest) => {
  const { id } = request;
  switch (request.kind) {
    case 'open': {
      const { setup, fingerprints } = request;
      const handshake = new DtlsHandshake({
        credentials,
        setup,
        fingerprints,
        send: (packet) => post({ kind: 'send', id, packet }),
        onKeys: (keys, farewell) => post({ kind: 'keys', id, keys, farewell }),
        onEnd: (ending, detail) => {
          handshakes.delete(id);
          post({ kind: 'end', id, ending, detail });
        },
      });
      handshakes.set(id, handshake);
      handshake.start();
      return;
    }
    case 'packet':
      handshakes.get(id)?.receive(request.packet);
      return;
    case 'close':
      handshakes.get(id)?.close();
      handshakes.delete(id);
      return;
    default:
      request satisfies never;
  }
});
