/** di-interfaces 4.4: what a server that SEMS calls reads, byte for byte: `execRpc`, then `sendMessage` of each type. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { LiveServer } from '../../support/live-server.ts';

/** The other server: only listens, and shows what it reads. */
export interface RpcPeer {
  readonly port: number;
  /** Resolves with the bytes of the first connection, once there are that many. */
  reads(bytes: number): Promise<string>;
  close(): void;
}

export async function startRpcPeer(): Promise<RpcPeer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    server.emit('came', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const first = once(server, 'came') as Promise<[Socket]>;
  return {
    port: address.port,
    async reads(bytes) {
      const [socket] = await first;
      let got = Buffer.alloc(0);
      while (got.length < bytes) {
        const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(60_000) })) as [Buffer];
        got = Buffer.concat([got, chunk]);
      }
      return got.toString();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const framed = (text: string): string => `${Buffer.byteLength(text)}:${text},`;

/** The id of a request is the server's own, whatever was given; those of replies are texts. */
const sent: readonly (readonly [args: readonly unknown[], text: string])[] = [
  [[0, 'note', '', '', [true]], '{"jsonrpc":"2.0","method":"note","params":[true]}'],
  [[0, 'more', 'mine', '', { key: 'Zürich' }], '{"id":"2","jsonrpc":"2.0","method":"more","params":{"key":"Zürich"}}'],
  [[1, '', 'theirs', '', [5]], '{"id":"theirs","jsonrpc":"2.0","result":[5]}'],
  [
    [2, '', '7', '', { code: -32000, message: 'no' }],
    '{"error":{"code":-32000,"message":"no"},"id":"7","jsonrpc":"2.0"}',
  ],
];

export async function callsPeer(server: LiveServer, peer: RpcPeer): Promise<void> {
  const request = framed('{"id":"1","jsonrpc":"2.0","method":"account.get","params":["alice"]}');
  const all = request + sent.map(([, text]) => framed(text)).join('');
  const read = peer.reads(Buffer.byteLength(all));
  const reply = await server.rpc('jsonrpc.execRpc', ['', '', '', 0, '127.0.0.1', peer.port, 'account.get', ['alice']]);
  const [code, text, connection] = reply as [number, string, string];
  assert.deepEqual([code, text], [200, 'OK']);
  for (const [args] of sent)
    assert.deepEqual(await server.rpc('jsonrpc.sendMessage', [connection, ...args]), [200, 'posted']);
  assert.equal(await read, all);
}
