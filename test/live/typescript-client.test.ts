/** The TypeScript client against the real server, with the platform's fetch and the package `ws`. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WebSocket } from 'ws';
import {
  type Events,
  httpClient,
  type Methods,
  RpcError,
  type SocketLike,
  socketClient,
} from '../../clients/typescript/index.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';

suite('against an open server', () => {
  let server: LiveServer;
  before(async () => {
    server = await startLiveServer();
  });
  after(() => server?.stop());

  test('the TypeScript client calls over HTTP with the generated types {typescript-client}', async () => {
    const client = httpClient<Methods>({ url: server.http });
    const [code, text] = await client.call('monitoring.log', 'ts', 'negative', -5);
    assert.deepEqual([code, text], [0, 'OK']);
    assert.deepEqual(await client.call('monitoring.getSingle', 'ts', 'negative'), [-5]);
    // @ts-expect-error: the contract knows the arguments
    const wrong = client.call('monitoring.get', 5);
    await assert.rejects(wrong, (fault) => fault instanceof RpcError && fault.reason === 'rpc.wrongType');
  });

  test('the TypeScript client calls and subscribes over WebSocket {typescript-client}', async () => {
    const client = await socketClient<Methods, Events>({
      url: server.http,
      socket: (url) => new WebSocket(url) as unknown as SocketLike,
    });
    assert.equal(await client.call('builtin.calls'), 0);
    const subscription = await client.subscribe('call.*', () => {});
    await subscription.close();
    client.close();
    assert.match(await client.closed, /closed/);
  });
});
