import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Inbox, webSocket } from './web-socket.ts';
import { type RpcWorld, withRpc } from './world.ts';

function publish(world: RpcWorld, call: string): void {
  world.bus.publish('call.ringing', { call, trace: 't', status: 180, reason: 'Ringing' });
}

test('JSON-RPC over WebSocket, with the events that were asked for {json-rpc} {events}', () =>
  withRpc({}, async (world) => {
    const { call, inbox, socket } = await webSocket(world.url);
    assert.equal((await call('calls')).result, 3);
    publish(world, 'unheard');
    const { lastId } = world.bus.eventLog;
    assert.ok(lastId > 0);
    assert.deepEqual((await call('events.subscribe', { filter: 'call.*' })).result, { subscription: 1, lastId });
    assert.deepEqual((await call('events.subscribe', { filters: ['*'], match: { call: ['B', 'Z'] } })).result, {
      subscription: 2,
      lastId,
    });
    publish(world, 'A');
    const event = await inbox.next();
    assert.equal(event.method, 'event');
    assert.equal(event.id, undefined);
    assert.deepEqual(
      { ...event.params, id: 0, at: '' },
      {
        subscription: 1,
        id: 0,
        name: 'call.ringing',
        at: '',
        payload: { call: 'A', trace: 't', status: 180, reason: 'Ringing' },
      },
    );
    assert.match(event.params.at, /^\d{4}-\d\d-\d\dT.*Z$/);
    publish(world, 'B');
    assert.deepEqual([(await inbox.next()).params.subscription, (await inbox.next()).params.subscription], [1, 2]);
    assert.equal((await call('events.unsubscribe', { subscription: 1 })).result, null);
    assert.equal((await call('events.unsubscribe', { subscription: 1 })).error?.code, -32602);
    assert.equal((await call('events.subscribe', [5])).error?.code, -32602);
    assert.equal((await call('events.subscribe', ['a b'])).error?.code, -32602);
    publish(world, 'C');
    assert.equal((await call('calls')).result, 3);
    socket.close();
  }));

test('what is no JSON-RPC on a WebSocket is answered or closed with a reason {json-rpc}', () =>
  withRpc({ limits: { bodyBytes: 1000 } }, async (world) => {
    const first = await webSocket(world.url);
    first.socket.send('{');
    assert.equal((await first.inbox.next()).error.code, -32700);
    first.socket.send(Buffer.from([1]));
    assert.equal((await first.closed).code, 1003);
    const second = await webSocket(world.url);
    second.socket.send('x'.repeat(2000));
    assert.equal((await second.closed).code, 1009);
    await assert.rejects(webSocket(world.url, { origin: 'http://evil.example' }), /403/);
    await assert.rejects(webSocket(`${world.url}/nope`), /404/);
  }));

test('without a header a closed WebSocket waits for auth.login, and closes after three other messages {access-control}', () =>
  withRpc({ openLoopback: false }, async (world) => {
    const { token } = await world.rpc.tokens.create({ name: 'a', scopes: ['viewer'] });
    const good = await webSocket(world.url);
    assert.equal((await good.call('calls')).error?.code, -32004);
    assert.deepEqual((await good.call('auth.login', { token })).result, { name: 'a', scopes: ['*:read'] });
    assert.equal((await good.call('calls')).result, 3);
    assert.equal((await good.call('reset')).error?.code, -32003);
    good.socket.close();

    const bad = await webSocket(world.url);
    for (let at = 0; at < 3; at++) assert.equal((await bad.call('events.subscribe', ['*'])).error?.code, -32004);
    assert.deepEqual(await bad.closed, { code: 1008, reason: 'auth.login did not succeed' });

    const withHeader = await webSocket(world.url, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await withHeader.call('calls')).result, 3);
    withHeader.socket.close();
    await assert.rejects(webSocket(world.url, { headers: { Authorization: 'Bearer wrong' } }), /401/);
  }));

test('a client that does not read is told so and closed, the others go on {events}', () =>
  withRpc({}, async (world) => {
    const lazy = await webSocket(world.url);
    await lazy.call('events.subscribe', ['*']);
    lazy.socket.pause();
    const reader = await webSocket(world.url);
    const slow = () =>
      world.seams.counters.samples().find(({ name }) => name === 'callbus_rpc_slow_clients_total')?.values[0]?.value;
    for (let at = 0; at < 400 && slow() !== 1; at++) {
      publish(world, 'x'.repeat(100_000));
      await reader.call('calls');
    }
    assert.equal(slow(), 1);
    lazy.socket.resume();
    const { code, reason } = await lazy.closed;
    assert.deepEqual([code, /slow consumer/.test(reason)], [1008, true]);
    assert.equal((await reader.call('calls')).result, 3);
    reader.socket.close();
  }));

/** A netstring client on a plain socket. */
function netstring(address: string | null) {
  const [host = '', port = ''] = (address ?? '').split(':');
  const socket: Socket = connect({ host, port: Number(port) });
  const inbox = new Inbox();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':')) {
      const end = colon + 1 + Number(text.slice(0, colon));
      if (text.length <= end) return;
      assert.equal(text[end], ',');
      inbox.push(JSON.parse(Buffer.from(text.slice(colon + 1, end), 'latin1').toString()));
      text = text.slice(end + 1);
    }
  });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const send = (payload: string): void => void socket.write(`${Buffer.byteLength(payload)}:${payload},`);
  return { socket, inbox, closed, send };
}

test('JSON-RPC in netstrings: SEMS’s examples, split anywhere, in order {netstring}', () =>
  withRpc({}, async ({ rpc }) => {
    const { socket, inbox, send } = netstring(rpc.netstring);
    send('{"jsonrpc":"2.0","method":"core.calls","id":12}');
    assert.deepEqual(await inbox.next(), { id: 12, jsonrpc: '2.0', result: [3] });
    send('{"jsonrpc":"2.0","method":"nosuch.list","id":"a"}');
    assert.equal((await inbox.next()).error.code, -32601);
    const request = '{"jsonrpc":"2.0","method":"same","params":["é"],"id":"7"}';
    const bytes = Buffer.from(`0:,${Buffer.byteLength(request)}:${request},`);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    assert.deepEqual(await inbox.next(), { id: '7', jsonrpc: '2.0', result: 'é' });
    for (let id = 1; id <= 20; id++) send(`{"jsonrpc":"2.0","method":"calls","id":${id}}`);
    for (let id = 1; id <= 20; id++) assert.equal((await inbox.next()).id, id);
    send('{"jsonrpc":');
    assert.equal((await inbox.next()).error.code, -32700);
    send('[{"jsonrpc":"2.0","method":"calls","id":1}]');
    assert.equal((await inbox.next())[0].result, 3);
    socket.destroy();
  }));

for (const [title, bytes, code] of [
  ['a newline between two', '0:,\n', -32600],
  ['letters for a length', 'abc:', -32600],
  ['an endless length', '1'.repeat(11), -32600],
  ['a length over the limit', '99999999:', -32005],
  ['no comma', '2:{}x', -32600],
] as const) {
  test(`netstrings with ${title} are refused with an error and closed {netstring}`, () =>
    withRpc({}, async ({ rpc }) => {
      const { socket, inbox, closed } = netstring(rpc.netstring);
      socket.write(bytes);
      assert.equal((await inbox.next()).error.code, code);
      await closed;
    }));
}

test('a closed netstring listener wants auth.login first {netstring} {access-control}', () =>
  withRpc({ openLoopback: false }, async ({ rpc }) => {
    const { token } = await rpc.tokens.create({ name: 'a', scopes: ['viewer'] });
    const { inbox, send, socket } = netstring(rpc.netstring);
    send('{"jsonrpc":"2.0","method":"core.calls","id":1}');
    assert.equal((await inbox.next()).error.code, -32004);
    send(`{"jsonrpc":"2.0","method":"auth.login","params":["a","${token}"],"id":2}`);
    assert.equal((await inbox.next()).result.name, 'a');
    send('{"jsonrpc":"2.0","method":"core.calls","id":3}');
    assert.deepEqual((await inbox.next()).result, [3]);
    socket.destroy();
  }));

test('more requests than may wait are cut {netstring}', () =>
  withRpc({ limits: { deadlineMs: 1000 } }, async ({ rpc }) => {
    const { inbox, send, closed } = netstring(rpc.netstring);
    for (let id = 0; id < 200; id++) send('{"jsonrpc":"2.0","method":"slow","id":1}');
    assert.equal((await inbox.next()).error.code, -32006);
    await closed;
  }));
