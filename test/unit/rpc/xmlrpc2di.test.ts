import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { test } from 'node:test';
import { loadConfig } from '../../../core/config/index.ts';
import { type Bus, createBus, type DiValue, Double } from '../../../core/di/index.ts';
import { silentLog } from '../../../core/runtime/index.ts';
import { realSeams } from '../../../core/runtime/real-seams.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { SimRandom } from '../../../core/runtime/sim-random.ts';
import {
  createXmlRpcClient,
  startXmlRpcClient,
  type XmlRpcClientConfig,
  XmlRpcClientConfigSchema,
  xmlrpc2diFunctions,
} from '../../../rpc/index.ts';
import { decodeReply } from '../../../rpc/xmlrpc/client-codec.ts';
import { restMs, ServerPools } from '../../../rpc/xmlrpc/client-pools.ts';
import { Authority } from '../../support/authority.ts';
import { withRpc } from './world.ts';

/** A client whose clock stands still, and the functions on a bus. */
function client(changes: object = {}) {
  const clock = new SimClock();
  const seams = { ...realSeams({ log: silentLog }), clock };
  const config: XmlRpcClientConfig = {
    servers: [],
    allow: [],
    server_timeout: 5000,
    server_retry_after: 10,
    server_retry_max: 0,
    reply_bytes: 10_000,
    max_requests: 256,
    ...changes,
  };
  const bus = createBus({ clock, log: silentLog, counters: seams.counters, random: seams.random });
  bus.register('xmlrpc2di', xmlrpc2diFunctions, createXmlRpcClient(config, seams));
  const invoke = (name: string, ...args: DiValue[]) => bus.invoke('xmlrpc2di', name, args, bus.moduleContext('test'));
  return { clock, invoke, bus };
}

const portOf = (url: string): number => Number(new URL(url).port);

test('a request goes to a server of the pool and its values come back {xmlrpc2di-client}', () =>
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

test('the elements of a list are appended, a scalar too {xmlrpc2di-client}', () =>
  withRpc({}, async ({ url }) => {
    const { invoke } = client();
    await invoke('newConnection', 'app', '127.0.0.1', portOf(url), '/RPC2');
    assert.deepEqual(await invoke('sendRequestList', 'app', 'echo', 1, 'x'), [0, 'OK', 1, 'x']);
    assert.deepEqual(await invoke('sendRequestList', 'app', 'calls'), [0, 'OK', 3]);
  }));

test('a fault of the server is told with its code, and is no failure of the server {xmlrpc2di-client}', () =>
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

test('a server that fails rests, and another is asked at once {xmlrpc2di-client}', () =>
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

test('a reply over the limit, and one that never comes, are failures {xmlrpc2di-client}', async () => {
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

test('replies that would throw in the package are ordinary errors {xmlrpc2di-client}', () => {
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

test('values nested without end, entity bombs and names of prototypes in replies do no harm {xmlrpc2di-client}', async () => {
  const reply = (value: string): string =>
    `<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
  const deep = '<array><data><value>'.repeat(10_000) + '</value></data></array>'.repeat(10_000);
  assert.throws(() => decodeReply(reply(deep)), { code: 'rpc.parse' });
  const bomb = `<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>${reply('<string>&b;&b;</string>')}`;
  let text = '';
  try {
    text = JSON.stringify(decodeReply(bomb));
  } catch {
    // Refused: as good.
  }
  assert.ok(!text.includes('xxxx'));
  const member =
    '<member><name>__proto__</name><value><struct><member><name>polluted</name><value><i4>1</i4></value></member></struct></value></member>';
  decodeReply(reply(`<struct>${member}</struct>`));
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test('a connection that closes before the first byte of a reply is tried once more {xmlrpc2di-client}', async () => {
  let connections = 0;
  const answer =
    '<?xml version="1.0"?><methodResponse><params><param><value><i4>7</i4></value></param></params></methodResponse>';
  const server = createNetServer((socket) => {
    connections++;
    const isFirst = connections === 1;
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.end(isFirst ? '' : `HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const { invoke } = client();
  await invoke('newConnection', 'app', '127.0.0.1', typeof bound === 'object' && bound !== null ? bound.port : 0, '');
  assert.deepEqual(await invoke('sendRequest', 'app', 'x', []), [0, 'OK', 7]);
  assert.equal(connections, 2);
  server.close();
});

test('the rest of a server that keeps failing grows as configured {xmlrpc2di-client}', () => {
  const fixed = { firstMs: 10_000, longestMs: 0 };
  assert.deepEqual(
    [0, 1, 5].map((before) => restMs(fixed, before)),
    [10_000, 10_000, 10_000],
  );
  const growing = { firstMs: 10_000, longestMs: 60_000 };
  assert.deepEqual(
    [0, 1, 2, 3, 1000].map((before) => restMs(growing, before)),
    [10_000, 20_000, 40_000, 60_000, 60_000],
  );
  assert.equal(restMs({ firstMs: 0, longestMs: 0 }, 0), 1);
});

test('servers of one key take turns at random by weight; each key has its own {xmlrpc2di-client}', () => {
  const pools = new ServerPools(new SimClock(), new SimRandom(1), { firstMs: 10_000, longestMs: 0 });
  const at = (host: string) => ({ host, port: 1, path: '/', tls: null, authorization: null });
  for (const host of ['a', 'b', 'b', 'b']) pools.add('one', at(host));
  pools.add('two', at('c'));
  const picked = Array.from({ length: 400 }, () => pools.pick('one')?.server.host);
  const ofA = picked.filter((host) => host === 'a').length;
  assert.ok(ofA > 60 && ofA < 140, `${ofA} of 400`);
  assert.ok(!picked.includes('c'));
  for (let turn = 0; turn < 4; turn++) pools.pick('one')?.failed();
  assert.equal(pools.pick('one'), null);
  assert.equal(pools.pick('two')?.server.host, 'c');
  assert.equal(pools.remove('one', 'b', 1), 3);
  for (let more = 0; more < 998; more++) pools.add('many', at('d'));
  assert.throws(() => pools.add('many', at('d')), { code: 'module.full' });
});

test('over a wire only servers of the configuration may be added {xmlrpc2di-client} {access-control}', async () => {
  const { bus } = client({ allow: ['accounting.example', '192.0.2.1:8000', '[2001:db8::1]:80'] });
  const admin = { ...bus.moduleContext('x'), face: 'json-rpc' as const };
  const add = (host: string, port: number, uri = '') =>
    bus.invoke('xmlrpc2di', 'newConnection', ['app', host, port, uri], admin);
  await add('Accounting.example', 9000);
  await add('192.0.2.1', 8000);
  await add('2001:db8::1', 80);
  await assert.rejects(add('192.0.2.1', 22), { code: 'rpc.forbidden', detail: /192\.0\.2\.1:22 is not in/ });
  await assert.rejects(add('169.254.169.254', 80), { code: 'rpc.forbidden' });
  for (const [host, uri] of [
    ['a b', ''],
    ['accounting.example', '/x HTTP/1.1\r\nX: y'],
    ['accounting.example', 'x'],
  ] as const)
    await assert.rejects(add(host, 80, uri), { code: 'rpc.wrongType' });
  const listed = await bus.invoke('xmlrpc2di', 'listConnections', [], admin);
  assert.deepEqual(
    (listed as { host: string }[]).map(({ host }) => host),
    ['Accounting.example', '192.0.2.1', '2001:db8::1'],
  );
});

test('requests under way are bounded {xmlrpc2di-client}', () => {
  let asked = 0;
  let bothAsked: () => void = () => {};
  const both = new Promise<void>((resolve) => {
    bothAsked = resolve;
  });
  const neverAnswer = (): void => {
    if (++asked === 2) bothAsked();
  };
  return withServer(neverAnswer, async (port) => {
    const { invoke, clock } = client({ max_requests: 2 });
    await invoke('newConnection', 'app', '127.0.0.1', port, '');
    const first = [invoke('sendRequest', 'app', 'x', []), invoke('sendRequest', 'app', 'x', [])];
    await assert.rejects(invoke('sendRequest', 'app', 'x', []), { code: 'rpc.tooManyRequests' });
    await both;
    await clock.advance(5000);
    assert.deepEqual(await Promise.all(first), [
      [-1, 'no active connections'],
      [-1, 'no active connections'],
    ]);
  });
});

test('servers of the configuration are called by HTTPS, with credentials {xmlrpc2di-client}', async () => {
  const authority = await Authority.make();
  await authority.sign('server', 'DNS:accounting.example');
  const read = (name: string): Promise<Buffer> => readFile(authority.file(name));
  let authorization = '';
  const server = createHttpsServer(
    { cert: await read('server.crt'), key: await read('server.key') },
    (request, response) => {
      authorization = request.headers.authorization ?? '';
      response.end('<methodResponse><params><param><value><i4>1</i4></value></param></params></methodResponse>');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const seams = realSeams({ log: silentLog });
  const entry = { application: 'app', host: '127.0.0.1', port, tls: true };
  const ask = async (changes: object) => {
    const text = JSON.stringify({ servers: [{ ...entry, ...changes }] });
    const config = loadConfig<XmlRpcClientConfig>({ schema: XmlRpcClientConfigSchema, text });
    return (await startXmlRpcClient(config, seams)).send('app', 'x', [], null);
  };
  const trusted = { ca: authority.file('ca.crt'), server_name: 'accounting.example', user: 'me', password: 'secret' };
  assert.deepEqual(await ask(trusted), { kind: 'value', value: 1 });
  assert.equal(authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`);
  assert.equal(await ask({ ...trusted, server_name: 'other.example' }), null);
  assert.equal(await ask({}), null, 'an authority that nobody knows');
  await assert.rejects(ask({ ca: '/missing.pem' }), { code: 'config.invalid' });
  server.closeAllConnections();
  server.close();
  await authority.remove();
});

test('only administrators and modules may choose servers {access-control}', async () => {
  const bus: Bus = client().bus;
  const operator = { ...bus.moduleContext('test'), caller: { name: 'o', scopes: ['*:read', '*:control'], limits: {} } };
  await assert.rejects(bus.invoke('xmlrpc2di', 'newConnection', ['a', 'h', 1, ''], operator), {
    code: 'rpc.forbidden',
  });
});
