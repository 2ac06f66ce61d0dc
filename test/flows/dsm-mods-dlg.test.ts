/** mod_dlg in whole calls (reference/dsm 5.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, toneFile, variableOf } from './dsm-world.ts';

const script = (more: string): string =>
  `import(mod_dlg); import(mod_uri); initial state A; state B; state C; state end; ${more}
   transition "bye" (A, B, C) - hangup / stop(false) -> end;`;

const bodyOf = (contentType: string, text: string) => ({ body: { contentType, content: Buffer.from(text) } });

test('DSM 8.4 item 97: dlg.reply in invite: no automatic 200; a wrong code is errno arg {dsm-modules}', async () => {
  for (const code of ['100', '183', '486']) {
    const w = await dsmWorld({
      s: script(`transition "i" A - invite / { dlg.reply(12); set($e=$errno); dlg.reply(${code}, Yes); } -> B;`),
    });
    const call = await w.phone.dial('x');
    await w.advance(1500);
    assert.equal(call.status, code === '486' ? 486 : 0);
    assert.equal(call.provisional.includes(183), code === '183');
    if (code !== '486') assert.deepEqual([await variableOf(w, 'e'), await variableOf(w, 'errno')], ['arg', '']);
    await call.bye();
    await assertNothingLeft(w);
  }
});

test('DSM 8.4 item 113: headers of $dlg.reply.hdrs, a literal \\r\\n between them; $hdrs are those of the INVITE {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: script(`transition "i" A - invite / { set($dlg.reply.hdrs="X-A: 1\\r\\nX-B: 2"); uri.getHeader(User-Agent, ua);
      dlg.reply(404, Nope); } -> B;`),
  });
  const call = await w.phone.dial('x');
  assert.equal(await call.isRefused(), 404);
  assert.deepEqual(
    [call.refusal?.header('X-A'), call.refusal?.header('X-B'), call.refusal?.reason],
    ['1', '2', 'Nope'],
  );
  await assertNothingLeft(w);
});

test('DSM 8.4 item 114: dlg.replyRequest outside a request is an exception {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: script(`transition "s" A - sessionStart / setTimer(1, 1) -> B; transition "t" B - timer / dlg.replyRequest(200, x) -> C;
      transition "ex" B - exception; test(#type==dlg) / set($cause=#cause) -> C;`),
  });
  const call = await w.phone.call('x');
  await w.advance(1500);
  assert.deepEqual([await variableOf(w, 'cause'), await placeOf(w)], ['no request', 's/C']);
  await call.bye();
  await assertNothingLeft(w);
});

test('early media, then the answer; dlg.acceptInvite twice is errno general {dsm-modules}', async () => {
  const w = await dsmWorld(
    {
      s: script(`transition "i" A - invite / { dlg.acceptInvite(183, Progress); playFile(/a.wav); setTimer(1, 1); } -> B;
        transition "t" B - timer / { dlg.acceptInvite(); dlg.acceptInvite(); } -> C;`),
    },
    { files: { '/a.wav': await toneFile(400, 60_000) } },
  );
  const call = await w.phone.dial('x');
  await w.phone.hears(tone(400));
  assert.equal(call.state, 'ringing');
  await call.isAnswered();
  await w.advance(100);
  assert.equal(await variableOf(w, 'errno'), 'general');
  await call.bye();
  await assertNothingLeft(w);
});

test('bodies of requests are looked into; INFO and REFER go out, BYE leaves the script {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: script(`transition "s" A - sessionStart / set($enable_request_events=true) -> B;
      transition "m" B - sipRequest(#method==MESSAGE); dlg.requestHasContentType(text/plain) / {
        dlg.getRequestBody(text/plain, text); dlg.getRequestBody(text/html, html); set($dlg.reply.hdrs="X-Got: 1");
        dlg.replyRequest(202, Taken); set(#processed=true); dlg.info(text/plain, "a\\r\\nb");
        dlg.refer(sip:z@10.0.1.9, 30); } -> C;
      transition "k" C - key / { dlg.getOtherId(other); dlg.getRtpRelayMode(mode); dlg.bye("X-Why: x"); set($byeerr=$errno); setTimer(1, 2); } -> B;
      transition "t" B - timer / stop(false) -> end;`),
  });
  const call = await w.phone.call('x');
  let got: string | null = null;
  void call.dialog.request('MESSAGE', bodyOf('text/plain', 'hello')).then((response) => {
    got = `${response.status} ${response.header('X-Got')}`;
  });
  await w.advance(500);
  assert.equal(got, '202 1');
  assert.deepEqual([await variableOf(w, 'text'), await variableOf(w, 'html')], ['hello', '']);
  assert.deepEqual(
    call.requests.map(({ method, body }) => `${method} ${body}`),
    ['INFO a\r\nb', 'REFER '],
  );
  await call.press('1');
  await call.isHungUp();
  assert.deepEqual(
    [await variableOf(w, 'mode'), await variableOf(w, 'byeerr'), await placeOf(w)],
    ['RTP_Direct', '', 's/B'],
  );
  await w.advance(2500);
  assert.equal(await placeOf(w), '');
  await assertNothingLeft(w);
});

test('DSM 8.4 item 111: dlg.dialout gives the other call its variables, and its tag to the script {dsm-modules}', async () => {
  const w = await dsmWorld(
    {
      s: script(`transition "s" A - sessionStart / { dlg.dialout(l); set($missing=$errno); set($l_caller=us); set($l_callee=bob);
      set($l_domain=10.0.1.2); set($l_app=callee); set($l_var.pin=5); set($l_hdrs="X-Call: 7"); set($errno=""); dlg.dialout(l); } -> B;`),
      callee: script(''),
    },
    { config: { modules: { di_dial: {} } } },
  );
  const bob = await w.newPhone('bob');
  bob.answers();
  const call = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  assert.equal(await placeOf(w), 'callee/A');
  assert.equal(await variableOf(w, 'pin'), '5');
  const [first] = (await w.invoke('dsm.sessions')) as readonly { readonly call: string }[];
  const variables = (await w.invoke('dsm.variables', first?.call ?? '')) as { readonly [name: string]: string };
  assert.deepEqual([variables['missing'], variables['errno']], ['arg', '']);
  assert.ok(w.server.calls.find(variables['l_ltag'] ?? '') !== null);
  await bob.bye();
  await call.bye();
  await assertNothingLeft(w);
});

test('relayed: the callee answers the caller directly {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: script(`transition "i" A - invite / { dlg.reply(180, Ringing); dlg.connectCalleeRelayed(sip:bob@10.0.1.2, sip:bob@10.0.1.2); } -> B;
      transition "o" B - B2B.otherBye / stop(false) -> end;`),
  });
  const bob = await w.newPhone('bob');
  bob.answers(100);
  const call = await w.phone.dial('x');
  await call.isAnswered();
  call.says(tone(400));
  await bob.hears(tone(400));
  await bob.bye();
  await call.isHungUp();
  await assertNothingLeft(w);
});
