/** What two coupled dialogs owe each other: PRACK, forks, glare, credentials, ids in Replaces and Refer-To. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialogEvent, SipRequest } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { bytes, coupled, listen, send, serve, talking, text, to } from './b2bua-world.ts';

const sdpType = 'application/sdp';

test('corner case 141: early media and PRACK go end to end, no 18x loses its SDP {b2bua} {sip-100rel}', async () => {
  const { w, alice, bob } = await coupled({ decide: (phone) => to(phone.uri, { reliableProvisional: 'relay' }) });
  const acknowledged: number[] = [];
  let a: Awaited<ReturnType<typeof alice.dial>> | null = null;
  bob.onCall = (call) => {
    const phone = call.dialog.onEvent;
    call.dialog.onEvent = (event) => {
      if (event.kind === 'provisionalAcknowledged') {
        // The caller has had the response by then: the PRACK is its own, not ours.
        acknowledged.push(a?.provisional.at(-1) ?? 0);
        call.dialog.respond(acknowledged.length === 1 ? 180 : 200, undefined, {
          body: call.sdp(),
          reliable: acknowledged.length === 1,
        });
      } else phone(event);
    };
    call.dialog.respond(183, 'Listen', { body: call.sdp(), reliable: true });
  };
  a = await alice.dial('bob');
  const events = listen(a);
  await w.advance(3000);
  const early = events.filter((event) => event.kind === 'provisional' && event.response.status > 100);
  assert.deepEqual(
    early.map((event) => (event.kind === 'provisional' ? [event.response.status, event.response.body.length > 0] : [])),
    [
      [183, true],
      [180, true],
    ],
  );
  assert.deepEqual(acknowledged, [183, 180]);
  assert.equal(a.state, 'talking');
  await a.bye();
  await assertNothingLeft(w);
});

test('a late offer is answered in the PRACK, end to end {b2bua} {sip-100rel}', async () => {
  const { w, alice, bob } = await coupled({ decide: (phone) => to(phone.uri, { reliableProvisional: 'relay' }) });
  let answer = '';
  bob.onCall = (call) => {
    const phone = call.dialog.onEvent;
    call.dialog.onEvent = (event) => {
      if (event.kind !== 'provisionalAcknowledged') return phone(event);
      answer = text(event.request.request.body);
      event.request.respond(200);
      call.dialog.respond(200);
    };
    call.dialog.respond(183, 'Offer', { body: call.sdp(), reliable: true });
  };
  const a = await alice.dial('bob', { lateOffer: true });
  a.dialog.onEvent = (event: DialogEvent) => {
    if (event.kind === 'provisional' && event.response.body.length > 0) void a.dialog.acknowledgeProvisional(a.sdp());
    if (event.kind === 'answered') a.dialog.acknowledge();
  };
  await w.advance(3000);
  assert.match(answer, /c=IN IP4 10\.0\.1\.1/);
  assert.equal(a.dialog.state, 'confirmed');
  a.dialog.end();
  await assertNothingLeft(w);
});

test('a caller without 100rel is not bothered with it {b2bua} {sip-100rel}', async () => {
  const { w, alice, bob } = await coupled({
    decide: (phone) => to(phone.uri, { reliableProvisional: 'relay' }),
    world: { config: { sip: { reliableProvisional: 'off' } } },
  });
  bob.answers();
  const a = await alice.call('bob');
  assert.doesNotMatch(bob.current.dialog.invite.header('Supported') ?? '', /100rel/);
  await a.bye();
  await assertNothingLeft(w);
});

test('an answer without SDP gets that of the newest 18x {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.onCall = (call) => {
    call.dialog.respond(183, undefined, { body: call.sdp(), reliable: false });
    w.clock.after(1000, () => call.dialog.respond(200));
  };
  const a = await alice.call('bob');
  assert.equal(a.remoteSdp?.address, bob.address);
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 146: a re-INVITE that meets another is repeated after 491, and no more once the call ends {b2bua}', async () => {
  const { w, a, b } = await talking();
  let refused = 0;
  serve(b, 'INVITE', (request) => {
    refused++;
    if (refused === 1) request.respond(491);
    else request.respond(200, 'OK', { body: b.sdp() });
  });
  const response = await send(w, a, 'INVITE', { body: a.sdp() });
  assert.equal(response.status, 200);
  assert.equal(refused, 2);
  serve(b, 'INVITE', (request) => {
    refused++;
    request.respond(491);
  });
  void a.dialog.request('INVITE', { body: a.sdp() });
  await w.advance(50);
  await a.bye();
  const before = refused;
  await w.advance(10_000);
  assert.equal(refused, before);
  await assertNothingLeft(w);
});

test('re-INVITEs of both sides at once: neither waits for the other, one is told 491 {b2bua}', async () => {
  const { w, a, b } = await talking();
  const [one, two] = await w.driver.during(
    Promise.all([a.dialog.request('INVITE', { body: a.sdp() }), b.dialog.request('INVITE', { body: b.sdp() })]),
    60_000,
    'both re-INVITEs',
  );
  for (const { status } of [one, two]) assert.ok(status === 200 || status === 491, String(status));
  assert.ok(one.status === 200 || two.status === 200);
  assert.deepEqual([a.state, b.state], ['talking', 'talking']);
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 147: a re-INVITE waits for one that is under way on the other leg; without a peer it gets 500 {b2bua}', async () => {
  const { w, a, b } = await talking();
  const order: string[] = [];
  serve(b, 'INVITE', (request) => {
    order.push(text(request.request.body));
    w.clock.after(1000, () => request.respond(200, 'OK', { body: b.sdp() }));
  });
  const first = a.dialog.request('INVITE', { body: { contentType: sdpType, content: bytes('one') } });
  const second = a.dialog.request('INVITE', { body: { contentType: sdpType, content: bytes('two') } });
  const statuses = await w.driver.during(Promise.all([first, second]), 20_000, 're-INVITEs');
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200],
  );
  assert.deepEqual(order, ['one', 'two']);
  await a.bye();
  await assertNothingLeft(w);
});

test('an UPDATE before the callee has a dialog gets 500 {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  const a = await alice.dial('bob');
  const b = await bob.isCalled();
  b.ring();
  await w.advance(100);
  b.dialog.end();
  const update = await send(w, a, 'UPDATE', { body: a.sdp() });
  assert.ok(update.status === 500 || update.status === 481, String(update.status));
  await assertNothingLeft(w);
});

/** Bob wants credentials for the first INVITE; gives the requests that he got. */
function challenging(invites: SipRequest[]) {
  return (
    call: { readonly dialog: { readonly invite: SipRequest; respond(...args: never): void } } & {
      ring(): void;
      answer(): void;
      reject(status: number): void;
    },
  ) => {
    invites.push(call.dialog.invite);
  };
}

test('corner case 125: a challenge of the callee is met with our credentials and not shown to the caller {b2bua}', async () => {
  const credentials = { user: 'us', password: 'secret', realm: '' };
  const { w, alice, bob } = await coupled({
    decide: (phone) => to('', { targets: [{ requestUri: phone.uri, credentials }] }),
  });
  const invites: SipRequest[] = [];
  const note = challenging(invites);
  bob.onCall = (call) => {
    note(call as never);
    if (call.dialog.invite.header('Proxy-Authorization') !== null) call.answer();
    else
      call.dialog.respond(407, undefined, {
        headers: [['Proxy-Authenticate', 'Digest realm="bob", nonce="n1", algorithm=MD5']],
      });
  };
  const a = await alice.call('bob');
  assert.equal(a.status, 200);
  assert.equal(invites.length, 2);
  assert.match(invites[1]?.header('Proxy-Authorization') ?? '', /username="us".*realm="bob"/);
  // Corner case 124: the repetition has raised the CSeq of that leg; what follows counts on from there.
  let seen = '';
  serve(bob.current, 'INFO', (request) => {
    seen = request.request.header('CSeq') ?? '';
    request.respond(200);
  });
  await send(w, a, 'INFO');
  const number = (cseq: string | null): number => Number.parseInt(cseq ?? '', 10);
  assert.equal(number(invites[1]?.header('CSeq') ?? ''), number(invites[0]?.header('CSeq') ?? '') + 1);
  assert.equal(number(seen), number(invites[1]?.header('CSeq') ?? '') + 1);
  await a.bye();
  await assertNothingLeft(w);
});

test('the CSeq of each leg goes on, request by request {b2bua}', async () => {
  const { w, a, b } = await talking();
  const seen: number[] = [];
  serve(b, 'INFO', (request) => {
    seen.push(Number.parseInt(request.request.header('CSeq') ?? '', 10));
    request.respond(200);
  });
  for (let round = 0; round < 3; round++) assert.equal((await send(w, a, 'INFO')).status, 200);
  assert.deepEqual(
    seen.map((number) => number - (seen[0] ?? 0)),
    [0, 1, 2],
  );
  await a.bye();
  await assertNothingLeft(w);
});

test('without credentials of ours a challenge goes to the caller, and its answer to the callee {b2bua}', async () => {
  const { w, alice, bob } = await coupled();
  bob.onCall = (call) => {
    if (call.dialog.invite.header('Authorization') !== null) call.answer();
    else
      call.dialog.respond(401, undefined, {
        headers: [['WWW-Authenticate', 'Digest realm="bob", nonce="n1", algorithm=MD5']],
      });
  };
  await alice.call('bob', { credentials: { user: 'alice', password: 'x', realm: 'bob' } });
  assert.match(bob.current.dialog.invite.header('Authorization') ?? '', /username="alice"/);
  await alice.bye();
  await assertNothingLeft(w);
});

test('credentials that the callee does not take are a 403 to the caller {b2bua}', async () => {
  const credentials = { user: 'us', password: 'wrong', realm: '' };
  const { w, alice, bob } = await coupled({
    decide: (phone) => to('', { targets: [{ requestUri: phone.uri, credentials }] }),
  });
  bob.onCall = (call) =>
    call.dialog.respond(401, undefined, { headers: [['WWW-Authenticate', 'Digest realm="bob", nonce="n1"']] });
  const a = await alice.dial('bob');
  assert.equal(await a.isRefused(), 403);
  assert.equal(a.refusal?.header('WWW-Authenticate'), null);
  await assertNothingLeft(w);
});

test('Replaces in Refer-To names the dialog of the other leg {b2bua} {sip-replaces}', async () => {
  const { w, a, b } = await talking();
  const own = a.dialog.ids;
  const others = b.dialog.ids;
  let seen = '';
  serve(b, 'REFER', (request) => {
    seen = request.request.header('Refer-To') ?? '';
    request.respond(202);
  });
  const replaces = `${own.callId};to-tag=${own.remoteTag};from-tag=${own.localTag};early-only`;
  const headers = [['Refer-To', `<sip:carol@10.0.9.9?Replaces=${encodeURIComponent(replaces)}>`]] as const;
  assert.equal((await send(w, a, 'REFER', { headers })).status, 202);
  // On bob's leg we are the remote side: he would be the one who is replaced.
  const mapped = `${others.callId};to-tag=${others.localTag};from-tag=${others.remoteTag};early-only`;
  assert.equal(seen, `<sip:carol@10.0.9.9?Replaces=${encodeURIComponent(mapped)}>`);
  const unknown = [['Refer-To', '<sip:carol@10.0.9.9?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>']] as const;
  await send(w, a, 'REFER', { headers: unknown });
  assert.equal(seen, unknown[0][1]);
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 143: Replaces in an INVITE names the dialog of the other leg {b2bua} {sip-replaces}', async () => {
  const { w, bob, a, b } = await talking({ world: { config: { calls: { replaces: 'any' } } } });
  const carol = await w.newPhone('carol');
  const { callId, localTag, remoteTag } = a.dialog.ids;
  const headers = [['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}`]] as const;
  await carol.dial('bob', { headers });
  await w.until(() => bob.calls.length === 2);
  const others = b.dialog.ids;
  assert.equal(
    bob.current.dialog.invite.header('Replaces'),
    `${others.callId};to-tag=${others.localTag};from-tag=${others.remoteTag}`,
  );
  await carol.bye();
  await a.bye();
  await assertNothingLeft(w);
});

test('corner case 132: the id of a NOTIFY about a REFER is that of the side that referred {b2bua} {sip-refer}', async () => {
  const { w, a, b } = await talking();
  // The legs count differently from here on.
  await send(w, a, 'OPTIONS');
  let cseq = '';
  serve(b, 'REFER', (request) => {
    cseq = Number.parseInt(request.request.header('CSeq') ?? '', 10).toString();
    request.respond(202);
  });
  const referred = await send(w, a, 'REFER', { headers: [['Refer-To', '<sip:carol@10.0.9.9>']] });
  const ours = Number.parseInt(referred.header('CSeq') ?? '', 10).toString();
  let event = '';
  serve(a, 'NOTIFY', (request) => {
    event = request.request.header('Event') ?? '';
    request.respond(200);
  });
  await send(w, b, 'NOTIFY', {
    headers: [
      ['Event', `refer;id=${cseq}`],
      ['Subscription-State', 'active;expires=60'],
    ],
    body: { contentType: 'message/sipfrag', content: bytes('SIP/2.0 100 Trying') },
  });
  assert.equal(event, `refer;id=${ours}`);
  await a.bye();
  await assertNothingLeft(w);
});

test('REFER can be refused by the route {b2bua} {sip-refer}', async () => {
  const { w, a, b } = await talking({ decide: (phone) => to(phone.uri, { refer: 'refuse' }) });
  const answer = await send(w, a, 'REFER', { headers: [['Refer-To', '<sip:carol@10.0.9.9>']] });
  assert.equal(answer.status, 603);
  assert.equal(b.state, 'talking');
  await a.bye();
  await assertNothingLeft(w);
});
