import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lab } from './lab.ts';

test('an ill-formed request is answered 400 with the reason, an ill-formed response dropped {sip-robust}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('OPTIONS').replace('1 OPTIONS', '1 BYE'));
  assert.equal(peer.lastResponse().status, 400);
  assert.match(peer.lastResponse().reason, /CSeq/);
  await peer.send('SIP/2.0 4294967301 better not break\nTo: x\n\n');
  await peer.send('\n\n\n');
  await peer.send(Uint8Array.of(0, 1, 0, 0));
  await peer.send(Uint8Array.of(0xff, 0xfe, 10, 13, 10, 13, 10));
  assert.equal(peer.heard.length, 1);
  await room.assertEmpty();
});

test('refusals carry the headers that they owe {sip-validation}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const cases: readonly (readonly [string, number, string, string | null])[] = [
    [peer.request('INVITE', { headers: ['Require: foo, bar'], branch: 'z9hG4bK1' }), 420, 'unsupported', 'foo, bar'],
    [peer.request('NEWMETHOD'), 501, 'allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REFER'],
    [peer.request('MESSAGE').replace('Max-Forwards: 70', 'Max-Forwards: 0'), 483, 'server', 'Callbus'],
    [peer.request('OPTIONS').replace('SIP/2.0\n', 'SIP/3.0\n'), 505, 'server', 'Callbus'],
    [peer.request('OPTIONS', { uri: 'nobody:x' }), 416, 'server', 'Callbus'],
    [peer.request('INVITE', { body: 'x' }).replace('application/sdp', 'text/plain'), 415, 'accept', 'application/sdp'],
    [peer.request('INVITE', { headers: ['Accept: text/plain'] }), 406, 'accept', 'application/sdp'],
    [peer.request('INVITE').replace(/^Contact.*\n/m, ''), 400, 'server', 'Callbus'],
    [peer.request('BYE'), 481, 'server', 'Callbus'],
    [peer.request('PRACK'), 481, 'server', 'Callbus'],
    [peer.request('INFO', { toTag: 'gone' }), 481, 'server', 'Callbus'],
  ];
  for (const [text, status, name, value] of cases) {
    await peer.send(text);
    assert.equal(peer.lastResponse().status, status, text);
    assert.equal(peer.lastResponse().header(name), value);
  }
  assert.equal(room.dialogs.length + room.requests.length, 0);
  await room.assertEmpty();
});

test('a call to a service URN is handed up as any other (RFC 5031) {sip-validation}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { uri: 'urn:service:sos' }));
  assert.deepEqual(
    room.dialogs.map(({ invite }) => invite.uri),
    ['urn:service:sos'],
  );
  room.dialogs[0]?.respond(503);
  await room.pass(40_000);
});

test('a request outside a dialog is handed up; OPTIONS 200 says what we can do {sip-options}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('OPTIONS').replace('Max-Forwards: 70', 'Max-Forwards: 0'));
  const [options] = room.requests;
  assert.ok(options);
  options.respond(200);
  options.respond(404);
  await room.pass(20);
  await peer.send(peer.request('OPTIONS').replace('Max-Forwards: 70', 'Max-Forwards: 0'));
  assert.deepEqual(peer.statuses, [200, 200]);
  assert.equal(peer.lastResponse().header('accept'), 'application/sdp');
  assert.match(peer.lastResponse().header('via') ?? '', /;rport=5060/);
  assert.equal(room.counter('answered_twice'), 1);
  await room.assertEmpty();
});

test('corner case 40: one request on two paths is served once and answered 482 on the other {sip-validation}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { branch: 'z9hG4bKone' }));
  await peer.send(peer.request('INVITE', { branch: 'z9hG4bKtwo' }));
  assert.deepEqual(peer.statuses, [100, 482]);
  assert.equal(room.dialogs.length, 1);
  assert.equal(room.counter('merged_requests'), 1);
});

test('clients of RFC 2543 are matched without a branch {sip-transactions}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const old = (method: string, toTag = ''): string =>
    peer.request(method, { toTag, uri: 'sip:echo@10.0.0.1' }).replace(/;branch=[^;]*/, '');
  await peer.send(old('INVITE'));
  await peer.send(old('INVITE'));
  assert.deepEqual(peer.statuses, [100, 100]);
  room.dialogs[0]?.respond(486);
  await room.pass(20);
  await peer.send(old('ACK', room.dialogs[0]?.ids.localTag));
  await room.pass(5000);
  assert.deepEqual(peer.statuses, [100, 100, 486]);
  await room.assertEmpty();
});

test('headers that choose applications are removed unless the peer is trusted {sip-trust}', async () => {
  const guarded = [
    'P-App-Name: admin',
    'p-app-param: x=1',
    'Diversion: <sip:a@b>',
    'P-Asserted-Identity: <sip:boss@b>',
  ];
  for (const [trusted, expected] of [
    [[], [null, null, null, 'yes']],
    [['10.0.0.0/24'], ['admin', 'x=1', '<sip:boss@b>', 'yes']],
  ] as const) {
    const room = await lab({ trusted: [...trusted] });
    const peer = await room.peer('10.0.0.2');
    await peer.send(peer.request('INVITE', { headers: [...guarded, 'X-Other: yes'] }));
    const [dialog] = room.dialogs;
    assert.ok(dialog);
    const seen = ['P-App-Name', 'P-App-Param', 'P-Asserted-Identity', 'X-Other'].map((name) =>
      dialog.invite.header(name),
    );
    assert.deepEqual(seen, expected);
    assert.equal(dialog.flow.trusted, trusted.length > 0);
    assert.equal(room.counter('untrusted_headers'), trusted.length > 0 ? 0 : 4);
  }
});

test('a scanner of 10,000 INVITEs and REGISTERs is held off; a call goes on unharmed {sip-robust}', async () => {
  const lines: string[] = [];
  const room = await lab({ newCallsPerSecondPerSource: 20 }, {}, (line) => lines.push(line));
  const friend = await room.peer('10.0.0.2');
  await friend.send(friend.request('INVITE'));
  room.dialogs[0]?.respond(200);
  await friend.send(friend.request('ACK', { toTag: room.dialogs[0]?.ids.localTag ?? '', branch: 'z9hG4bKack' }));
  const scanner = await room.peer('10.0.0.66');
  scanner.keep = false;
  room.stack.handlers.onInvite = (dialog) => dialog.respond(404);
  room.stack.handlers.onRequest = (request) => request.respond(404);
  for (let at = 0; at < 5000; at++) {
    for (const method of ['INVITE', 'REGISTER']) {
      const text = scanner.request(method, { callId: `scan${at}`, branch: `z9hG4bK${method}${at}` });
      scanner.socket?.send(Buffer.from(text.replaceAll('\n', '\r\n')), scanner.to);
    }
    if (at % 500 === 0) await room.pass(50);
  }
  await room.pass(1000);
  assert.ok(room.counter('requests_limited') > 4000);
  assert.ok(lines.length < 20, `${lines.length} log lines`);
  await friend.send(friend.request('BYE', { toTag: room.dialogs[0]?.ids.localTag ?? '', cseq: 2 }));
  assert.deepEqual(friend.statuses, [100, 200, 200]);
  await room.assertEmpty();
});

test('past maxTransactions new requests get 503 with Retry-After, calls in progress go on {sip-robust}', async () => {
  const room = await lab({ maxTransactions: 2 });
  const peer = await room.peer('10.0.0.2');
  for (const at of [1, 2, 3]) await peer.send(peer.request('OPTIONS', { callId: `c${at}`, branch: `z9hG4bK${at}` }));
  assert.equal(room.requests.length, 2);
  assert.equal(peer.lastResponse().status, 503);
  assert.equal(peer.lastResponse().header('retry-after'), '2');
});

test('one stranger gets its share of the transactions, others and trusted peers theirs; its call may end {sip-robust}', async () => {
  const room = await lab({ maxTransactionsPerSource: 3, trusted: ['10.0.0.4'] });
  const flood = async (address: string, count: number) => {
    const peer = await room.peer(address);
    for (let at = 0; at < count; at++) {
      await peer.send(peer.request('OPTIONS', { callId: `${address}-${at}`, branch: `z9hG4bK${address}-${at}` }));
    }
    return peer;
  };
  const stranger = await room.peer('10.0.0.2');
  await stranger.send(stranger.request('INVITE'));
  room.dialogs[0]?.respond(200);
  const toTag = room.dialogs[0]?.ids.localTag ?? '';
  await stranger.send(stranger.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  await room.pass(20);
  room.stack.handlers.onRequest = (request) => request.respond(200);
  const options = (at: number) => stranger.request('OPTIONS', { callId: `x${at}`, branch: `z9hG4bKx${at}` });
  for (const at of [1, 2, 3]) await stranger.send(options(at));
  assert.deepEqual(stranger.statuses, [100, 200, 200, 200, 503], 'the call has one place');
  assert.equal(stranger.lastResponse().header('retry-after'), '2');
  assert.equal(room.counter('requests_limited'), 1);
  assert.deepEqual((await flood('10.0.0.3', 3)).statuses, [200, 200, 200]);
  assert.deepEqual((await flood('10.0.0.4', 6)).statuses, [200, 200, 200, 200, 200, 200]);
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  dialog.onEvent = (event) => {
    if (event.kind === 'request') event.request.respond(200);
  };
  const within = async (method: string, cseq: number): Promise<number> => {
    await stranger.send(stranger.request(method, { toTag, cseq, branch: `z9hG4bKin${cseq}` }));
    return stranger.lastResponse().status;
  };
  const answers: number[] = [];
  for (const cseq of [2, 3, 4, 5]) answers.push(await within('INFO', cseq));
  assert.deepEqual(answers, [200, 200, 200, 503], 'a dialog has a second share');
  assert.equal(await within('BYE', 6), 200);
  await room.pass(40_000);
  await stranger.send(options(9));
  assert.equal(stranger.lastResponse().status, 200, 'the places are free again');
  await room.assertEmpty();
});

test('the admission rule answers before any call exists {sip-validation}', async () => {
  const admission = () => ({ status: 503, reason: 'Server shutting down', headers: [['Retry-After', '9']] as const });
  const room = await lab({}, { admission });
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  assert.equal(peer.lastResponse().reason, 'Server shutting down');
  assert.equal(peer.lastResponse().header('retry-after'), '9');
  assert.equal(room.dialogs.length, 0);
  await room.assertEmpty();
});

test('nothing is let in before open, and nothing answers after close {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  await peer.send(peer.request('OPTIONS', { callId: 'other' }));
  room.dialogs[0]?.respond(200);
  await room.pass(20);
  await room.stack.close();
  assert.equal(room.sim.clock.pending, 0, 'timers after close');
  await peer.send(peer.request('BYE', { toTag: room.dialogs[0]?.ids.localTag ?? '', cseq: 2 }));
  assert.deepEqual(peer.statuses, [100, 200]);
  assert.deepEqual(room.events, []);
  await room.assertEmpty();
});
