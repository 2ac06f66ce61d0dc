import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { CodedError, realClock, realDns, realNetwork, SimClock } from '../../../core/runtime/index.ts';
import { SourceAddresses } from '../../../core/runtime/source-addresses.ts';

const network = realNetwork(realClock());

test('UDP on loopback: a datagram and its answer, on the ports really bound', async () => {
  const heard = await new Promise<string>((resolve, reject) => {
    void (async () => {
      const server = await network.udp({
        address: '127.0.0.1',
        port: 0,
        onDatagram: (bytes, from) => server.send(Buffer.from(`${Buffer.from(bytes)} back`), from),
        onError: reject,
      });
      const client = await network.udp({
        address: '127.0.0.1',
        port: 0,
        onDatagram: (bytes, from) => {
          assert.deepEqual(from, server.local);
          resolve(Buffer.from(bytes).toString());
          client.close();
          client.close();
          server.close();
        },
        onError: reject,
      });
      client.send(Buffer.from('hello'), server.local);
    })();
  });
  assert.equal(heard, 'hello back');
});

test('a taken port and a foreign address are refused with their codes, for UDP and TCP', async () => {
  const quiet = { onDatagram: () => {}, onError: () => {} };
  const udp = await network.udp({ address: '127.0.0.1', port: 0, ...quiet });
  const tcp = await network.listenTcp({ address: '127.0.0.1', port: 0, onConnection: () => {} });
  const code = (opening: Promise<unknown>): Promise<string> =>
    opening.then(
      () => 'accepted',
      (fault: unknown) => (fault instanceof CodedError ? fault.code : String(fault)),
    );
  assert.equal(await code(network.udp({ ...udp.local, ...quiet })), 'port.taken');
  assert.equal(await code(network.listenTcp({ ...tcp.local, onConnection: () => {} })), 'port.taken');
  assert.equal(await code(network.udp({ address: '192.0.2.77', port: 0, ...quiet })), 'network.failed');
  udp.close();
  tcp.close();
});

test('sending to what is no address is reported, not thrown', async () => {
  const faults: Error[] = [];
  const socket = await network.udp({
    address: '127.0.0.1',
    port: 0,
    onDatagram: () => {},
    onError: (fault) => faults.push(fault),
  });
  socket.send(Buffer.from('x'), { address: 'example.org', port: 9 });
  socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 0 });
  socket.close();
  socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 9 });
  assert.match(faults[0]?.message ?? '', /example\.org is not an IP address/);
});

test('TCP on loopback: bytes both ways, one end told once to each side', async () => {
  const story: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const over = (who: string) => (fault: Error | null) => {
      story.push(`${who} closed ${fault}`);
      if (story.length === 4) resolve();
    };
    void (async () => {
      const listener = await network.listenTcp({
        address: '127.0.0.1',
        port: 0,
        onConnection(connection) {
          listener.close();
          connection.onClose = over('server');
          connection.onData = (bytes) => {
            story.push(`server heard ${Buffer.from(bytes)}`);
            connection.write(Buffer.from('welcome'));
            connection.end();
          };
        },
      });
      const connection = await network.connectTcp(listener.local, { timeoutMs: 1000 });
      assert.deepEqual(connection.remote, listener.local);
      connection.onClose = over('client');
      connection.onData = (bytes) => story.push(`client heard ${Buffer.from(bytes)}`);
      connection.write(Buffer.from('hello'));
    })().catch(reject);
  });
  assert.deepEqual(story.slice(0, 2), ['server heard hello', 'client heard welcome']);
  assert.deepEqual(story.slice(2).sort(), ['client closed null', 'server closed null']);
});

test('a refused TCP connection names the address and the reason', async () => {
  const listener = await network.listenTcp({ address: '127.0.0.1', port: 0, onConnection: () => {} });
  listener.close();
  await assert.rejects(network.connectTcp(listener.local, { timeoutMs: 1000 }), {
    code: 'network.failed',
    message: new RegExp(`127\\.0\\.0\\.1:${listener.local.port}: ECONNREFUSED`),
  });
});

test('the source address towards loopback is loopback; names are not asked', async () => {
  assert.equal(await network.sourceAddressFor('127.0.0.1'), '127.0.0.1');
  await assert.rejects(network.sourceAddressFor('example.org'), { code: 'network.failed' });
});

test('a source address is remembered for a while, a failure is not', async () => {
  const clock = new SimClock();
  let probes = 0;
  const sources = new SourceAddresses(clock, async (to) => {
    probes++;
    if (to === '10.0.0.9') throw new CodedError('network.failed', to);
    return '10.0.0.1';
  });
  await Promise.all([sources.find('10.0.0.2'), sources.find('10.0.0.2')]);
  assert.equal(probes, 1);
  await clock.advance(60_000);
  assert.equal(await sources.find('10.0.0.2'), '10.0.0.1');
  assert.equal(probes, 2);
  await assert.rejects(sources.find('10.0.0.9'));
  await assert.rejects(sources.find('10.0.0.9'));
  assert.equal(probes, 4);
});

test('the resolver passes addresses through and names what it cannot find', async () => {
  const dns = realDns(realClock());
  assert.deepEqual(await dns.lookup('192.0.2.1'), ['192.0.2.1']);
  assert.deepEqual(await dns.lookup('[::1]'), ['::1']);
  assert.ok((await dns.lookup('localhost')).length > 0);
  await assert.rejects(dns.lookup('nobody.invalid'), { code: 'dns.failed', message: /nobody\.invalid/ });
});

test('a TLS handshake that is never ended is broken off after its time {sip-tls}', async () => {
  const underWay: number[] = [];
  const refused: string[] = [];
  const listener = await network.listenTls({
    address: '127.0.0.1',
    port: 0,
    credentials: { certificate: null, key: null, authorities: null },
    requestClientCertificate: 'never',
    handshakeMs: 20,
    maxHandshakes: 2,
    admit: (_remote, handshakes) => underWay.push(handshakes) > 0,
    onConnection: () => {},
    onRefused: (_remote, why) => refused.push(why),
  });
  const broken = () =>
    new Promise((resolve) => {
      const socket = connect(listener.local.port, '127.0.0.1', () => socket.write(Buffer.from([22, 3, 1])));
      socket.on('error', () => {});
      socket.on('close', resolve);
    });
  await Promise.all([broken(), broken()]);
  await broken();
  assert.deepEqual(underWay, [0, 1, 0]);
  assert.deepEqual(new Set(refused), new Set(['ERR_TLS_HANDSHAKE_TIMEOUT']));
  listener.close();
});
