/** Requests outside dialogs: one outcome each, whatever happens on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutgoingRequest } from '../../../core/sip/index.ts';
import { isCode, lab } from './lab.ts';

const options: OutgoingRequest = {
  method: 'OPTIONS',
  requestUri: 'sip:bob@10.0.0.2',
  from: '<sip:us@example.org>',
  to: '<sip:bob@10.0.0.2>',
};

test('a request outside a dialog ends with the peer’s final response {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const provisional: number[] = [];
  const outcome = room.stack.request({
    ...options,
    headers: [['Accept', 'application/sdp']],
    contact: ({ sentBy }) => `<sip:${sentBy}>`,
    onProvisional: ({ status }) => provisional.push(status),
  });
  await room.pass(20);
  const request = peer.lastRequest('OPTIONS');
  assert.equal(request.header('accept'), 'application/sdp');
  assert.equal(request.header('contact'), '<sip:10.0.0.1:5060>');
  assert.equal(request.header('max-forwards'), '70');
  await peer.send(peer.response(request, 100));
  await peer.send(peer.response(request, 200));
  const { response, cause, cseq, flow } = await outcome;
  assert.deepEqual([response.status, cause, cseq, flow?.remote.address], [200, 'response', 1, '10.0.0.2']);
  assert.deepEqual(provisional, [100]);
  await room.assertEmpty();
});

test('credentials answer a challenge with the next CSeq {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const outcome = room.stack.request({
    ...options,
    method: 'REGISTER',
    cseq: 7,
    credentials: { user: 'us', password: 'secret', realm: '' },
  });
  await room.pass(20);
  const challenge = ['WWW-Authenticate: Digest realm="r", nonce="n1"'];
  await peer.send(peer.response(peer.lastRequest(), 401, { headers: challenge }));
  const second = peer.lastRequest();
  assert.equal(second.header('cseq'), '8 REGISTER');
  assert.match(second.header('authorization') ?? '', /^Digest .*username="us"/);
  await peer.send(peer.response(second, 200));
  assert.equal((await outcome).cseq, 8);
});

test('a request that cannot be sent leaves nothing and is reported as 503, 478 or 403 {sip-udp}', async () => {
  const room = await lab();
  const statusOf = async (more: Partial<OutgoingRequest>): Promise<number> => {
    const outcome = room.stack.request({ ...options, ...more });
    await room.pass(10_000);
    return (await outcome).response.status;
  };
  assert.equal(await statusOf({ requestUri: 'sip:bob@10.0.0.3;transport=tcp' }), 503);
  assert.equal(await statusOf({ requestUri: 'sip:bob@nowhere.example' }), 478);
  assert.equal(await statusOf({ requestUri: 'tel:+4930123' }), 478);
  assert.equal(await statusOf({ admitTarget: () => false }), 403);
  assert.equal(await statusOf({ from: '<<' }), 478);
  assert.equal(await statusOf({ headers: [['Route', '<sip:']] }), 478);
  assert.equal(await statusOf({ nextHop: '10.0.0.2:70000' }), 478);
  assert.equal(await statusOf({ method: 'INVITE' }), 500);
  await room.assertEmpty();
});

test('silence ends with 408, the end of the stack with 503 {sip-udp}', async () => {
  const room = await lab();
  await room.peer('10.0.0.2');
  const silent = room.stack.request(options);
  await room.pass(32_100);
  assert.deepEqual([(await silent).response.status, (await silent).cause], [408, 'timeout']);
  const open = room.stack.request(options);
  await room.pass(100);
  await room.stack.close();
  assert.equal((await open).response.status, 503);
});

test('a next hop list, IPv6 brackets included, goes before outbound proxy and Request-URI {sip-failover}', async () => {
  const listen = ['0.0.0.0', '::'].map((address) => ({ transport: 'udp', address, port: 5060 }) as const);
  const room = await lab({ outboundProxy: 'sip:10.0.0.8', listen });
  const hop = await room.peer('2001:db8::5', 5070);
  void room.stack.request({ ...options, requestUri: 'tel:+4930123', nextHop: '10.0.0.77/tcp, [2001:db8::5]:5070/udp' });
  await room.pass(5000);
  const request = hop.lastRequest('OPTIONS');
  assert.equal(request.uri, 'tel:+4930123');
  assert.deepEqual(request.headers('route'), ['<sip:10.0.0.8;lr>']);
});

test('a next hop or outbound proxy that cannot be read stops the start {sip-failover}', async () => {
  for (const nextHop of ['10.0.0.1:65536', 'a b', 'a/ws', 'a,']) {
    await assert.rejects(
      lab({ nextHop }),
      (fault: Error) => isCode('config.invalid')(fault) && /sip\.nextHop/.test(fault.message),
    );
  }
  for (const outboundProxy of ['10.0.0.1', 'tel:+491', 'sip:']) {
    await assert.rejects(lab({ outboundProxy }), isCode('config.invalid'), outboundProxy);
  }
});

test('an outbound proxy is the first Route; a Route without lr takes the place of the Request-URI {sip-failover}', async () => {
  const room = await lab();
  const proxy = await room.peer('10.0.0.8');
  const routes = [['Route', '<sip:10.0.0.9;lr>, <sip:10.0.0.10;lr>']] as const;
  void room.stack.request({ ...options, outboundProxy: 'sip:10.0.0.8', headers: routes });
  await room.pass(20);
  assert.equal(proxy.lastRequest().uri, 'sip:bob@10.0.0.2');
  assert.deepEqual(
    proxy.lastRequest().headers('route').join(', '),
    '<sip:10.0.0.8;lr>, <sip:10.0.0.9;lr>, <sip:10.0.0.10;lr>',
  );
  void room.stack.request({ ...options, headers: [['Route', '<sip:10.0.0.8>']] });
  await room.pass(20);
  assert.equal(proxy.lastRequest().uri, 'sip:10.0.0.8');
  assert.deepEqual(proxy.lastRequest().headers('route'), ['<sip:bob@10.0.0.2>']);
});
