/** A call that comes in and one that we place, as one: set-up, answer, requests in the dialog, end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { bytes, coupled, listen, send, serve, talking, text, to } from './b2bua-world.ts';

const sdpType = 'application/sdp';

test('a call is connected to the target, both hear each other, and its end ends both {b2bua}', async () => {
  const { w, alice, bob, a, b } = await talking();
  alice.says(tone(440));
  bob.says(tone(700));
  await bob.hears(tone(440));
  await alice.hears(tone(700));
  assert.equal(a.dialog.flow.remote.address, '10.0.0.1');
  await a.bye();
  await b.isHungUp();
  assert.equal(b.ending, 'they hung up');
  await assertNothingLeft(w);
});

test('each leg has its own tag, Call-ID and call record, and one trace {b2bua}', async () => {
  const { w, a, b } = await talking();
  const calls = w.server.calls.calls();
  assert.equal(calls.length, 2);
  const [one, two] = calls;
  assert.equal(one?.session.otherTag, two?.tag);
  assert.equal(two?.session.otherTag, one?.tag);
  assert.equal(one?.traceId, two?.traceId);
  assert.notEqual(a.dialog.ids.callId, b.dialog.ids.callId);
  assert.equal(w.eventsOf('call.started').length, 2);
  assert.equal(w.eventsOf('call.answered').length, 2);
  await b.bye();
  await a.isHungUp();
  await w.advance(100);
  assert.equal(w.eventsOf('call.ended').length, 2);
  await assertNothingLeft(w);
});

test('nothing of one side is seen on the other: Via, Contact, Record-Route, Call-ID, tags {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.answers();
  const headers = [
    ['X-Custom', 'one, two'],
    ['Subject', 'lunch'],
    ['Record-Route', '<sip:10.0.1.1;lr>'],
    ['P-App-Param', 'a=b'],
  ] as const;
  await alice.call('bob', { headers });
  const { invite } = bob.current.dialog;
  const shown = invite.allHeaders().map(([name, value]) => `${name}: ${value}`);
  assert.equal(invite.header('X-Custom'), 'one, two');
  assert.equal(invite.header('Subject'), 'lunch');
  assert.equal(invite.header('Record-Route'), null);
  assert.equal(invite.header('P-App-Param'), null);
  assert.equal(invite.headers('Via').length, 1);
  for (const line of shown) if (!/^(From|To):/.test(line)) assert.doesNotMatch(line, /10\.0\.1\.1/, line);
  await alice.bye();
  await assertNothingLeft(w);
});

test('corner case 140: a 100 is not relayed, 180 and 183 are {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.onCall = (call) => {
    call.dialog.respond(100);
    w.clock.after(500, () => call.ring());
    w.clock.after(1000, () => call.dialog.respond(183, 'Listen', { body: call.sdp(), headers: [['X-Early', '1']] }));
  };
  const a = await alice.dial('bob');
  await w.advance(2000);
  assert.deepEqual(
    a.provisional.filter((status) => status > 100),
    [180, 183],
  );
  assert.equal(a.remoteSdp?.address, bob.address);
  await alice.bye();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('a refusal comes through with status, reason, headers and body {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.onCall = (call) =>
    call.dialog.respond(486, 'At lunch', {
      headers: [['Retry-After', '60']],
      body: { contentType: 'text/plain', content: bytes('back at one') },
    });
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 486);
  assert.equal(a.reason, 'At lunch');
  assert.equal(a.refusal?.header('Retry-After'), '60');
  assert.equal(text(a.refusal?.body ?? bytes('')), 'back at one');
  await assertNothingLeft(w);
});

test('a redirection keeps its Contact {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.onCall = (call) => call.dialog.respond(302, undefined, { headers: [['Contact', '<sip:carol@10.0.9.9>']] });
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 302);
  assert.equal(a.refusal?.header('Contact'), '<sip:carol@10.0.9.9>');
  await assertNothingLeft(w);
});

test('a callee that does not answer at all gives 408 {b2bua}', async () => {
  const { w, alice } = await coupled({ decide: () => to('sip:x@10.0.1.99') });
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 408);
  await assertNothingLeft(w);
});

test('corner case 142: a CANCEL cancels the callee, of its headers only Reason crosses {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  const a = await alice.dial('bob');
  const b = await bob.isCalled();
  b.ring();
  await w.advance(100);
  const events = listen(b);
  a.dialog.cancel([
    ['Reason', 'SIP;cause=200;text="Call completed elsewhere"'],
    ['X-Other', 'no'],
  ]);
  await b.isHungUp();
  const [cancelled] = events;
  assert.ok(cancelled?.kind === 'cancelled');
  assert.equal(cancelled.request.header('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
  assert.equal(cancelled.request.header('X-Other'), null);
  assert.equal(await a.isRefused(), 487);
  await assertNothingLeft(w);
});

test('the Reason of a BYE crosses {b2bua}', async () => {
  const { w, a, b } = await talking();
  const events = listen(b);
  a.dialog.end([['Reason', 'Q.850;cause=16']]);
  await b.isHungUp();
  const bye = events.find((event) => event.kind === 'bye');
  assert.ok(bye?.kind === 'bye');
  assert.equal(bye.request.header('Reason'), 'Q.850;cause=16');
  await assertNothingLeft(w);
});

test('corner case 137: a BYE in the early dialog is answered and ends both legs {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  const a = await alice.dial('bob');
  const b = await bob.isCalled();
  b.ring();
  await w.advance(100);
  const bye = await send(w, a, 'BYE');
  assert.equal(bye.status, 200);
  await b.isHungUp();
  assert.equal(b.ending, 'cancelled');
  await assertNothingLeft(w);
});

test('corner case 139: the body of an ACK is relayed: a late offer is agreed end to end {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.answers();
  const a = await alice.dial('bob', { lateOffer: true });
  const phone = a.dialog.onEvent;
  let offer = '';
  a.dialog.onEvent = (event) => {
    if (event.kind !== 'answered') return phone(event);
    offer = text(event.response.body);
    a.dialog.acknowledge(a.sdp());
  };
  await w.until(() => bob.calls.length > 0);
  const events = listen(bob.current);
  await w.until(() => events.some(({ kind }) => kind === 'acknowledged'));
  assert.match(offer, /c=IN IP4 10\.0\.1\.2/);
  const ack = events.find((event) => event.kind === 'acknowledged');
  assert.ok(ack?.kind === 'acknowledged');
  assert.match(text(ack.body), /c=IN IP4 10\.0\.1\.1/);
  a.dialog.end();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('corner case 155: hold, resume and hold again pass as they are, nothing heaps up {b2bua}', async () => {
  const { w, alice, a, b } = await talking();
  for (let round = 0; round < 3; round++) {
    await alice.hold();
    assert.equal(b.remoteSdp?.direction, 'sendonly');
    await alice.resume();
    assert.equal(b.remoteSdp?.direction, 'sendrecv');
    assert.equal(b.remoteSdp?.address, alice.address);
  }
  await a.bye();
  await assertNothingLeft(w);
});

test('a re-INVITE without SDP brings the offer of the other side, and the ACK the answer {b2bua}', async () => {
  const { w, a, b } = await talking();
  const events = listen(b);
  const response = await send(w, a, 'INVITE', { acknowledge: async () => a.sdp('sendonly') });
  assert.equal(response.status, 200);
  assert.match(text(response.body), /10\.0\.1\.2/);
  await w.until(() => events.some(({ kind }) => kind === 'acknowledged'));
  assert.equal(b.remoteSdp?.direction, 'sendonly');
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 138: an ordinary refusal of a re-INVITE keeps both legs, 480 ends both {b2bua}', async () => {
  const { w, a, b } = await talking();
  let status = 488;
  serve(b, 'INVITE', (request) => request.respond(status, 'As told'));
  const first = await send(w, a, 'INVITE', { body: a.sdp() });
  assert.deepEqual([first.status, first.reason], [488, 'As told']);
  await w.advance(1000);
  assert.deepEqual([a.state, b.state], ['talking', 'talking']);
  status = 480;
  assert.equal((await send(w, a, 'INVITE', { body: a.sdp() })).status, 480);
  await a.isHungUp();
  await b.isHungUp();
  await assertNothingLeft(w);
});

test('requests in the dialog cross with headers and body, and their answers come back {b2bua}', async () => {
  const { w, a, b } = await talking();
  for (const method of ['INFO', 'MESSAGE', 'OPTIONS', 'REFER', 'NOTIFY', 'SUBSCRIBE']) {
    serve(b, method, (request) => {
      const { request: got } = request;
      request.respond(202, `Got ${method}`, {
        headers: [['X-Seen', got.header('X-Sent') ?? '']],
        body: { contentType: 'text/plain', content: got.body },
      });
    });
    const headers = [
      ['X-Sent', method],
      ['Event', 'x'],
      ['Refer-To', '<sip:carol@10.0.9.9>'],
      ['Subscription-State', 'active'],
    ] as const;
    const answer = await send(w, a, method, { headers, body: { contentType: 'text/plain', content: bytes('abc') } });
    assert.deepEqual([answer.status, answer.reason], [202, `Got ${method}`], method);
    assert.equal(answer.header('X-Seen'), method);
    assert.equal(text(answer.body), 'abc');
  }
  await a.bye();
  await assertNothingLeft(w);
});

test('UPDATE crosses with its offer and its answer {b2bua}', async () => {
  const { w, a, b } = await talking();
  serve(b, 'UPDATE', (request) =>
    request.respond(200, 'OK', { body: { contentType: sdpType, content: bytes('v=0 answer') } }),
  );
  const answer = await send(w, a, 'UPDATE', { body: a.sdp('inactive') });
  assert.equal(answer.status, 200);
  assert.equal(text(answer.body), 'v=0 answer');
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 144: Max-Forwards is lowered by one from what came; 0 gets 483 {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.answers();
  const a = await alice.call('bob');
  assert.equal(bob.current.dialog.invite.header('Max-Forwards'), '69');
  const seen: (string | null)[] = [];
  serve(bob.current, 'INFO', (request) => {
    seen.push(request.request.header('Max-Forwards'));
    request.respond(200);
  });
  await send(w, a, 'INFO', { maxForwards: 12 });
  assert.deepEqual(seen, ['11']);
  assert.equal((await send(w, a, 'INFO', { maxForwards: 0 })).status, 483);
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 145: a 200 that crosses the CANCEL is acknowledged and ended {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  const a = await alice.dial('bob');
  const b = await bob.isCalled();
  b.ring();
  await w.advance(100);
  const events = listen(b);
  a.dialog.cancel();
  await w.advance(6); // the CANCEL is at the server now, the answer on its way
  b.answer();
  await b.isHungUp();
  assert.ok(events.some(({ kind }) => kind === 'acknowledged'));
  assert.equal(await a.isRefused(), 487);
  await assertNothingLeft(w);
});

test('a leg that dies ends the other with a Reason {b2bua}', async () => {
  const { w, alice, a, b } = await talking();
  const events = listen(b);
  alice.vanish();
  void b.dialog.request('OPTIONS');
  await w.advance(40_000);
  await b.isHungUp();
  const bye = events.find((event) => event.kind === 'bye');
  assert.ok(bye?.kind === 'bye');
  assert.match(bye.request.header('Reason') ?? '', /^SIP;cause=(408|481);text="/);
  assert.equal(a.ending, 'lost');
  await assertNothingLeft(w);
});

test('targets are tried in order: the second after the refusal or the silence of the first {b2bua}', async () => {
  for (const first of ['refuses', 'is silent', 'rings']) {
    const { w, alice, bob } = await coupled({
      decide: (phone) =>
        to('', { targets: [{ requestUri: 'sip:carol@10.0.1.3', ringTimeoutMs: 3000 }, { requestUri: phone.uri }] }),
    });
    const carol = await w.newPhone('carol');
    if (first === 'refuses') carol.rejects(503);
    else if (first === 'is silent') carol.vanish();
    bob.answers();
    await alice.call('bob');
    assert.equal(bob.current.state, 'talking', first);
    if (first === 'rings') assert.equal(carol.current.ending, 'cancelled');
    await alice.bye();
    await assertNothingLeft(w);
  }
});

test('a decline for good (6xx) ends the hunt {b2bua}', async () => {
  const { w, alice, bob } = await coupled({
    decide: (phone) => to('', { targets: [{ requestUri: phone.uri }, { requestUri: phone.uri }] }),
  });
  bob.rejects(603);
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 603);
  assert.equal(bob.calls.length, 1);
  await assertNothingLeft(w);
});

test('a target that the dial rules forbid is a 403 to the caller {b2bua} {may-dial}', async () => {
  const { w, alice } = await coupled({ decide: () => to('sip:x@203.0.113.9') });
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 403);
  await assertNothingLeft(w);
});

test('hooks change URI, headers, SDP, status and reason {b2bua}', async () => {
  const { w, alice, bob } = await coupled({
    hooks: {
      onRequest: (request) =>
        request.initial
          ? { ...request, uri: request.uri.replace('bob@', 'robert@'), headers: [...request.headers, ['X-Hook', '1']] }
          : request,
      onReply: (reply) => (reply.status === 603 ? { ...reply, status: 488, reason: 'Translated' } : reply),
      onSdp: ({ text: sdp }) => sdp.replace(/s=.*/, 's=changed'),
    },
  });
  bob.rejects(603);
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 488);
  assert.equal(a.reason, 'Translated');
  const { invite } = bob.current.dialog;
  assert.match(invite.uri, /^sip:robert@/);
  assert.equal(invite.header('X-Hook'), '1');
  assert.match(text(invite.body), /^s=changed/m);
  await assertNothingLeft(w);
});

test('corner case 157: a relayed reply is translated by the hook, an answer of our own is not {b2bua}', async () => {
  const onReply = <T extends object>(reply: T): T => ({ ...reply, status: 488, reason: 'Translated' });
  const relayed = await coupled({ hooks: { onReply } });
  relayed.bob.rejects(603);
  assert.equal(await (await relayed.alice.dial('bob')).isRefused(), 488);
  await assertNothingLeft(relayed.w);
  const own = await coupled({ hooks: { onReply, route: () => ({ kind: 'refuse', status: 603, reason: 'Ours' }) } });
  const refused = await own.alice.dial('bob');
  assert.equal(await refused.isRefused(), 603);
  assert.equal(refused.reason, 'Ours');
  await assertNothingLeft(own.w);
});

test('a hook that refuses or throws ends this call only {b2bua}', async () => {
  for (const [status, route] of [
    [480, () => ({ kind: 'refuse', status: 480, reason: 'Closed', headers: [['Retry-After', '9']] }) as const],
    [
      500,
      () => {
        throw new TypeError('a bug in a profile');
      },
    ],
  ] as const) {
    const { w, alice } = await coupled({ hooks: { route } });
    const a = await alice.dial('bob');
    assert.equal(await a.isRefused(), status);
    await assertNothingLeft(w);
  }
});

test('a hook that throws in an answered call ends both legs {b2bua}', async () => {
  let broken = false;
  const { w, a, b } = await talking({
    hooks: {
      onRequest: (request) => {
        if (broken) throw new TypeError('a bug');
        return request;
      },
    },
  });
  broken = true;
  assert.equal((await send(w, a, 'INFO')).status, 500);
  await a.isHungUp();
  await b.isHungUp();
  await assertNothingLeft(w);
});

test('the longest duration ends both legs {b2bua}', async () => {
  const { w, a, b } = await talking({ decide: (phone) => to(phone.uri, { maxCallMs: 30_000 }) });
  await w.advance(29_000);
  assert.equal(a.state, 'talking');
  await w.advance(2000);
  assert.deepEqual([a.state, b.state], ['ended', 'ended']);
  await assertNothingLeft(w);
});
