import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CodedError,
  createSimulation,
  type Endpoint,
  type Impairments,
  type Seams,
  type TcpConnection,
  type Traffic,
} from '../../../core/runtime/index.ts';

function twoHosts(impairments: Partial<Impairments> = {}) {
  const simulation = createSimulation({ seed: 1, impairments });
  const alice = simulation.host('10.0.0.1', { addresses: ['2001:db8::1'] });
  const bob = simulation.host('10.0.0.2', { addresses: ['2001:db8::2'] });
  return { ...simulation, alice, bob };
}

/** A socket that writes down what it gets and when. */
async function listener(seams: Seams, address: string, port: number) {
  const got: { atMs: number; text: string; from: Endpoint }[] = [];
  const socket = await seams.network.udp({
    address,
    port,
    onDatagram: (bytes, from) => got.push({ atMs: seams.clock.nowMs(), text: Buffer.from(bytes).toString(), from }),
    onError: (fault) => assert.fail(fault),
  });
  return { socket, got, texts: () => got.map(({ text }) => text) };
}

test('a datagram arrives one latency later, from the address that the host has towards its target', async () => {
  const { clock, alice, bob } = twoHosts({ latencyMs: 7 });
  const b = await listener(bob.seams, '0.0.0.0', 5060);
  const a = await listener(alice.seams, '0.0.0.0', 0);
  const startMs = clock.nowMs();
  a.socket.send(Buffer.from('hello'), { address: '10.0.0.2', port: 5060 });
  await clock.advance(100);
  assert.deepEqual(b.got, [
    { atMs: startMs + 7, text: 'hello', from: { address: '10.0.0.1', port: a.socket.local.port } },
  ]);
});

test('IPv6 hosts reach each other, and families do not mix', async () => {
  const { clock, alice, bob } = twoHosts();
  const b = await listener(bob.seams, '::', 5060);
  const a = await listener(alice.seams, '2001:db8::1', 0);
  a.socket.send(Buffer.from('six'), { address: '2001:db8::2', port: 5060 });
  a.socket.send(Buffer.from('four'), { address: '10.0.0.2', port: 5060 });
  await clock.advance(100);
  assert.deepEqual(b.texts(), ['six']);
});

test('loopback stays within its host', async () => {
  const { clock, alice, bob } = twoHosts();
  const a = await listener(alice.seams, '127.0.0.1', 9);
  const b = await listener(bob.seams, '127.0.0.1', 9);
  b.socket.send(Buffer.from('mine'), { address: '127.0.0.1', port: 9 });
  await clock.advance(100);
  assert.deepEqual([a.texts(), b.texts()], [[], ['mine']]);
});

test('a port is taken once: by address, by wildcard, and by a media socket', async () => {
  const { alice } = twoHosts();
  await listener(alice.seams, '10.0.0.1', 5060);
  await alice.seams.packetIo().open('10.0.0.1', 10000);
  const refused = async (address: string, port: number): Promise<string> => {
    const fault: unknown = await listener(alice.seams, address, port).catch((reason: unknown) => reason);
    return fault instanceof CodedError ? fault.code : 'accepted';
  };
  assert.equal(await refused('10.0.0.1', 5060), 'port.taken');
  assert.equal(await refused('0.0.0.0', 5060), 'port.taken');
  assert.equal(await refused('10.0.0.1', 10000), 'port.taken');
  assert.equal(await refused('10.9.9.9', 5060), 'network.failed');
  assert.equal(await refused('2001:db8::1', 5060), 'accepted');
});

test('a lossy link loses its share, a duplicating one doubles, a reordering one swaps', async () => {
  const { clock, internet, alice, bob } = twoHosts({ latencyMs: 1 });
  const b = await listener(bob.seams, '10.0.0.2', 5060);
  const a = await listener(alice.seams, '10.0.0.1', 0);
  const send = async (impairments: Partial<Impairments>): Promise<string[]> => {
    internet.impair('10.0.0.1', '10.0.0.2', impairments);
    b.got.length = 0;
    for (let i = 0; i < 100; i++) {
      a.socket.send(Buffer.from(`${i}`), { address: '10.0.0.2', port: 5060 });
      await clock.advance(1);
    }
    await clock.advance(1000);
    return b.texts();
  };
  const lost = 100 - (await send({ loss: 0.3 })).length;
  assert.ok(lost > 15 && lost < 45, `${lost} of 100 lost`);
  assert.equal((await send({ duplicate: 1 })).length, 200);
  const reordered = await send({ reorder: 0.1, reorderMs: 5 });
  assert.equal(reordered.length, 100);
  assert.notDeepEqual(
    reordered,
    [...reordered].sort((x, y) => Number(x) - Number(y)),
  );
});

test('partitioned hosts do not hear each other until healed; an unplugged one hears nobody', async () => {
  const { clock, internet, alice, bob } = twoHosts();
  const b = await listener(bob.seams, '10.0.0.2', 5060);
  const a = await listener(alice.seams, '10.0.0.1', 0);
  const say = async (text: string): Promise<void> => {
    a.socket.send(Buffer.from(text), { address: '10.0.0.2', port: 5060 });
    await clock.advance(50);
  };
  internet.partition('10.0.0.1', '10.0.0.2');
  await say('lost');
  internet.heal('10.0.0.1', '10.0.0.2');
  await say('heard');
  bob.host.unplug();
  await say('lost too');
  bob.host.plugIn();
  await say('heard again');
  assert.deepEqual(b.texts(), ['heard', 'heard again']);
});

test('names resolve from one table, addresses to themselves, unknown names are refused', async () => {
  const { internet, alice } = twoHosts();
  internet.names.set('bob.example', ['10.0.0.2', '2001:db8::2']);
  assert.deepEqual(await alice.seams.dns.lookup('Bob.example'), ['10.0.0.2', '2001:db8::2']);
  assert.deepEqual(await alice.seams.dns.lookup('[2001:db8::9]'), ['2001:db8::9']);
  await assert.rejects(alice.seams.dns.lookup('nobody.example'), { code: 'dns.failed' });
});

test('the tap sees what was sent and what was delivered', async () => {
  const { clock, internet, alice, bob } = twoHosts();
  await listener(bob.seams, '10.0.0.2', 5060);
  const a = await listener(alice.seams, '10.0.0.1', 0);
  const seen: string[] = [];
  const tap = internet.tap((traffic: Traffic) => {
    if (traffic.kind === 'datagram') seen.push(`${traffic.stage} ${traffic.to.port}`);
  });
  a.socket.send(Buffer.from('x'), { address: '10.0.0.2', port: 5060 });
  a.socket.send(Buffer.from('x'), { address: '10.0.0.2', port: 9 });
  await clock.advance(50);
  tap.dispose();
  a.socket.send(Buffer.from('x'), { address: '10.0.0.2', port: 5060 });
  await clock.advance(50);
  assert.deepEqual(seen, ['sent 5060', 'sent 9', 'delivered 5060']);
  assert.equal(internet.counts.undeliverable, 1);
});

/** A TCP server on bob that echoes, and what happened to its connections. */
async function echoServer(bob: Seams) {
  const ends: string[] = [];
  const listening = await bob.network.listenTcp({
    address: '10.0.0.2',
    port: 80,
    onConnection(connection) {
      connection.onData = (bytes) => void connection.write(bytes);
      connection.onClose = (fault) => ends.push(fault === null ? 'closed' : fault.message);
    },
  });
  return { ends, listening };
}

test('a TCP connection carries bytes in order and its end is told once on each side', async () => {
  const { clock, internet, alice, bob } = twoHosts();
  internet.impair('10.0.0.1', '10.0.0.2', { latencyMs: 10, jitterMs: 9, loss: 0.5 });
  const server = await echoServer(bob.seams);
  let heard = '';
  const ends: string[] = [];
  const opening = alice.seams.network
    .connectTcp({ address: '10.0.0.2', port: 80 }, { timeoutMs: 1000 })
    .then((connection) => {
      connection.onData = (bytes) => {
        heard += Buffer.from(bytes).toString();
      };
      connection.onClose = (fault) => ends.push(String(fault));
      for (const part of ['one ', 'two ', 'three']) connection.write(Buffer.from(part));
      return connection;
    });
  await clock.advance(100);
  const connection = await opening;
  assert.equal(heard, 'one two three');
  connection.end();
  connection.end();
  await clock.advance(100);
  assert.deepEqual([ends, server.ends], [['null'], ['closed']]);
  server.listening.close();
  assert.deepEqual([alice.host.openSockets(), bob.host.openSockets()], [[], []]);
  assert.equal(clock.pending, 0);
});

test('a refused, an unanswered and a reset TCP connection each say so', async () => {
  const { clock, alice, bob } = twoHosts();
  const { network } = alice.seams;
  const outcome = (address: string, port: number): Promise<string> =>
    network.connectTcp({ address, port }, { timeoutMs: 500 }).then(
      () => 'connected',
      (fault: Error) => fault.message,
    );
  const outcomes = Promise.all([outcome('10.0.0.2', 81), outcome('10.0.0.77', 80)]);
  await clock.advance(1000);
  const [refused, unanswered] = await outcomes;
  assert.match(refused ?? '', /ECONNREFUSED/);
  assert.match(unanswered ?? '', /no answer within 500 ms/);

  const server = await echoServer(bob.seams);
  const opened: TcpConnection[] = [];
  void network.connectTcp({ address: '10.0.0.2', port: 80 }, { timeoutMs: 500 }).then((end) => opened.push(end));
  await clock.advance(100);
  opened[0]?.destroy();
  await clock.advance(100);
  assert.deepEqual(server.ends, ['ECONNRESET']);
  assert.equal(clock.pending, 0);
});

test('a cut TCP connection stalls, goes on when healed, and breaks when it never is', async () => {
  const { clock, internet, alice, bob } = twoHosts();
  const server = await echoServer(bob.seams);
  let heard = '';
  let end = '';
  void alice.seams.network.connectTcp({ address: '10.0.0.2', port: 80 }, { timeoutMs: 500 }).then((connection) => {
    connection.onData = (bytes) => {
      heard += Buffer.from(bytes).toString();
    };
    connection.onClose = (fault) => {
      end = String(fault);
    };
    clock.after(1000, () => void connection.write(Buffer.from('late')));
    clock.after(20_000, () => void connection.write(Buffer.from('never')));
  });
  await clock.advance(100);
  internet.partition('10.0.0.1', '10.0.0.2');
  await clock.advance(5000);
  assert.equal(heard, '');
  internet.heal('10.0.0.1', '10.0.0.2');
  await clock.advance(3000);
  assert.equal(heard, 'late');
  internet.partition('10.0.0.1', '10.0.0.2');
  await clock.advance(100_000);
  assert.match(end, /ETIMEDOUT/);
  server.listening.close();
});
