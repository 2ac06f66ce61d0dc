import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { type Bus, createBus, type DiValue, Double } from '../../../core/di/index.ts';
import { silentLog } from '../../../core/runtime/index.ts';
import { realSeams } from '../../../core/runtime/real-seams.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { createXmlRpcClient, xmlrpc2diFunctions } from '../../../rpc/index.ts';
import { decodeReply } from '../../../rpc/xmlrpc/client-codec.ts';
import { withRpc } from './world.ts';

/** A client whose clock stands still, and the functions on a bus. */
function client(changes: object = {}) {
  const clock = new SimClock();
  const seams = { ...realSeams({ log: silentLog }), clock };
  const config = { server_timeout: 5000, server_retry_after: 10, reply_bytes: 10_000, ...changes };
  const bus = createBus({ clock, log: silentLog, counters: seams.counters, random: seams.random });
  bus.register('xmlrpc2di', xmlrpc2diFunctions, createXmlRpcClient(config, seams));
  const invoke = (name: string, ...args: DiValue[]) => bus.invoke('xmlrpc2di', name, args, bus.moduleContext('test'));
  return { clock, invoke, bus };
}

const portOf = (url: string): number => Number(new URL(url).port);

test('a request goes to a server of the pool and its values come back {xml-rpc-client}', () =>
  withRpc({}, async ({ url }) => {
    const { invoke } = client();
    assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [-1, 'no active connections']);
    assert.equal(await invoke('newConnection', 'app', '127.0.0.1', portOf(url), ''), null);
    assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [0, 'OK', 3]);
    const values: DiValue[] = [
      -1,
      'a<&>"é',
      new Double(2),
      0.5,
      [],
      [1, ['x']],
      { b: 1, a: 'x' },
      new Uint8Array([1, 2]),
    ];
    const expected = [-1, 'a<&>"é', 2, 0.5, [], [1, ['x']], { a: 'x', b: 1 }, Buffer.from([1, 2])];
    assert.deepEqual(await invoke('sendRequest', 'app', 'echo', values), [0, 'OK', expected]);
    assert.deepEqual(await invoke('sendRequest', 'app', 'same', [null]), [0, 'OK', 0]);
    assert.deepEqual(await invoke('sendRequest', 'app', 'same', [5_000_000_000n]), [0, 'OK', '5000000000']);
  }));

test('the elements of a list are appended, a scalar too {xml-rpc-client}', () =>
  withRpc({}, async ({ url }) => {
    const { invoke } = client();
    await invoke('newConnection', 'app', '127.0.0.1', portOf(url), '/RPC2');
    assert.deepEqual(await invoke('sendRequestList', 'app', 'echo', 1, 'x'), [0, 'OK', 1, 'x']);
    assert.deepEqual(await invoke('sendRequestList', 'app', 'calls'), [0, 'OK', 3]);
  }));

test('a fault of the server is told with its code, and is no failure of the server {xml-rpc-client}', () =>
  withRpc({}, async ({ url }) => {
    const { invoke } = client();
    await invoke('newConnection', 'app', '127.0.0.1', portOf(url), '');
    const [code, text, fault] = (await invoke('sendRequest', 'app', 'nope', [])) as [number, string, number];
    assert.deepEqual([code, fault], [-2, -1]);
    assert.match(text, /^nope: unknown method name/);
    assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [0, 'OK', 3]);
    assert.equal(await invoke('removeConnection', 'app', '127.0.0.1', portOf(url)), 1);
    assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [-1, 'no active connections']);
  }));

async function withServer(
  answer: (response: ServerResponse) => void,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const server: Server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  try {
    await work(typeof bound === 'object' && bound !== null ? bound.port : 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a server that fails rests, and another is asked at once {xml-rpc-client}', () =>
  withServer(
    (response) => response.writeHead(500).end(),
    (broken) =>
      withRpc({}, async ({ url }) => {
        const { invoke, clock } = client();
        await invoke('newConnection', 'app', '127.0.0.1', broken, '');
        assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [-1, 'no active connections']);
        await invoke('newConnection', 'app', '127.0.0.1', portOf(url), '');
        for (let at = 0; at < 5; at++) assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [0, 'OK', 3]);
        await invoke('removeConnection', 'app', '127.0.0.1', portOf(url));
        await clock.advance(10_000);
        assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [-1, 'no active connections']);
      }),
  ));

test('a reply over the limit, and one that never comes, are failures {xml-rpc-client}', async () => {
  await withServer(
    (response) => response.end('x'.repeat(20_000)),
    async (port) => {
      const { invoke } = client();
      await invoke('newConnection', 'app', '127.0.0.1', port, '');
      assert.deepEqual(await invoke('sendRequest', 'app', 'calls', []), [-1, 'no active connections']);
    },
  );
  let asked = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await withServer(asked, async (port) => {
    const { invoke, clock } = client();
    await invoke('newConnection', 'app', '127.0.0.1', port, '');
    const outcome = invoke('sendRequest', 'app', 'calls', []);
    await arrived;
    await clock.advance(5000);
    assert.deepEqual(await outcome, [-1, 'no active connections']);
  });
});

test('replies that would throw in the package are ordinary errors {xml-rpc-client}', () => {
  const broken = [
    '',
    'x',
    '<a>',
    '<methodResponse/>',
    '<methodResponse><fault></fault></methodResponse>',
    '<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>',
    '<methodResponse><params><param><value><foo/></value></param></params></methodResponse>',
    '<methodCall><methodName>x</methodName></methodCall>',
  ];
  for (const text of broken) assert.throws(() => decodeReply(text), { code: 'rpc.parse' }, text);
});

test('only administrators and modules may choose servers {access-control}', async () => {
  const bus: Bus = client().bus;
  const operator = { ...bus.moduleContext('test'), caller: { name: 'o', scopes: ['*:read', '*:control'], limits: {} } };
  await assert.rejects(bus.invoke('xmlrpc2di', 'newConnection', ['a', 'h', 1, ''], operator), {
    code: 'rpc.forbidden',
  });
});
