import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConnectionFailed,
  httpClient,
  RpcError,
  type SocketLike,
  socketClient,
} from '../../../../clients/typescript/index.ts';

interface Methods {
  readonly 'rooms.count': (room: string, seconds?: number) => number;
}
interface Events {
  readonly dtmf: { readonly key: string };
}

/** A fetch that answers by `reply` and keeps what it was asked. */
function fakeFetch(
  reply: (request: { id: number; method: string; params: unknown }) => { status?: number; body: unknown },
) {
  const seen: { url: string; headers: unknown }[] = [];
  const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
    seen.push({ url: String(url), headers: init?.headers });
    const { status = 200, body } = reply(JSON.parse(String(init?.body)));
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
  return { fetch: fetch as typeof globalThis.fetch, seen };
}

test('a call over HTTP posts to /jsonrpc with the token and gives the typed result {typescript-client}', async () => {
  const { fetch, seen } = fakeFetch(({ id, params }) => ({
    body: { jsonrpc: '2.0', id, result: (params as unknown[]).length },
  }));
  const client = httpClient<Methods>({ url: 'http://h:1', token: 'abc', fetch });
  const count: number = await client.call('rooms.count', '5', 3);
  assert.equal(count, 2);
  assert.deepEqual(seen, [
    { url: 'http://h:1/jsonrpc', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer abc' } },
  ]);
});

test('errors of the server are RpcError, whatever the HTTP status; other failures are ConnectionFailed', async () => {
  const fail = (reply: Parameters<typeof fakeFetch>[0]) =>
    httpClient({ url: 'http://h:1', fetch: fakeFetch(reply).fetch })
      .call('f')
      .catch((fault: unknown) => fault);
  const error = { code: -32018, message: 'The room is full', data: { code: 'room.full', detail: '4711' } };
  const full = await fail(({ id }) => ({ status: 486, body: { jsonrpc: '2.0', id, error } }));
  assert(full instanceof RpcError);
  assert.deepEqual([full.code, full.reason, full.message], [-32018, 'room.full', 'The room is full: 4711']);
  const plain = await fail(() => ({ status: 415, body: 'send JSON' }));
  assert(plain instanceof RpcError);
  assert.equal(plain.code, 415);
  for (const body of ['<html>', '5', {}, { id: 99, result: 1 }])
    assert((await fail(() => ({ body }))) instanceof ConnectionFailed);
  const refused = await httpClient({ url: 'http://h:1', fetch: () => Promise.reject(new Error('refused')) })
    .call('f')
    .catch((fault: unknown) => fault);
  assert(refused instanceof ConnectionFailed);
});

/** The server's end of a socket. */
class FakeSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onerror: SocketLike['onerror'] = null;
  onclose: SocketLike['onclose'] = null;
  readonly sent: { id: number; method: string; params: unknown }[] = [];
  reply: (request: { id: number; method: string; params: unknown }) => void = ({ id }) =>
    this.say({ id, result: null });

  send(text: string): void {
    const request = JSON.parse(text);
    this.sent.push(request);
    this.reply(request);
  }

  close(): void {
    this.onclose?.({ code: 1000, reason: '' });
  }

  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  event(subscription: number, id: number): void {
    this.say({
      method: 'event',
      params: { subscription, id, name: 'dtmf', at: '2026-01-01T00:00:00.000Z', payload: { key: '5' } },
    });
  }
}

async function open(
  options: { token?: string; onFault?: (fault: unknown) => void; reconnect?: false } = {},
  setUp = (_socket: FakeSocket) => {},
) {
  const socket = new FakeSocket();
  setUp(socket);
  const urls: string[] = [];
  const opening = socketClient<Methods, Events>({
    url: 'http://h:1',
    ...options,
    socket: (url) => {
      urls.push(url);
      return socket;
    },
  });
  socket.onopen?.(undefined as never);
  return { socket, urls, client: await opening };
}

test('over WebSocket the token is the first message, and answers find their calls {typescript-client}', async () => {
  const { socket, urls, client } = await open({ token: 'abc' });
  assert.deepEqual(urls, ['ws://h:1/ws']);
  assert.deepEqual(
    socket.sent.map(({ method, params }) => [method, params]),
    [['auth.login', { token: 'abc' }]],
  );
  socket.reply = () => {};
  const calls = [client.call('rooms.count', 'a'), client.call('rooms.count', 'b')];
  socket.say({ id: 3, result: 2 });
  socket.say({ id: 2, result: 1 });
  assert.deepEqual(await Promise.all(calls), [1, 2]);
});

test('events reach their listener, also those that overtake the answer; after close none comes', async () => {
  const { socket, client } = await open();
  socket.reply = ({ id, method }) => {
    if (method === 'events.subscribe') socket.event(7, 1);
    socket.say({ id, result: method === 'events.subscribe' ? { subscription: 7 } : null });
  };
  const keys: string[] = [];
  const subscription = await client.subscribe('dtmf', ({ id, payload }) => void keys.push(`${id} ${payload.key}`));
  socket.event(7, 2);
  await subscription.close();
  await subscription.close();
  socket.event(7, 3);
  assert.deepEqual(keys, ['1 5', '2 5']);
  assert.deepEqual(
    socket.sent.map(({ method }) => method),
    ['events.subscribe', 'events.unsubscribe'],
  );
});

test('a listener that throws and a message that cannot be read are told and harm nothing', async () => {
  const faults: unknown[] = [];
  const { socket, client } = await open({ onFault: (fault) => void faults.push(fault) });
  socket.reply = ({ id }) => socket.say({ id, result: { subscription: 1 } });
  await client.subscribe('*', () => {
    throw new Error('mine');
  });
  socket.event(1, 1);
  socket.say('{');
  assert.equal(faults.length, 2);
  socket.reply = ({ id }) => socket.say({ id, result: 4 });
  assert.equal(await client.call('rooms.count', 'a'), 4);
});

test('a connection that ends fails what is under way and, where it shall not come back, what comes after', async () => {
  const { socket, client } = await open({ reconnect: false });
  socket.reply = () => {};
  const call = client.call('rooms.count', 'a');
  socket.onclose?.({ code: 1008, reason: 'slow consumer' });
  await assert.rejects(call, /1008: slow consumer/);
  await assert.rejects(client.call('rooms.count', 'a'), ConnectionFailed);
  assert.match(await client.closed, /slow consumer/);
});

test('a token that is refused ends the connection', async () => {
  const refuse = (socket: FakeSocket): void => {
    socket.reply = ({ id }) => socket.say({ id, error: { code: -32004, message: 'Credentials are needed' } });
  };
  await assert.rejects(open({ token: 'x' }, refuse), (fault) => fault instanceof RpcError && fault.code === -32004);
});

test('a lost connection is opened again, and subscriptions go on after the last event each had {typescript-client} {event-log}', async () => {
  const sockets: FakeSocket[] = [];
  const states: string[] = [];
  const seen: number[] = [];
  const gaps: number[] = [];
  const opening = socketClient<Methods, Events>({
    url: 'http://h:1',
    token: 'abc',
    reconnect: { firstMs: 1, longestMs: 2 },
    onConnection: (state) => void states.push(state),
    socket() {
      const socket = new FakeSocket();
      let subscription = 0;
      socket.reply = ({ id, method }) =>
        socket.say({ id, result: method === 'events.subscribe' ? { subscription: ++subscription, lastId: 5 } : 7 });
      sockets.push(socket);
      queueMicrotask(() => {
        // The second attempt finds nobody.
        if (sockets.length === 2) socket.onclose?.({ code: 1006, reason: '' });
        else socket.onopen?.(undefined as never);
      });
      return socket;
    },
  });
  const client = await opening;
  await client.subscribe(
    'dtmf',
    ({ id }) => void seen.push(id),
    { call: 'a' },
    { onGap: ({ after }) => void gaps.push(after) },
  );
  await client.subscribe('*', () => {});
  sockets[0]?.event(1, 6);
  sockets[0]?.onclose?.({ code: 1006, reason: '' });
  assert.equal(await client.call('rooms.count', 'a'), 7); // waits for the connection
  const [, , third] = sockets;
  assert.deepEqual(
    third?.sent.slice(0, 3).map(({ method, params }) => [method, params]),
    [
      ['auth.login', { token: 'abc' }],
      ['events.subscribe', { filter: 'dtmf', match: { call: 'a' }, after: 6 }],
      ['events.subscribe', { filter: '*', after: 5 }],
    ],
  );
  third?.say({ method: 'events.gap', params: { subscription: 1, after: 6, resumedAfter: 8, reason: 'dropped' } });
  third?.event(1, 9);
  assert.deepEqual([seen, gaps, states], [[6, 9], [6], ['lost', 'connected']]);
  client.close();
  await client.closed;
});

test('a batch is one message, and one call that fails harms no other {typescript-client}', async () => {
  const socketed = await open();
  const texts: string[] = [];
  socketed.socket.send = (text) => {
    texts.push(text);
    const [first, second] = JSON.parse(text) as { id: number }[];
    socketed.socket.say([
      { id: second?.id, error: { code: -32601, message: 'Unknown method.' } },
      { id: first?.id, result: 3 },
    ]);
  };
  const [good, bad] = await socketed.client.batch([
    ['rooms.count', 'a'],
    ['rooms.count', 'b'],
  ]);
  assert.deepEqual(good, { result: 3 });
  assert.ok('error' in bad && bad.error instanceof RpcError);
  assert.equal(texts.length, 1);
});
