/** Events over a real server: a WebSocket consumer and a web server that is posted to, through kill -9 and restart. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import {
  type Events,
  type JsonValue,
  type Methods,
  type SocketLike,
  socketClient,
} from '../../clients/typescript/index.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';

const secret = 'a-secret-of-the-test';

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not so within 120 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a consumer and a webhook miss nothing and see no id twice through kill -9 and restart {event-log} {webhooks} {typescript-client}', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-events-'));
  const posted: { id: number; name: string }[] = [];
  let wrongSignatures = 0;
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const { 'callbus-timestamp': timestamp, 'callbus-signature': signature } = request.headers;
      const expected = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
      if (signature !== `v1=${expected}`) wrongSignatures++;
      posted.push(...(JSON.parse(body) as { events: { id: number; name: string }[] }).events);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const httpPort = await freePort();
  const config = {
    storage: { path: join(folder, 'var') },
    modules: { webhooks: {}, di_dial: {}, echo: {} },
    outgoing: { allow: ['127.0.0.1'] },
    rpc: { listen: { address: '127.0.0.1', port: httpPort }, netstring: null },
  };
  /** A call to nobody: it ends at once. */
  const call = (server: LiveServer): Promise<unknown> => {
    const uri = `sip:nobody@127.0.0.1:${server.sipPort}`;
    return server.rpc('di_dial.dial', {
      application: 'echo',
      user: 'a',
      from: 'sip:a@127.0.0.1',
      to: uri,
      labels: { account: 'acme', data: { order: 7 } },
    });
  };

  const first = await startLiveServer({ config });
  const seen: { id: number; name: string }[] = [];
  const client = await socketClient<Methods, Events>({
    url: first.http,
    reconnect: { firstMs: 50, longestMs: 200 },
    socket: (place) => new WebSocket(place) as unknown as SocketLike,
  });
  try {
    await client.subscribe('call.*', ({ id, name }) => void seen.push({ id, name }));
    const ended: JsonValue[] = [];
    await client.subscribe('call.ended', ({ payload }) => void ended.push(payload as JsonValue), { direction: 'out' });
    await first.rpc('webhooks.add', [url, { id: 'h', secret }]);
    await call(first);
    await until(() => seen.some(({ name }) => name === 'call.ended'), 'call.ended');
    const [payload] = ended as { [member: string]: JsonValue }[];
    assert.deepEqual([payload?.['status'], payload?.['account'], payload?.['data']], [404, 'acme', { order: 7 }]);
    const seenBefore = seen.length;
    first.peer.signal('SIGKILL');
    await first.peer.ended;

    const second = await startLiveServer({ config });
    await call(second);
    await until(() => seen.slice(seenBefore).some(({ name }) => name === 'call.ended'), 'call.ended after the restart');
    const kept = new Set(seen.map(({ id }) => id));
    assert.equal(kept.size, seen.length, 'an id twice');
    assert.deepEqual(
      seen.map(({ id }) => id),
      [...kept].sort((a, b) => a - b),
    );
    await until(() => seen.every(({ id }) => posted.some((one) => one.id === id)), 'all posted');
    assert.equal(wrongSignatures, 0);
    client.close();
    assert.equal(await second.stop(), 0);
  } finally {
    client.close();
    await first.stop();
    receiver.closeAllConnections();
    receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
});
