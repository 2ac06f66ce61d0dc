import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, type Endpoint, type TcpConnection } from '../../../core/runtime/index.ts';
import { createSipStack, type SipConfig, type SipWebSocket } from '../../../core/sip/index.ts';
import { LocalAddresses } from '../../../core/sip/local-addresses.ts';
import { isCode, type Lab, lab, serverAddress, sipConfig } from './lab.ts';

const options = (via: string, branch: string): string =>
  [
    `OPTIONS sip:${serverAddress} SIP/2.0`,
    `Via: SIP/2.0/${via};branch=z9hG4bK${branch}`,
    'From: <sip:a@b>;tag=1',
    'To: <sip:c@d>',
    `Call-ID: ${branch}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

interface Client {
  readonly connection: TcpConnection;
  heard: string;
  closed: boolean;
}

async function client(room: Lab, address: string, network = room.sim.host(address).seams.network): Promise<Client> {
  const connecting = network.connectTcp({ address: serverAddress, port: 5060 }, { timeoutMs: 1000 });
  await room.pass(50);
  const connection = await connecting;
  const state: Client = { connection, heard: '', closed: false };
  connection.onData = (bytes) => {
    state.heard += Buffer.from(bytes).toString();
  };
  connection.onClose = () => {
    state.closed = true;
  };
  return state;
}

test('one source has so many connections and no more; a trusted one has no such limit {sip-tcp} {limits}', async () => {
  for (const [trusted, open] of [
    [[], 2],
    [['10.0.0.2'], 3],
  ] as const) {
    const room = await lab({ maxConnectionsPerSource: 2, trusted: [...trusted] });
    const { network } = room.sim.host('10.0.0.2').seams;
    for (let each = 0; each < 3; each++) await client(room, '10.0.0.2', network);
    await client(room, '10.0.0.3');
    assert.equal(room.stack.load.connections, open + 1);
    assert.equal(room.counter('connections_refused'), 3 - open);
  }
});

test('a ping in two pieces is one ping; pings in one segment get one answer {sip-keepalive}', async () => {
  const room = await lab();
  const peer = await client(room, '10.0.0.2');
  const say = async (text: string): Promise<string> => {
    peer.heard = '';
    peer.connection.write(Buffer.from(text));
    await room.pass(50);
    return peer.heard;
  };
  assert.equal(await say('\r\n'), '');
  assert.equal(await say('\r\n'), '\r\n');
  assert.equal(await say('\r\n'), '');
  await room.pass(3000);
  assert.equal(await say('\r\n'), '');
  assert.equal(await say('\r\n\r\n'.repeat(1000)), '\r\n');
});

/** Calls a TCP peer that answers pings, or does not. */
async function pinged(room: Lab, answers: boolean): Promise<{ heard: string; closed: boolean }> {
  const { network } = room.sim.host('10.0.0.2').seams;
  const state = { heard: '', closed: false };
  await network.listenTcp({
    address: '10.0.0.2',
    port: 5060,
    onConnection(connection) {
      connection.onData = (bytes) => {
        const text = Buffer.from(bytes).toString();
        state.heard += text;
        if (answers && text === '\r\n\r\n') connection.write(Buffer.from('\r\n'));
      };
      connection.onClose = () => {
        state.closed = true;
      };
    },
  });
  room.stack.invite({
    requestUri: 'sip:x@10.0.0.2;transport=tcp',
    from: '<sip:a@10.0.0.1>',
    to: '<sip:x@10.0.0.2>',
    localTag: 'a',
    offer: async () => null,
  });
  await room.pass(100);
  state.heard = '';
  return state;
}

test('our pings keep a connection of ours open while they are answered, and find a dead one {sip-keepalive}', async () => {
  const keepAlive = { pingMs: 30_000, stun: true };
  const good = await lab({ keepAlive });
  const alive = await pinged(good, true);
  await good.pass(1_000_000);
  assert.equal(alive.closed, false);
  assert.ok(alive.heard.match(/\r\n\r\n/g)?.length ?? 0 >= 30);
  await good.stack.close();
  const bad = await lab({ keepAlive });
  const dead = await pinged(bad, false);
  await bad.pass(39_000);
  assert.equal(dead.closed, false);
  await bad.pass(2000);
  assert.equal(dead.closed, true);
  await bad.stack.close();
});

test('a message over the limit gets 513 and ends the connection {sip-tcp} {limits}', async () => {
  const room = await lab({ maxMessageBytes: 1000 });
  const peer = await client(room, '10.0.0.2');
  peer.connection.write(Buffer.from(options('TCP 10.0.0.2', 'big').replace('Length: 0', 'Length: 2000')));
  await room.pass(50);
  assert.match(peer.heard, /^SIP\/2\.0 513 /);
  assert.equal(peer.closed, true);
});

test('a peer that takes nothing is closed once too much waits for it {sip-tcp} {limits}', async () => {
  const room = await lab();
  const peer = await client(room, '10.0.0.2');
  peer.connection.write(Buffer.from(options('TCP 10.0.0.2', 'a')));
  await room.pass(50);
  const [request] = room.requests;
  assert.ok(request);
  room.sim.internet.partition(serverAddress, '10.0.0.2');
  const content = new Uint8Array(1_200_000);
  request.respond(200, 'OK', { body: { contentType: 'text/plain', content } });
  await room.pass(10);
  assert.equal(room.stack.load.connections, 0);
});

test('corner case 22: datagrams from port 0 and of blank lines only are dropped and counted {sip-udp} {sip-robust}', async () => {
  const room = await lab();
  const to: Endpoint = { address: serverAddress, port: 5060 };
  room.sim.host('10.0.0.2');
  room.sim.internet.inject({ address: '10.0.0.2', port: 0 }, to, Buffer.from(options('UDP 10.0.0.2', 'a')));
  room.sim.internet.inject({ address: '10.0.0.2', port: 5060 }, to, Buffer.from('\r\n\r\n\r\n'));
  room.sim.internet.inject({ address: '10.0.0.2', port: 5060 }, to, new Uint8Array(0));
  await room.pass(50);
  assert.equal(room.requests.length, 0);
  assert.equal(room.counter('messages_dropped'), 1);
  assert.equal(room.counter('keep_alives'), 2);
  assert.equal(room.faults(), 0);
});

test('STUN on the UDP port is answered, unless it is switched off {sip-keepalive}', async () => {
  const stun = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
  for (const on of [true, false]) {
    const room = await lab({ keepAlive: { pingMs: 0, stun: on } });
    const heard: string[] = [];
    const { network } = room.sim.host('10.0.0.2').seams;
    const socket = await network.udp({
      address: '10.0.0.2',
      port: 5060,
      onDatagram: (bytes) => void heard.push(Buffer.from(bytes).toString('hex')),
      onError: () => {},
    });
    socket.send(stun, { address: serverAddress, port: 5060 });
    await room.pass(50);
    assert.deepEqual(heard.length, on ? 1 : 0);
    if (on) assert.match(heard[0] ?? '', /^0101000c2112a442b7e7a701bc34d686fa87dfae0020000800013/);
    else assert.equal(room.counter('messages_dropped'), 1);
  }
});

test('corner case 66: responses go to where the request came from, or to its Via when sip.replyToVia says so {sip-udp}', async () => {
  for (const replyToVia of [false, true]) {
    const room = await lab({ replyToVia });
    const peer = await room.peer('10.0.0.2', 40_000);
    const via: number[] = [];
    const { network } = room.sim.host('10.0.0.3').seams;
    await network.udp({ address: '10.0.0.3', port: 5088, onDatagram: () => void via.push(1), onError: () => {} });
    await peer.send(options('UDP 10.0.0.3:5088', 'a'));
    room.requests[0]?.respond(200);
    const bye = options('UDP 10.0.0.3:5088', 'b').replaceAll('OPTIONS', 'BYE');
    await peer.send(bye.replace('<sip:c@d>', '<sip:c@d>;tag=nobody'));
    await room.pass(50);
    assert.equal(peer.heard.length, replyToVia ? 0 : 2);
    assert.equal(via.length, replyToVia ? 2 : 0);
  }
});

/** A machine with two addresses of one family. */
async function twoAddresses(listen: SipConfig['listen']) {
  const sim = createSimulation({ seed: 1 });
  const { seams } = sim.host('10.0.0.1', { addresses: ['10.0.0.7', 'fe80::1', '2001:db8::1'] });
  const stack = await createSipStack(seams, sipConfig({ listen }));
  stack.handlers = { onInvite: () => {}, onRequest: (request) => request.respond(200) };
  stack.open();
  const from: string[] = [];
  const texts: string[] = [];
  const { network } = sim.host('10.0.0.2').seams;
  const socket = await network.udp({
    address: '10.0.0.2',
    port: 5060,
    onDatagram(bytes, sender) {
      from.push(sender.address);
      texts.push(Buffer.from(bytes).toString());
    },
    onError: () => {},
  });
  return { sim, stack, socket, from, texts };
}

test('corner case 70: responses leave from the address that was called, with a socket for each address {sip-udp}', async () => {
  const udp = { transport: 'udp' as const, address: '0.0.0.0', port: 5060 };
  for (const [listen, expected] of [
    [[{ ...udp, eachAddress: true }], '10.0.0.7'],
    [[udp], '10.0.0.1'],
    [
      [
        { ...udp, address: '10.0.0.1' },
        { ...udp, address: '10.0.0.7' },
      ],
      '10.0.0.7',
    ],
  ] as const) {
    const room = await twoAddresses([...listen]);
    room.socket.send(Buffer.from(options('UDP 10.0.0.2:5060', 'a')), { address: '10.0.0.7', port: 5060 });
    await room.sim.clock.advance(50);
    assert.deepEqual(room.from, [expected]);
    await room.stack.close();
  }
});

test('a request leaves from the listener that was asked for by name; an unknown name fails it {sip-udp} {sip-config}', async () => {
  const room = await twoAddresses([
    { transport: 'udp', address: '10.0.0.1', port: 5060, name: 'inner' },
    { transport: 'udp', address: '10.0.0.7', port: 5070, name: 'outer', advertised: 'pbx.example' },
  ]);
  const statuses: number[] = [];
  const call = async (listener: string | undefined): Promise<void> => {
    const dialog = room.stack.invite({
      requestUri: 'sip:x@10.0.0.2',
      from: '<sip:a@10.0.0.1>',
      to: '<sip:x@10.0.0.2>',
      localTag: `tag${listener}`,
      ...(listener === undefined ? {} : { listener }),
      offer: async () => null,
    });
    dialog.onEvent = (event) => {
      if (event.kind === 'failed') statuses.push(event.response.status);
    };
    await room.sim.clock.advance(100);
  };
  await call(undefined);
  await call('outer');
  await call('nowhere');
  assert.deepEqual(room.from, ['10.0.0.1', '10.0.0.7']);
  assert.match(
    room.texts[1] ?? '',
    /Via: SIP\/2\.0\/UDP pbx\.example:5070;rport[\s\S]*Contact: <sip:tagouter@pbx\.example:5070>/,
  );
  assert.deepEqual(statuses, [503]);
  assert.deepEqual(
    room.stack.listeners.map(({ name }) => name),
    ['inner', 'outer'],
  );
  await room.stack.close();
});

test('corner case 63: [2001:db8::1] and 2001:db8::1 are one listener {sip-ipv6}', async () => {
  const sim = createSimulation({ seed: 1 });
  const { seams } = sim.host('10.0.0.1', { addresses: ['2001:db8::1'] });
  const listen: SipConfig['listen'] = [{ transport: 'udp', address: '[2001:db8::1]', port: 5060 }];
  const stack = await createSipStack(seams, sipConfig({ listen }));
  assert.deepEqual(stack.listeners, [{ transport: 'udp', address: '2001:db8::1', port: 5060 }]);
  const addresses = new LocalAddresses(seams.network, seams.clock);
  assert.equal(await addresses.learn('[2001:db8::9]'), '2001:db8::1');
  assert.equal(await addresses.learn('2001:db8::9'), '2001:db8::1');
  await stack.close();
});

test('corner case 64: a link-local address is nothing to tell a peer that is elsewhere {sip-ipv6}', async () => {
  const sim = createSimulation({ seed: 1 });
  const { seams } = sim.host('fe80::1', { addresses: ['10.0.0.1'] });
  const addresses = new LocalAddresses(seams.network, seams.clock);
  await assert.rejects(addresses.learn('2001:db8::9'), isCode('network.failed'));
  assert.equal(await addresses.learn('fe80::2'), 'fe80::1');
  assert.deepEqual(seams.network.localAddresses(), ['10.0.0.1']);
});

/** A WebSocket whose other end is the test. */
class FakeWebSocket implements SipWebSocket {
  readonly local = { address: serverAddress, port: 8090 };
  readonly remote: Endpoint;
  readonly secure: boolean;
  bufferedBytes = 0;
  readonly heard: string[] = [];
  closedWith: number | null = null;
  pings = 0;
  onMessage: (message: string | Uint8Array) => void = () => {};
  onPong: () => void = () => {};
  onClose: (code: number) => void = () => {};

  constructor(secure = false, address = '10.0.0.5') {
    this.secure = secure;
    this.remote = { address, port: 41_000 };
  }

  send(message: string | Uint8Array): void {
    this.heard.push(typeof message === 'string' ? message : Buffer.from(message).toString('latin1'));
  }

  close(code: number): void {
    this.closedWith ??= code;
    this.onClose(code);
  }

  ping(): void {
    this.pings++;
  }
}

const wsInvite = options('WS df7jal23ls0d.invalid', 'call')
  .replaceAll('OPTIONS', 'INVITE')
  .replace('Content-Length', 'Contact: <sip:a@df7jal23ls0d.invalid;transport=ws>\r\nContent-Length');

test('SIP over WebSocket: a call of a client without address is answered and ended on its connection {sip-ws}', async () => {
  const room = await lab();
  const socket = new FakeWebSocket();
  room.stack.acceptWebSocket(socket);
  socket.onMessage(Buffer.from(wsInvite));
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  dialog.respond(200);
  const answer = socket.heard.at(-1) ?? '';
  assert.match(answer, /Via: SIP\/2\.0\/WS df7jal23ls0d\.invalid;branch=z9hG4bKcall;received=10\.0\.0\.5/);
  assert.match(answer, new RegExp(`Contact: <sip:${dialog.ids.localTag}@10\\.0\\.0\\.1:8090;transport=ws>`));
  const ack = wsInvite.replaceAll('INVITE', 'ACK').replace('<sip:c@d>', `<sip:c@d>;tag=${dialog.ids.localTag}`);
  socket.onMessage(ack);
  dialog.end();
  await room.pass(10);
  assert.match(
    socket.heard.at(-1) ?? '',
    /^BYE sip:a@df7jal23ls0d\.invalid;transport=ws SIP\/2\.0\r\nVia: SIP\/2\.0\/WS 10\.0\.0\.1:8090;rport/,
  );
  socket.close(1000);
  assert.equal(room.stack.load.connections, 0);
});

test('a WebSocket client that is gone cannot be reached: its call ends {sip-ws}', async () => {
  const room = await lab();
  const socket = new FakeWebSocket();
  room.stack.acceptWebSocket(socket);
  socket.onMessage(wsInvite);
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  dialog.respond(200);
  socket.onMessage(wsInvite.replaceAll('INVITE', 'ACK').replace('<sip:c@d>', `<sip:c@d>;tag=${dialog.ids.localTag}`));
  socket.close(1006);
  const asked = dialog.request('INFO');
  await room.pass(100);
  assert.equal((await asked).status, 503);
});

test('WebSocket: keep-alives, a message that is too large, and a peer that does not answer pings {sip-ws} {sip-keepalive}', async () => {
  const room = await lab({ maxMessageBytes: 1000 });
  const socket = new FakeWebSocket(true);
  room.stack.acceptWebSocket(socket);
  socket.onMessage('\r\n\r\n');
  assert.deepEqual(socket.heard, ['\r\n']);
  await room.pass(30_000);
  assert.equal(socket.pings, 1);
  socket.onPong();
  await room.pass(30_000);
  socket.onMessage(`${options('WSS a.invalid', 'big')}${'x'.repeat(1000)}`);
  assert.match(socket.heard.at(-1) ?? '', /^SIP\/2\.0 513 [\s\S]*WSS a\.invalid/);
  assert.equal(socket.closedWith, 1009);
  const silent = new FakeWebSocket();
  room.stack.acceptWebSocket(silent);
  await room.pass(70_000);
  assert.equal(silent.closedWith, 1008);
  assert.equal(room.stack.load.connections, 0);
});
