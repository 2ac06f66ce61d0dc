/** Module `jsonrpc`: connections that we open, in simulated time, to a peer that is scripted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiValue, PublishedEvent } from '../../../core/di/index.ts';
import { createSimulation, type Seams, type TcpConnection } from '../../../core/runtime/index.ts';
import { memoryStorage } from '../../../core/storage/index.ts';
import { createTokens, startRpc } from '../../../rpc/index.ts';
import { createNetstringReader, netstring } from '../../../rpc/jsonrpc/netstring-framing.ts';
import { offline, rpcConfig, sampleBus } from './world.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages of many shapes
type Message = any;

const peerAddress = '10.0.0.2';
const peerPort = 7080;

async function twoServers(changes: object = {}, queues: readonly string[] = []) {
  const simulation = createSimulation({ seed: 1 });
  const { clock, internet } = simulation;
  const { seams } = simulation.host('10.0.0.1');
  const other = simulation.host(peerAddress);
  internet.names.set('peer.example', [peerAddress]);
  const bus = sampleBus(seams);
  const posted: { queue: string; name: string; data: DiValue }[] = [];
  const peers = [{ name: 'other', host: peerAddress, port: peerPort }];
  const rpc = await startRpc({
    bus,
    seams,
    config: rpcConfig({ ...offline, peers, ...changes }),
    storage: memoryStorage(),
    ready: () => true,
    info: { title: 'Callbus', version: '0' },
    post(queue, name, data) {
      if (!queues.includes(queue)) return false;
      posted.push({ queue, name, data });
      return true;
    },
  });
  const events: PublishedEvent[] = [];
  bus.subscribe('jsonrpc.*', ['*:*'], (event) => events.push(event));

  /** The peer's side: what came, and how to answer on its newest connection. */
  const received: Message[] = [];
  const connections: { connection: TcpConnection; isOpen: boolean }[] = [];
  const listen = () =>
    other.seams.network.listenTcp({
      address: peerAddress,
      port: peerPort,
      onConnection(connection) {
        const entry = { connection, isOpen: true };
        connections.push(entry);
        const reader = createNetstringReader(1_000_000);
        connection.onData = (bytes) => received.push(...reader.push(bytes).map((text): Message => JSON.parse(text)));
        connection.onClose = () => {
          entry.isOpen = false;
        };
      },
    });
  const context = {
    ...bus.moduleContext('test'),
    caller: { name: 'o', scopes: ['*:read', '*:control'], limits: {} },
    face: 'websocket' as const,
  };
  /** Lets time pass until the promise settles. */
  async function settled<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    promise.then(done, done);
    for (let turn = 0; turn < 1000 && !isDone; turn++) await clock.advance(10);
    return promise;
  }
  return {
    rpc,
    bus,
    clock,
    posted,
    events,
    received,
    connections,
    listen,
    invoke: (name: string, ...args: DiValue[]) => settled(bus.invoke('jsonrpc', name, args, context)),
    async answers(message: object): Promise<void> {
      connections.at(-1)?.connection.write(netstring(JSON.stringify(message)));
      await clock.advance(50);
    },
    names: () => events.map(({ name, payload }) => [name.slice('jsonrpc.'.length), payload['queue']]),
  };
}

type World = Awaited<ReturnType<typeof twoServers>>;

async function execRpc(
  world: World,
  options: { sink?: string; notes?: string; requests?: string; flags?: number } = {},
) {
  const { sink = 'sink', notes = '', requests = '', flags = 0 } = options;
  const reply = await world.invoke('execRpc', sink, notes, requests, flags, peerAddress, peerPort, 'do.it', [1, 'x'], {
    mine: 7,
  });
  await world.clock.advance(50);
  assert.ok(Array.isArray(reply) && reply[0] === 200 && typeof reply[2] === 'string', JSON.stringify(reply));
  return reply[2];
}

test('execRpc sends one request, and its reply comes as an event and to the queue {jsonrpc-peers}', async () => {
  const world = await twoServers({}, ['sink']);
  await world.listen();
  const connection = await execRpc(world);
  assert.deepEqual(world.received, [{ id: '1', jsonrpc: '2.0', method: 'do.it', params: [1, 'x'] }]);
  await world.answers({ jsonrpc: '2.0', id: '1', result: { a: [1] } });
  const payload = { queue: 'sink', connection, id: '1', isError: false, value: { a: [1] }, userData: { mine: 7 } };
  assert.deepEqual(world.events[0]?.payload, payload);
  assert.deepEqual(world.posted, [{ queue: 'sink', name: 'jsonrpc.response', data: payload }]);

  assert.deepEqual(await world.invoke('sendMessage', connection, 0, 'more', 'any', 'sink', { b: 2 }), [200, 'posted']);
  await world.clock.advance(50);
  assert.deepEqual(world.received[1], { id: '2', jsonrpc: '2.0', method: 'more', params: { b: 2 } });
  await world.answers({ jsonrpc: '2.0', id: 2, error: { code: -1, message: 'no' } });
  assert.deepEqual(
    [world.events[1]?.payload['isError'], world.events[1]?.payload['value']],
    [true, { code: -1, message: 'no' }],
    'an id that comes back as a number is known too',
  );
  assert.deepEqual(await world.invoke('sendMessage', connection, 0, 'note', '', ''), [200, 'posted']);
  await world.clock.advance(50);
  assert.deepEqual(world.received[2], { jsonrpc: '2.0', method: 'note' });
  assert.deepEqual(await world.invoke('sendMessage', 'nope', 0, 'note', '', ''), [400, 'unknown connection']);
  await world.rpc.stop();
});

test('requests and notifications of the peer go to their receivers, and are answered by sendMessage {jsonrpc-peers}', async () => {
  const world = await twoServers({}, ['notes', 'asks']);
  await world.listen();
  const connection = await execRpc(world, { notes: 'notes', requests: 'asks' });
  await world.answers({ jsonrpc: '2.0', method: 'told', params: [1] });
  await world.answers({ jsonrpc: '2.0', method: 'asked', params: { a: 1 }, id: 'q7' });
  assert.deepEqual(
    world.posted.map(({ queue, data }) => [queue, data]),
    [
      ['notes', { queue: 'notes', connection, method: 'told', id: '', params: [1] }],
      ['asks', { queue: 'asks', connection, method: 'asked', id: 'q7', params: { a: 1 } }],
    ],
  );
  assert.equal(world.received.length, 1, 'nothing was answered yet');
  await world.invoke('sendMessage', connection, 1, '', 'q7', '', [5]);
  await world.invoke('sendMessage', connection, 2, '', 'q8', '', { code: 1 });
  await world.clock.advance(50);
  assert.deepEqual(world.received.slice(1), [
    { id: 'q7', jsonrpc: '2.0', result: [5] },
    { error: { code: 1 }, id: 'q8', jsonrpc: '2.0' },
  ]);
  world.connections[0]?.connection.end();
  await world.clock.advance(50);
  assert.deepEqual(world.names().slice(2), [
    ['disconnected', 'notes'],
    ['disconnected', 'asks'],
    ['disconnected', 'sink'],
  ]);
  assert.deepEqual(await world.invoke('sendMessage', connection, 0, 'x', '', ''), [400, 'unknown connection']);
  await world.rpc.stop();
});

test('without a receiver a peer may call what its scopes allow, and nothing else {jsonrpc-peers} {access-control}', async () => {
  for (const [scopes, calls, reset] of [
    [[], -32003, -32003],
    [['viewer'], [3], -32003],
    [['operator'], [3], null],
  ] as const) {
    const world = await twoServers({ peers: [{ name: 'other', host: peerAddress, port: peerPort, scopes }] });
    await world.listen();
    await execRpc(world);
    await world.answers({ jsonrpc: '2.0', method: 'core.calls', id: 1 });
    await world.answers({ jsonrpc: '2.0', method: 'sample.reset', id: 2 });
    assert.deepEqual(
      world.received.slice(1).map(({ result, error }: Message) => error?.code ?? result),
      [calls, reset],
      scopes.join(),
    );
    await world.rpc.stop();
  }
});

for (const [title, flags, queues, message] of [
  ['1: after each message', 1, ['sink'], { jsonrpc: '2.0', id: '1', result: 0 }],
  ['2: on a reply with an unknown id', 2, ['sink'], { jsonrpc: '2.0', id: '99', result: 0 }],
  ['4: when the sink is gone', 4, [], { jsonrpc: '2.0', id: '1', result: 0 }],
  ['8: when the request receiver is gone', 8, [], { jsonrpc: '2.0', method: 'x', id: '1' }],
  ['16: when the notification receiver is gone', 16, [], { jsonrpc: '2.0', method: 'x' }],
] as const) {
  test(`flag ${title}, the connection closes {jsonrpc-peers}`, async () => {
    for (const [given, isOpen] of [
      [flags, false],
      [0, true],
    ] as const) {
      const world = await twoServers({}, queues);
      await world.listen();
      await execRpc(world, { flags: given, notes: 'notes', requests: 'asks' });
      await world.answers(message);
      assert.equal(world.connections[0]?.isOpen, isOpen);
      await world.rpc.stop();
    }
  });
}

test('what no peer should send closes the connection {jsonrpc-peers}', async () => {
  for (const bytes of [
    '1:{,',
    '7:{"id":1,',
    '99999999:',
    'x',
    `${'['.repeat(500).length}:${'['.repeat(500)},`,
    '24:{"id":null,"error":{}   },',
    '14:{"result":1}  ,',
  ]) {
    const world = await twoServers();
    await world.listen();
    await execRpc(world);
    world.connections[0]?.connection.write(Buffer.from(bytes));
    await world.clock.advance(100);
    assert.equal(world.connections[0]?.isOpen, false, bytes.slice(0, 20));
    await world.rpc.stop();
  }
});

test('only configured peers are called over a wire; a failed connect is a 400 {jsonrpc-peers} {access-control}', async () => {
  const world = await twoServers();
  await assert.rejects(world.invoke('execRpc', '', '', '', 0, '169.254.169.254', 80, 'x'), { code: 'rpc.forbidden' });
  await assert.rejects(world.invoke('execRpc', '', '', '', 0, peerAddress, 22, 'x'), { code: 'rpc.forbidden' });
  await assert.rejects(world.invoke('execRpc', '', '', '', 0, peerAddress, peerPort, 'x', 5), {
    code: 'rpc.wrongType',
  });
  const [code, text] = (await world.invoke('execRpc', '', '', '', 0, peerAddress, peerPort, 'x')) as [number, string];
  assert.equal(code, 400);
  assert.match(text, /^Error in connect: /);
  await world.rpc.stop();
});

test('a configured peer stays connected, later each time, and gets its events {jsonrpc-peers}', async () => {
  const world = await twoServers({
    peers: [
      { name: 'billing', host: 'peer.example', port: peerPort, connect: true, scopes: ['*:read'], events: ['call.*'] },
    ],
  });
  const ringing = (call: string): void =>
    world.bus.publish('call.ringing', { call, trace: 't', status: 180, reason: 'Ringing' });
  await world.clock.advance(900);
  ringing('unheard');
  const listener = await world.listen();
  await world.clock.advance(500);
  assert.equal(world.connections.length, 1);
  ringing('A');
  await world.clock.advance(50);
  assert.deepEqual(
    world.received.map(({ method, params }: Message) => [
      method,
      params.name,
      params.payload.call,
      params.subscription,
    ]),
    [['event', 'call.ringing', 'A', undefined]],
  );
  assert.deepEqual(await world.invoke('sendMessage', 'billing', 0, 'note', '', ''), [200, 'posted']);
  listener.close();
  world.connections[0]?.connection.end();
  await world.clock.advance(30_000);
  await world.listen();
  await world.clock.advance(60_000);
  assert.equal(world.connections.length, 2);
  await world.rpc.stop();
  await world.clock.advance(100);
  assert.equal(world.connections[1]?.isOpen, false);
});

test('execServerFunction gives the whole reply, with the rights of the caller; getServerPort the port {jsonrpc-peers}', async () => {
  const world = await twoServers();
  assert.deepEqual(await world.invoke('execServerFunction', 'core.calls', '7', []), {
    id: '7',
    jsonrpc: '2.0',
    result: [3],
  });
  assert.deepEqual(await world.invoke('execServerFunction', 'sample.echo', '', [1, 'x']), {
    id: '',
    jsonrpc: '2.0',
    result: [1, 'x'],
  });
  const code = async (method: string, params: DiValue) =>
    ((await world.invoke('execServerFunction', method, '1', params)) as Message).error?.code;
  assert.equal(await code('sample.nope', []), -32601);
  assert.equal(await code('sample.same', []), -32602);
  assert.equal(await code('sample.wipe', []), -32003);
  assert.equal(await code('sample.same', 5), -32600);
  assert.deepEqual(await world.invoke('getServerPort'), [0]);
  assert.deepEqual(await world.invoke('_list'), ['execRpc', 'sendMessage', 'getServerPort', 'execServerFunction']);
  await world.rpc.stop();
});

test('connections are bounded: idle ones make room for new ones {jsonrpc-peers}', async () => {
  const world = await twoServers();
  await world.listen();
  const first = await execRpc(world);
  await world.answers({ jsonrpc: '2.0', id: '1', result: 0 });
  for (let more = 0; more < 255; more++) await execRpc(world);
  await execRpc(world);
  assert.deepEqual(await world.invoke('sendMessage', first, 0, 'x', '', ''), [400, 'unknown connection']);
  const [code] = (await world.invoke('execRpc', '', '', '', 0, peerAddress, peerPort, 'x')) as [number];
  assert.equal(code, 400);
  assert.equal(((await world.invoke('listConnections')) as unknown[]).length, 256);
  await world.rpc.stop();
});

test('the netstring listener leaves places for other addresses {netstring}', async () => {
  const simulation = createSimulation({ seed: 1 });
  const { seams } = simulation.host('10.0.0.1');
  const storage = memoryStorage();
  await createTokens(storage.keyValue('tokens'), seams.clock, seams.random).create({ name: 'a', scopes: ['viewer'] });
  const rpc = await startRpc({
    bus: sampleBus(seams),
    seams,
    config: rpcConfig({ listen: null, netstring: { address: '10.0.0.1', port: 7080 }, limits: { connections: 8 } }),
    storage,
    ready: () => true,
    info: { title: 'Callbus', version: '0' },
  });
  const refused = (): number => {
    const sample = seams.counters.samples().find(({ name }) => name === 'callbus_netstring_refused_total');
    return sample?.values.find(({ labels }) => labels['reason'] === 'source')?.value ?? 0;
  };
  const connectBy = async ({ network }: Seams): Promise<TcpConnection> => {
    const opening = network.connectTcp({ address: '10.0.0.1', port: 7080 }, { timeoutMs: 1000 });
    await simulation.clock.advance(50);
    return opening;
  };
  const { seams: greedy } = simulation.host('10.0.0.3');
  await connectBy(simulation.host('10.0.0.2').seams);
  await connectBy(greedy);
  const second = await connectBy(greedy);
  assert.equal(refused(), 0);
  await connectBy(greedy);
  assert.equal(refused(), 1, 'a quarter of eight from 10.0.0.3');
  second.end();
  await simulation.clock.advance(50);
  await connectBy(greedy);
  assert.equal(refused(), 1, 'a place became free');
  await rpc.stop();
});
