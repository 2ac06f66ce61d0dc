/** A name with two addresses: which one gets the request, and what becomes of the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Dialog,
  type DialogEvent,
  type InviteOptions,
  parseMessage,
  type SipConfig,
} from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

interface Place {
  readonly room: Lab;
  readonly first: Peer;
  readonly second: Peer;
}

async function twoGateways(config: Partial<SipConfig> = {}): Promise<Place> {
  const room = await lab(config);
  room.sim.internet.names.set('gw.example', ['10.0.0.2', '10.0.0.3']);
  return { room, first: await room.peer('10.0.0.2'), second: await room.peer('10.0.0.3') };
}

function call(room: Lab, options: Partial<InviteOptions> = {}): { dialog: Dialog; events: DialogEvent[] } {
  const events: DialogEvent[] = [];
  const dialog = room.stack.invite({
    requestUri: 'sip:bob@gw.example',
    from: '<sip:alice@10.0.0.1>',
    to: '<sip:bob@gw.example>',
    localTag: `tag${room.stack.load.dialogs}`,
    offer: async () => null,
    ...options,
  });
  dialog.onEvent = (event) => events.push(event);
  return { dialog, events };
}

const names = (events: readonly DialogEvent[]): string[] =>
  events.map((event) =>
    event.kind === 'failed' || event.kind === 'provisional' || event.kind === 'answered'
      ? `${event.kind} ${event.response.status}`
      : event.kind,
  );

test('corner case 58: after a 503, silence or a transport error the next address is tried, for new calls only {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { dialog, events } = call(room);
  await room.pass(20);
  const refused = first.lastRequest('INVITE');
  await first.send(first.response(refused, 503));
  assert.deepEqual(first.methods, ['INVITE', 'ACK']);
  const sent = second.lastRequest('INVITE');
  assert.notEqual(sent.header('via'), refused.header('via'));
  for (const name of ['call-id', 'cseq', 'from', 'to']) assert.equal(sent.header(name), refused.header(name));
  await second.send(second.response(sent, 200, { contact: '<sip:callee@10.0.0.2:5060>' }));
  dialog.acknowledge();
  await room.pass(20);
  assert.deepEqual(names(events), ['answered 200']);
  // In the dialog the first one is asked all the same: its failure counts for new calls only.
  assert.equal(first.methods.at(-1), 'ACK');
  dialog.end();
  await room.pass(20);
  assert.equal(first.methods.at(-1), 'BYE');
  await first.send(first.response(first.lastRequest('BYE'), 200));
  const other = call(room);
  await room.pass(20);
  assert.equal(first.methods.at(-1), 'BYE');
  assert.equal(second.methods.at(-1), 'INVITE');
  await second.send(second.response(second.lastRequest('INVITE'), 486));
  assert.deepEqual(names(other.events), ['failed 486']);
  await room.assertEmpty();
});

test('eight seconds of silence lead to the next address; the old one gets no more repetitions {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { events } = call(room);
  await room.pass(7900);
  const count = first.methods.length;
  assert.deepEqual(second.methods, []);
  await room.pass(200);
  assert.deepEqual(second.methods, ['INVITE']);
  await second.send(second.response(second.lastRequest(), 180));
  await room.pass(60_000);
  assert.equal(first.methods.length, count);
  assert.deepEqual(names(events), ['provisional 180']);
  assert.equal(room.counter('failovers'), 1);
});

test('the last address is waited for until timer B {sip-failover}', async () => {
  const { room, second } = await twoGateways();
  const { events } = call(room);
  await room.pass(39_800);
  assert.deepEqual(events, []);
  assert.equal(second.methods.length, 7);
  await room.pass(1500);
  assert.deepEqual(names(events), ['failed 408']);
  await room.assertEmpty();
});

test('corner case 59: a peer that answers late is off the blacklist {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  call(room);
  await room.pass(8100);
  await second.send(second.response(second.lastRequest(), 486));
  call(room);
  await room.pass(20);
  assert.equal(second.methods.at(-1), 'INVITE', 'the first is on the list');
  await second.send(second.response(second.lastRequest(), 486));
  await first.send(first.response(first.lastRequest('INVITE'), 486));
  assert.equal(first.methods.at(-1), 'ACK');
  call(room);
  await room.pass(20);
  assert.equal(first.methods.at(-1), 'INVITE');
});

test('a late 180 of the address that we turned away from is cancelled once {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { events } = call(room);
  await room.pass(8100);
  const invite = first.lastRequest('INVITE');
  await first.send(first.response(invite, 100));
  await first.send(first.response(invite, 180));
  assert.deepEqual(
    first.methods.filter((method) => method === 'CANCEL'),
    ['CANCEL'],
  );
  const cancel = first.lastRequest('CANCEL');
  assert.equal(cancel.header('via'), invite.header('via'));
  await first.send(first.response(cancel, 200));
  await first.send(first.response(invite, 487));
  assert.equal(first.methods.at(-1), 'ACK');
  await second.send(second.response(second.lastRequest(), 200));
  assert.deepEqual(names(events), ['answered 200']);
});

test('a late 200 of the address that we turned away from is acknowledged and ended {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { dialog, events } = call(room);
  await room.pass(8100);
  await second.send(second.response(second.lastRequest(), 200, { toTag: 'b' }));
  dialog.acknowledge();
  const invite = first.lastRequest('INVITE');
  const late = first.response(invite, 200, { toTag: 'late' });
  await first.send(late);
  await room.pass(20);
  assert.deepEqual(first.methods.slice(-2), ['ACK', 'BYE']);
  const ack = first.lastRequest('ACK');
  assert.deepEqual([ack.toTag, ack.cseq.number], ['late', invite.cseq.number]);
  await first.send(first.response(first.lastRequest('BYE'), 200));
  await first.send(late);
  assert.equal(first.methods.at(-1), 'ACK');
  assert.deepEqual(names(events), ['answered 200']);
  dialog.end();
  await room.pass(20);
  assert.equal(second.lastRequest('BYE').toTag, 'b');
  await second.send(second.response(second.lastRequest('BYE'), 200));
  await room.assertEmpty();
});

test('when all addresses refuse, the last 503 goes up, and the next call tries all again {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  for (let round = 1; round <= 2; round++) {
    const { events } = call(room);
    await room.pass(20);
    await first.send(first.response(first.lastRequest('INVITE'), 503));
    await second.send(second.response(second.lastRequest('INVITE'), 503, { headers: ['X-Last: yes'] }));
    const [end] = events;
    assert.ok(end?.kind === 'failed' && end.cause === 'response' && end.response.header('x-last') === 'yes');
  }
  await room.assertEmpty();
});

test('a target is passed over as long as Retry-After of its 503 says, else as configured {sip-failover}', async () => {
  const { room, first, second } = await twoGateways({ blacklistMs: 1000 });
  const turn = async (headers: readonly string[]): Promise<void> => {
    call(room);
    await room.pass(20);
    await first.send(first.response(first.lastRequest('INVITE'), 503, { headers }));
    await second.send(second.response(second.lastRequest('INVITE'), 486));
  };
  const firstGets = async (): Promise<boolean> => {
    const count = first.methods.length;
    const { dialog } = call(room);
    await room.pass(20);
    const got = first.methods.length > count;
    const peer = got ? first : second;
    await peer.send(peer.response(peer.lastRequest('INVITE'), 486));
    assert.equal(dialog.state, 'terminated');
    return got;
  };
  await turn(['Retry-After: 30 (overloaded)']);
  await room.pass(28_000);
  assert.equal(await firstGets(), false);
  await room.pass(2000);
  assert.equal(await firstGets(), true);
  await turn([]);
  assert.equal(await firstGets(), false);
  await room.pass(1000);
  assert.equal(await firstGets(), true);
});

test('sip.blacklistMs 0: every call begins with the first address {sip-failover}', async () => {
  const { room, first } = await twoGateways({ blacklistMs: 0 });
  for (const count of [1, 2]) {
    call(room);
    await room.pass(20);
    await first.send(first.response(first.lastRequest('INVITE'), 503));
    assert.equal(first.methods.filter((method) => method === 'INVITE').length, count);
  }
});

test('a call cancelled in the silence is not taken to the next address {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { dialog } = call(room);
  await room.pass(1000);
  dialog.cancel();
  await room.pass(10_000);
  assert.deepEqual(second.methods, []);
  await first.send(first.response(first.lastRequest('INVITE'), 180));
  assert.equal(first.methods.at(-1), 'CANCEL');
  dialog.end();
  await room.assertEmpty();
});

test('each resolved address is judged by the dial rules {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const judged: string[] = [];
  call(room, {
    admitTarget({ address }) {
      judged.push(address);
      return address === '10.0.0.3';
    },
  });
  await room.pass(20);
  assert.deepEqual([judged, first.methods, second.methods], [['10.0.0.2', '10.0.0.3'], [], ['INVITE']]);
});

test('requests outside dialogs fail over, too, and a late answer of the first does not count {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const options = { requestUri: 'sip:gw.example', from: '<sip:us@a.example>', to: '<sip:gw.example>' };
  const outcome = room.stack.request({ ...options, method: 'OPTIONS' });
  await room.pass(8100);
  await first.send(first.response(first.lastRequest(), 404));
  await second.send(second.response(second.lastRequest(), 200));
  assert.equal((await outcome).response.status, 200);
  const refused = room.stack.request({ ...options, method: 'OPTIONS' });
  await room.pass(20);
  await first.send(first.response(first.lastRequest(), 503));
  await second.send(second.response(second.lastRequest(), 503));
  assert.deepEqual([(await refused).response.status, (await refused).cause], [503, 'response']);
  await room.assertEmpty();
});

test('a TCP target that refuses the connection is followed by the next {sip-failover}', async () => {
  const { room, second } = await twoGateways();
  room.sim.internet.zone.srv.set('_sip._tcp.gw.example', [{ target: '10.0.0.2', port: 5060, priority: 1, weight: 0 }]);
  room.sim.internet.zone.srv.set('_sip._udp.gw.example', [{ target: '10.0.0.3', port: 5060, priority: 1, weight: 0 }]);
  room.sim.internet.zone.naptr.set('gw.example', [
    { order: 1, preference: 1, flags: 's', service: 'SIP+D2T', regexp: '', replacement: '_sip._tcp.gw.example' },
    { order: 2, preference: 1, flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.gw.example' },
  ]);
  call(room);
  await room.pass(5000);
  assert.match(second.lastRequest('INVITE').header('via') ?? '', /^SIP\/2\.0\/UDP /);
});

test('a request in the dialog whose connection fails goes to the next address of the same name {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const heard: string[] = [];
  const { network } = room.sim.host('10.0.0.4').seams;
  await network.listenTcp({
    address: '10.0.0.4',
    port: 5060,
    onConnection(connection) {
      connection.onData = () => connection.destroy();
    },
  });
  room.sim.internet.names.set('peer.example', ['10.0.0.4', '10.0.0.5']);
  await room.sim.host('10.0.0.5').seams.network.listenTcp({
    address: '10.0.0.5',
    port: 5060,
    onConnection(connection) {
      connection.onData = (bytes) => {
        const message = parseMessage(bytes);
        if (message.kind === 'request') heard.push(`${message.method} ${message.cseq.number}`);
      };
    },
  });
  const { dialog } = call(room);
  await room.pass(20);
  const contact = '<sip:callee@peer.example:5060;transport=tcp>';
  await first.send(first.response(first.lastRequest(), 200, { contact }));
  void dialog.request('INFO');
  await room.pass(100);
  assert.deepEqual(heard, ['INFO 2']);
  assert.deepEqual(second.methods, []);
});

test('corner case 65: a Route without lr in the dialog takes the place of the Request-URI {sip-failover}', async () => {
  const { room, first, second } = await twoGateways();
  const { dialog } = call(room);
  await room.pass(20);
  const headers = ['Record-Route: <sip:10.0.0.9;lr>, <sip:10.0.0.3>'];
  await first.send(first.response(first.lastRequest(), 200, { headers }));
  dialog.acknowledge();
  await room.pass(20);
  const ack = second.lastRequest('ACK');
  assert.equal(ack.uri, 'sip:10.0.0.3');
  assert.deepEqual(ack.headers('route'), ['<sip:10.0.0.9;lr>', '<sip:callee@10.0.0.2:5060>']);
});

test('corner case 71: a request near the MTU goes by TCP, and NAPTR chooses the transport {sip-failover}', async () => {
  const { room, first } = await twoGateways();
  const heard: string[] = [];
  await room.sim.host('10.0.0.7').seams.network.listenTcp({
    address: '10.0.0.7',
    port: 5060,
    onConnection(connection) {
      connection.onData = (bytes) => heard.push(Buffer.from(bytes).toString().split('\r\n', 2).join(' '));
    },
  });
  call(room, { requestUri: 'sip:x@10.0.0.7', headers: [['X-Long', 'x'.repeat(1300)]] });
  await room.pass(100);
  assert.match(heard[0] ?? '', /^INVITE sip:x@10\.0\.0\.7 SIP\/2\.0 Via: SIP\/2\.0\/TCP /);
  const { zone } = room.sim.internet;
  zone.naptr.set('gw.example', [
    { order: 1, preference: 1, flags: 'S', service: 'SIP+D2T', regexp: '', replacement: '_sip._tcp.gw.example' },
  ]);
  zone.srv.set('_sip._tcp.gw.example', [{ target: '10.0.0.7', port: 5060, priority: 1, weight: 0 }]);
  call(room);
  await room.pass(100);
  assert.match(heard[1] ?? '', /^INVITE sip:bob@gw\.example SIP\/2\.0 Via: SIP\/2\.0\/TCP /);
  assert.deepEqual(first.methods, []);
});

test('outbound proxy, Route headers, Max-Forwards and listener of an INVITE are obeyed, then the dialog’s own way {sip-failover}', async () => {
  const listen = [5060, 5070].map(
    (port) => ({ transport: 'udp', address: '10.0.0.1', port, name: `port${port}` }) as const,
  );
  const room = await lab({ listen, outboundProxy: 'sip:10.0.0.9' });
  const proxy = await room.peer('10.0.0.2');
  const { dialog } = call(room, {
    requestUri: 'sip:bob@elsewhere.example',
    outboundProxy: 'sip:10.0.0.2',
    headers: [['Route', '<sip:10.0.0.8;lr>']],
    maxForwards: 12,
    listener: 'port5070',
  });
  await room.pass(20);
  const invite = proxy.lastRequest('INVITE');
  assert.deepEqual(invite.headers('route').join(), '<sip:10.0.0.2;lr>,<sip:10.0.0.8;lr>');
  assert.equal(invite.header('max-forwards'), '12');
  assert.equal(invite.uri, 'sip:bob@elsewhere.example');
  assert.match(invite.header('via') ?? '', /10\.0\.0\.1:5070/);
  await proxy.send(proxy.response(invite, 200));
  dialog.acknowledge();
  await room.pass(20);
  const ack = proxy.lastRequest('ACK');
  assert.deepEqual(ack.headers('route'), []);
  assert.match(ack.header('via') ?? '', /10\.0\.0\.1:5070/);
  dialog.end();
  await room.pass(20);
  await proxy.send(proxy.response(proxy.lastRequest('BYE'), 200));
  await room.assertEmpty();
});

test('sip.nextHop is for new calls, with sip.nextHopInDialogs for all requests {sip-failover}', async () => {
  for (const nextHopInDialogs of [false, true]) {
    const { room, first, second } = await twoGateways({ nextHop: '10.0.0.3', nextHopInDialogs });
    const { dialog } = call(room, { requestUri: 'sip:bob@10.0.0.2' });
    await room.pass(20);
    await second.send(second.response(second.lastRequest('INVITE'), 200, { contact: '<sip:callee@10.0.0.2>' }));
    dialog.acknowledge();
    await room.pass(20);
    assert.deepEqual(
      [first.methods, second.methods],
      nextHopInDialogs ? [[], ['INVITE', 'ACK']] : [['ACK'], ['INVITE']],
    );
  }
});
