import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TcpConnection } from '../../../core/runtime/index.ts';
import { chooseListener, plainAddress, sentByOf } from '../../../core/sip/flow.ts';
import { createSipStack, parseMessage, type SipResponse } from '../../../core/sip/index.ts';
import { createTrustList } from '../../../core/sip/trust.ts';
import { isCode, type Lab, lab, serverAddress, sipConfig } from './lab.ts';

/** A TCP client of the stack: its text, what it heard, whether it was closed. */
async function stream(room: Lab, address: string) {
  const { seams } = room.sim.host(address);
  const state = { heard: '', closed: false, connection: null as TcpConnection | null };
  const connecting = seams.network.connectTcp({ address: serverAddress, port: 5060 }, { timeoutMs: 1000 });
  await room.pass(50);
  const connection = await connecting;
  connection.onData = (bytes) => {
    state.heard += Buffer.from(bytes).toString();
  };
  connection.onClose = () => {
    state.closed = true;
  };
  state.connection = connection;
  const send = async (text: string): Promise<void> => {
    connection.write(Buffer.from(text.replaceAll('\n', '\r\n')));
    await room.pass(50);
  };
  return { state, send, connection };
}

const options = (branch: string, length = '0'): string =>
  [
    `OPTIONS sip:${serverAddress} SIP/2.0`,
    `Via: SIP/2.0/TCP 10.0.0.2:5060;branch=z9hG4bK${branch}`,
    'From: <sip:a@b>;tag=1',
    'To: <sip:c@d>',
    `Call-ID: ${branch}`,
    'CSeq: 1 OPTIONS',
    `Content-Length: ${length}`,
    '',
    '',
  ].join('\n');

test('corner case 23: several messages in one segment and one in many segments are told apart {sip-tcp}', async () => {
  const room = await lab();
  const { state, send } = await stream(room, '10.0.0.2');
  await send(options('one') + options('two') + options('three').slice(0, 100));
  assert.equal(room.requests.length, 2);
  await send(options('three').slice(100));
  assert.equal(room.requests.length, 3);
  for (const request of room.requests) request.respond(200);
  await room.pass(50);
  assert.equal(state.heard.match(/SIP\/2\.0 200/g)?.length, 3);
  assert.equal(room.stack.load.connections, 1);
});

test('a ping of two CRLF is answered with one, a lone CRLF with nothing {sip-tcp}', async () => {
  const room = await lab();
  const { state, send } = await stream(room, '10.0.0.2');
  await send('\n\n');
  assert.equal(state.heard, '\r\n');
  await send('\n');
  assert.equal(state.heard, '\r\n');
  await send(`\n\n${options('one')}`);
  assert.equal(room.requests.length, 1);
});

test('corner case 6: a Content-Length that is no number ends the stream with 400, and nothing waits for more {sip-tcp}', async () => {
  const room = await lab();
  const { state, send } = await stream(room, '10.0.0.2');
  await send(options('one', '-999'));
  assert.match(state.heard, /^SIP\/2\.0 400 /);
  assert.equal(state.closed, true);
  assert.equal(room.stack.load.connections, 0);
});

test('a message that does not go on, and a stream that is idle, are closed {sip-tcp}', async () => {
  const room = await lab();
  const slow = await stream(room, '10.0.0.2');
  await slow.send(options('one').slice(0, 50));
  const silent = await stream(room, '10.0.0.4');
  const idle = await stream(room, '10.0.0.3');
  await idle.send(options('two'));
  await room.pass(70_000);
  assert.equal(slow.state.closed, true);
  assert.equal(silent.state.closed, true);
  assert.equal(idle.state.closed, false);
  await room.pass(600_000);
  assert.equal(idle.state.closed, true);
  await room.assertEmpty();
});

test('connections past sip.maxConnections are closed {sip-tcp}', async () => {
  const room = await lab({ maxConnections: 1 });
  const first = await stream(room, '10.0.0.2');
  await stream(room, '10.0.0.3');
  assert.equal(first.state.closed, false);
  assert.equal(room.stack.load.connections, 1);
  assert.equal(room.counter('connections_refused'), 1);
});

test('corner case 68: a call over TCP: its answers and its BYE go on the connection it came on {sip-tcp}', async () => {
  const room = await lab();
  const { state, send } = await stream(room, '10.0.0.2');
  const text = options('call')
    .replace(/OPTIONS/g, 'INVITE')
    .replace('To:', 'Contact: <sip:a@10.0.0.2:5099>\nTo:');
  await send(text);
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  dialog.respond(200);
  await room.pass(50);
  assert.match(state.heard, new RegExp(`Contact: <sip:${dialog.ids.localTag}@10.0.0.1:5060;transport=tcp>`));
  await send(
    text
      .replace(/INVITE/g, 'ACK')
      .replace('z9hG4bKcall', 'z9hG4bKack')
      .replace('<sip:c@d>', `<sip:c@d>;tag=${dialog.ids.localTag}`),
  );
  dialog.end();
  await room.pass(50);
  assert.match(state.heard, /BYE sip:a@10\.0\.0\.2:5099 SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP 10\.0\.0\.1:5060;rport/);
  assert.equal(room.stack.load.connections, 1);
});

test('a request over 1300 bytes goes by TCP, and by UDP when the peer takes none {sip-tcp}', async () => {
  const room = await lab();
  const call = (host: string, tag: string) =>
    room.stack.invite({
      requestUri: `sip:x@${host}`,
      from: '<sip:a@10.0.0.1>',
      to: `<sip:x@${host}>`,
      localTag: tag,
      offer: async () => ({ contentType: 'application/sdp', content: new Uint8Array(1400) }),
    });
  const { seams } = room.sim.host('10.0.0.2');
  let heard = '';
  await seams.network.listenTcp({
    address: '10.0.0.2',
    port: 5060,
    onConnection: (connection) => {
      connection.onData = (bytes) => {
        heard += Buffer.from(bytes).toString('latin1');
      };
    },
  });
  call('10.0.0.2', 'a');
  await room.pass(100);
  assert.match(heard, /Via: SIP\/2\.0\/TCP 10\.0\.0\.1:5060;rport/);
  assert.match(heard, /Contact: <sip:[^>]*@10\.0\.0\.1:5060;transport=tcp>/);
  const peer = await room.peer('10.0.0.3');
  call('10.0.0.3', 'b');
  await room.pass(5000);
  assert.equal(peer.lastRequest('INVITE').body.length, 1400);
  assert.equal(peer.lastRequest('INVITE').via.transport, 'UDP');
  assert.equal(room.counter('tcp_to_udp'), 1);
});

test('a TCP target that refuses fails the call with 503, and nothing is left {sip-tcp}', async () => {
  const room = await lab();
  room.sim.host('10.0.0.2');
  const seen: SipResponse[] = [];
  const dialog = room.stack.invite({
    requestUri: 'sip:x@10.0.0.2;transport=TCP',
    from: '<sip:a@10.0.0.1>',
    to: '<sip:x@10.0.0.2>',
    localTag: 'a',
    offer: async () => null,
  });
  dialog.onEvent = (event) => {
    if (event.kind === 'failed') seen.push(event.response);
  };
  await room.pass(5000);
  assert.deepEqual(
    seen.map(({ status }) => status),
    [503],
  );
  await room.assertEmpty();
});

test('corner case 67: a response goes to the port that the request came from, whatever port the Via says {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2', 40_000);
  await peer.send(peer.request('OPTIONS').replace('10.0.0.2:40000', 'client.invalid:5060'));
  room.requests[0]?.respond(200);
  await room.pass(20);
  assert.match(
    peer.lastResponse().header('via') ?? '',
    /^SIP\/2\.0\/UDP client\.invalid:5060;.*rport=40000;received=10\.0\.0\.2/,
  );
});

test('an advertised address is what Via and Contact say {sip-udp}', async () => {
  const room = await lab({
    listen: [{ transport: 'udp', address: '0.0.0.0', port: 5060, advertised: 'pbx.example.org' }],
  });
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  room.dialogs[0]?.respond(180);
  await room.pass(20);
  assert.match(peer.lastResponse().header('contact') ?? '', /@pbx\.example\.org:5060>$/);
  assert.equal(room.dialogs[0]?.localAddress, '10.0.0.1');
});

test('a listener of one address names that, whatever address the kernel would send from {sip-udp}', async () => {
  const room = await lab({ listen: [{ transport: 'udp', address: '10.0.0.77', port: 5060 }] });
  const peer = await room.peer('10.0.0.2');
  room.stack.invite({
    ...{ requestUri: 'sip:x@10.0.0.2', from: 'sip:a@10.0.0.1', to: 'sip:x@10.0.0.2', localTag: 'a' },
    offer: async () => null,
  });
  await room.pass(20);
  const sent = peer.lastRequest('INVITE');
  assert.match(sent.header('contact') ?? '', /@10\.0\.0\.77:5060>$/);
  assert.match(sent.header('via') ?? '', /UDP 10\.0\.0\.77:5060;/);
});

test('corner case 62: IPv6 has brackets in Contact, and none where it is an address {sip-ipv6}', async () => {
  const room = await lab({ listen: [{ transport: 'udp', address: '::', port: 5060 }] });
  const peer = await room.peer('2001:db8::2');
  peer.to = { address: '2001:db8::1', port: 5060 };
  await peer.send(peer.request('INVITE'));
  room.dialogs[0]?.respond(200);
  await room.pass(20);
  assert.match(peer.lastResponse().header('contact') ?? '', /@\[2001:db8::1\]:5060>$/);
  assert.equal(room.dialogs[0]?.localAddress, '2001:db8::1');
});

test('ws and wss are no listeners of their own; a taken port is named too {sip-config}', async () => {
  for (const transport of ['ws', 'wss'] as const) {
    const { sim } = await lab();
    const { seams } = sim.host('10.0.9.9');
    const config = sipConfig({ listen: [{ transport, address: '0.0.0.0', port: 5061 }] });
    await assert.rejects(createSipStack(seams, config), (fault: Error) => {
      assert.match(fault.message, new RegExp(`sip\\.listen\\[0\\]\\.transport: ${transport}`));
      return isCode('config.notBuilt')(fault);
    });
  }
  const { sim } = await lab();
  const { seams } = sim.host('10.0.9.9');
  await createSipStack(seams, sipConfig());
  await assert.rejects(createSipStack(seams, sipConfig()), isCode('port.taken'));
  await assert.rejects(
    createSipStack(sim.host('10.0.9.8').seams, sipConfig({ trusted: ['x'] })),
    isCode('config.invalid'),
  );
});

test('trust covers addresses and networks of both families {sip-trust}', () => {
  const trust = createTrustList(['127.0.0.1', '::1', '10.1.0.0/16', '2001:db8::/32']);
  for (const address of ['127.0.0.1', '::1', '10.1.200.3', '::ffff:10.1.0.1', '2001:db8:ffff::9']) {
    assert.equal(trust.covers(address), true, address);
  }
  for (const address of ['127.0.0.2', '10.2.0.1', '2001:db9::1', '', 'x', '::', '1.2.3']) {
    assert.equal(trust.covers(address), false, address);
  }
  assert.equal(createTrustList(['tls:Proxy.example.org']).coversIdentity(['x', 'proxy.example.org']), true);
  assert.equal(trust.coversIdentity(['proxy.example.org']), false);
  for (const entry of [
    'tls:',
    'tls:*.example.org',
    '',
    '10.0.0.0/33',
    '10.0.0.1/x',
    '1.2.3',
    '2001:db8::/129',
    'host.example',
  ]) {
    assert.throws(() => createTrustList([entry]), isCode('config.invalid'), entry);
  }
});

test('the listener bound to the right address goes before one for all addresses {sip-udp}', () => {
  const listener = (address: string, port: number) => ({
    transport: 'udp' as const,
    bound: { address, port },
    advertised: null,
  });
  const all = [listener('0.0.0.0', 1), listener('10.0.0.1', 2), listener('::', 3)];
  assert.equal(chooseListener(all, 'udp', '10.0.0.9', '10.0.0.1')?.bound.port, 2);
  assert.equal(chooseListener(all, 'udp', '10.0.0.9', '10.0.0.5')?.bound.port, 1);
  assert.equal(chooseListener(all, 'udp', '2001:db8::1', null)?.bound.port, 3);
  assert.equal(chooseListener(all, 'tcp', '10.0.0.9', null), null);
  assert.equal(sentByOf({ ...listener('::', 3), advertised: '2001:db8::7' }, 'x'), '[2001:db8::7]:3');
  assert.equal(sentByOf({ ...listener('::', 3), advertised: 'h:7' }, 'x'), 'h:7');
  assert.equal(plainAddress('::ffff:10.0.0.1'), '10.0.0.1');
});

test('what the stack sends can be parsed again {sip-printer}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  room.stack.invite({
    requestUri: 'sip:x@10.0.0.2',
    from: '"Ä \\"q\\"" <sip:a@10.0.0.1>',
    to: 'sip:x@10.0.0.2',
    localTag: 'a',
    headers: [['X-Bad', 'one\r\nInjected: two']],
    offer: async () => null,
  });
  await room.pass(20);
  const sent = peer.lastRequest('INVITE');
  assert.equal(sent.from.displayName, 'Ä "q"');
  assert.equal(sent.header('injected'), null);
  assert.equal(parseMessage(sent.bytes).kind, 'request');
});
