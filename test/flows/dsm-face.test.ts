/** What modules of scripts get of a script's call, by a module from outside: answers, nested events, requests, dial-out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, type DsmAction, type DsmModule, type DsmScript, defineModule, Type } from '../../core/index.ts';
import { type CallFace, callFaceOf, scriptHostOf } from '../../di-modules/dsm/host/call-face.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type DsmWorldOptions, dsmWorld, placeOf, toneFile, variableOf } from './dsm-world.ts';

const action = (
  name: string,
  run: (face: CallFace, first: string, second: string, script: DsmScript) => unknown,
): DsmAction => ({
  name: `try.${name}`,
  summary: 'As the test says.',
  form: '2P,?',
  parameters: [
    { name: 'first', kind: 'R' },
    { name: 'second', kind: 'R' },
  ],
  async run(script, first, second) {
    const face = callFaceOf(script);
    if (face === null) return undefined;
    try {
      await run(face, first, second, script);
      script.clearError();
    } catch (fault) {
      script.setError('general', fault instanceof CodedError ? fault.message : String(fault));
    }
    return undefined;
  },
});

const told: string[] = [];

const modTry: DsmModule = {
  name: 'mod_try',
  summary: 'Handles calls as the test says.',
  actions: [
    action('answer', (face, code, reason) => face.answer(Number(code), reason, [['X-A', '1']])),
    action('replyRequest', (face, code, reason) => face.request?.respond(Number(code), reason, [])),
    action('bye', (face) => face.bye([['X-Why', 'test']])),
    action('info', (face, type, body) => void face.info(type, body)),
    action('refer', (face, to) => void face.refer(to, null)),
    action('relayReply', (face, code, reason) => face.relayReply(Number(code), reason)),
    action('connectRelayed', (face, party, uri) => face.connectCallee(party, uri, true)),
    action('join', (face, room) => face.audio.join(room, {}, (seat) => told.push(`seat ${seat?.room}`))),
    action('dialout', (_face, application, target, script) =>
      scriptHostOf(script)?.dialout({
        application,
        user: 'x',
        from: '<sip:us@10.0.0.1>',
        to: `<${target}>`,
        requestUri: target,
        tag: 'fixed-tag-1',
        variables: { pin: '5' },
      }),
    ),
  ],
  conditions: [],
  onInvite: (script) => void script.variables.set('seen', 'yes'),
  onBeforeDestroy: (script) => void told.push(`gone ${script.variables.get('seen')}`),
};

const outside = defineModule({
  name: 'outside',
  summary: 'Brings a module for scripts.',
  config: Type.Object({}),
  dsmModules: [modTry],
  start: () => null,
});

const tryWorld = (scripts: { readonly [name: string]: string }, options: DsmWorldOptions = {}) => {
  told.length = 0;
  const modules = { outside: {}, di_dial: {} };
  return dsmWorld(
    Object.fromEntries(Object.entries(scripts).map(([name, text]) => [name, `import(mod_try);\n${text}`])),
    { ...options, modules: [outside], config: { modules, ...options.config } },
  );
};

const script = (more: string): string =>
  `initial state A; state B; state C; state end; ${more} transition "bye" (A, B, C) - hangup / stop(false) -> end;`;

test('8.4 item 97: a script that answers the invite itself gets no automatic 200 {dsm-calls}', async () => {
  for (const [code, provisional] of [
    ['100', []],
    ['183', [183]],
    ['486', []],
  ] as const) {
    const w = await tryWorld({ s: script(`transition "i" A - invite / try.answer(${code}, Yes) -> B;`) });
    const call = await w.phone.dial('x');
    await w.advance(2000);
    assert.deepEqual(
      call.provisional.filter((status) => status > 100),
      provisional,
    );
    assert.equal(call.status, code === '486' ? 486 : 0);
    if (code === '486') assert.equal(call.refusal?.header('X-A'), '1');
    await call.bye();
    await assertNothingLeft(w);
  }
});

test('8.3 items 94, 95: early media raise `early` inside the action that sends the 183 {dsm-calls}', async () => {
  const inTransition = await tryWorld({
    s: script(`transition "i" A - invite / { try.answer(183, x); append($o, i); } -> B;
      transition "ea" A - early / append($o, a) -> C; transition "eb" B - early / append($o, b) -> C;
      transition "end" (A, B, C) - hangup / { warn(order $(order)); stop(false); } -> end;`).replaceAll('$o', '$order'),
  });
  const call = await inTransition.phone.dial('x');
  await inTransition.advance(500);
  assert.equal(await placeOf(inTransition), 's/B');
  assert.equal(await variableOf(inTransition, 'order'), 'ai');
  await call.bye();
  await assertNothingLeft(inTransition);

  const inEnter = await tryWorld({
    s: `initial state A; state B enter { try.answer(183, x); append($order, z); }; state C enter { append($order, c); };
        state end; transition "i" A - invite -> B; transition "e" B - early -> C;
        transition "bye" (A, B, C) - hangup / stop(false) -> end;`,
  });
  const second = await inEnter.phone.dial('x');
  await inEnter.advance(500);
  assert.equal(await placeOf(inEnter), 's/C');
  assert.equal(await variableOf(inEnter, 'order'), 'cz');
  await second.bye();
  await assertNothingLeft(inEnter);
});

test('early media are heard; the later 200 raises no sessionStart {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 60_000) };
  const w = await tryWorld(
    {
      s: script(`transition "i" A - invite / { try.answer(183, x); playFile(/a.wav); setTimer(1, 2); } -> B;
        transition "t" B - timer / try.answer(200, OK) -> B; transition "ss" B - sessionStart / set($started=1) -> C;`),
    },
    { files },
  );
  const call = await w.phone.dial('x');
  await w.phone.hears(tone(400));
  assert.equal(call.state, 'ringing');
  await call.isAnswered();
  await w.phone.hears(tone(400));
  assert.equal(await placeOf(w), 's/B');
  await call.bye();
  assert.deepEqual(told, ['gone yes']);
  await assertNothingLeft(w);
});

test('8.4 item 100: CANCEL while the script waits: 487, and the script stops {dsm-calls}', async () => {
  const w = await tryWorld({ s: script('transition "i" A - invite / try.answer(180, Ringing) -> B;') });
  const call = await w.phone.dial('x');
  await w.until(() => call.provisional.includes(180));
  await call.bye();
  await w.advance(500);
  assert.equal(w.eventsOf('call.ended')[0]?.payload['status'], 487);
  assert.equal(await placeOf(w), '');
  await assertNothingLeft(w);
});

test('8.4 item 111: a call placed by a script has its variables and the tag that was asked for {dsm-calls}', async () => {
  const w = await tryWorld({
    s: script('transition "s" A - sessionStart / try.dialout(callee, sip:bob@10.0.1.2) -> B;'),
    callee: script(''),
  });
  const bob = await w.newPhone('bob');
  bob.answers();
  const call = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  assert.equal(await placeOf(w), 'callee/A');
  assert.equal(await variableOf(w, 'pin'), '5');
  assert.ok(w.server.calls.find('fixed-tag-1') !== null);
  await bob.bye();
  await call.bye();
  await assertNothingLeft(w);
});

test('a script answers a request itself; asks by INFO and hears the reply {dsm-calls}', async () => {
  const w = await tryWorld({
    s: script(`transition "s" A - sessionStart / { set($enable_request_events=true); set($enable_reply_events=true); } -> B;
      transition "r" B - sipRequest(#method==MESSAGE) / { try.replyRequest(202, Taken); set(#processed=true); try.info(text/plain, hi); } -> B;
      transition "p" B - sipReply(#code==200) / { set($cseq=#cseq); set($status=#dlg_status); } -> C;`),
  });
  const call = await w.phone.call('x');
  let status = 0;
  const body = { contentType: 'text/plain', content: Buffer.from('x') };
  void call.dialog.request('MESSAGE', { body }).then((response) => {
    status = response.status;
  });
  await w.advance(500);
  assert.equal(status, 202);
  assert.deepEqual(call.requests.at(-1), { method: 'INFO', body: 'hi' });
  assert.equal(await placeOf(w), 's/C');
  assert.equal(await variableOf(w, 'status'), 'Connected');
  await call.bye();
  await assertNothingLeft(w);
});

test('a BYE of the script leaves the script running {dsm-calls}', async () => {
  const w = await tryWorld({
    s: script(
      'transition "k" A - key / { try.bye(); setTimer(1, 2); } -> B; transition "t" B - timer / stop(false) -> C;',
    ),
  });
  const call = await w.phone.call('x');
  await call.press('1');
  await call.isHungUp();
  assert.equal(await placeOf(w), 's/B');
  await w.advance(2500);
  assert.equal(await placeOf(w), '');
  await assertNothingLeft(w);
});

test('in relayed mode the callee answers the caller; its refusal goes through {dsm-calls}', async () => {
  for (const rejects of [false, true]) {
    const w = await tryWorld({
      s: script(`transition "i" A - invite / { try.answer(180, Ringing); try.connectRelayed(sip:bob@10.0.1.2, sip:bob@10.0.1.2); } -> B;
        transition "o" B - B2B.otherBye / stop(false) -> C;`),
    });
    const bob = await w.newPhone('bob');
    if (rejects) bob.rejects(603);
    else bob.answers(100);
    const call = await w.phone.dial('x');
    if (rejects) assert.equal(await call.isRefused(), 603);
    else {
      await call.isAnswered();
      assert.equal(call.remoteSdp?.address, '10.0.1.2');
      call.says(tone(400));
      await bob.hears(tone(400));
      await bob.bye();
      await call.isHungUp();
    }
    await assertNothingLeft(w);
  }
});

test('a room of a script is entered when media flow {dsm-calls}', async () => {
  const w = await tryWorld({
    s: `initial state A enter { try.join(lobby); }; state end; transition "bye" A - hangup / stop(false) -> end;`,
  });
  const bob = await w.newPhone('bob');
  await w.phone.call('x');
  await bob.call('x');
  w.phone.says(tone(400));
  await bob.hears(tone(400));
  assert.deepEqual(told, ['seat lobby', 'seat lobby']);
  await w.phone.bye();
  await bob.bye();
  await assertNothingLeft(w);
});

test('a call of a script that is gone cannot be handled; a script elsewhere has no host {dsm-calls}', () => {
  const nothing = { kind: 'system' } as unknown as Parameters<typeof callFaceOf>[0];
  assert.equal(callFaceOf(nothing), null);
  assert.equal(scriptHostOf(nothing), null);
});
