/** Scripts that connect their caller with somebody else (reference/dsm 7.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, variableOf } from './dsm-world.ts';

const connect = (more: string, before = ''): string => `
  initial state A; state CALLING; state TALKING; state end;
  transition "go" A - sessionStart / { ${before} B2B.addHeader("X-Shop: yes"); B2B.connectCallee(sip:bob@10.0.1.2, sip:bob@10.0.1.2); } -> CALLING;
  transition "up" CALLING - B2B.otherReply; test(#code == 200) / disconnectMedia() -> TALKING;
  transition "no" CALLING - B2B.otherReply; test(#code == 486) / { set($why=#reason); connectMedia(); } -> A2;
  state A2;
  transition "bye" (A, CALLING, TALKING, A2) - hangup / { B2B.terminateOtherLeg(); stop(false); } -> end;
  ${more}`;

const calleeBye = 'transition "other" TALKING - B2B.otherBye / stop(false) -> end;';

test('a caller is connected: media go end to end, requests pass, BYE of the caller ends both {dsm-calls}', async () => {
  const w = await dsmWorld({ s: connect(calleeBye) });
  const bob = await w.newPhone('bob');
  bob.answers(300);
  const alice = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  await w.advance(500);
  assert.equal(await placeOf(w), 's/TALKING');
  assert.equal(bob.current.dialog.invite.header('X-Shop'), 'yes');
  assert.equal(alice.remoteSdp?.address, '10.0.1.2');
  alice.says(tone(400));
  bob.says(tone(900));
  await alice.hears(tone(900));
  await bob.hears(tone(400));
  let status = 0;
  void alice.dialog.request('INFO', { body: { contentType: 'application/x', content: Buffer.from('x') } }).then((r) => {
    status = r.status;
  });
  await w.advance(500);
  assert.equal(status, 200);
  assert.equal(bob.current.requests.at(-1)?.method, 'INFO');
  await alice.bye();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('BYE of the callee is told, and relayed to the caller {dsm-calls}', async () => {
  const w = await dsmWorld({ s: connect(calleeBye) });
  const bob = await w.newPhone('bob');
  bob.answers();
  const alice = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  await w.advance(500);
  await bob.bye();
  await alice.isHungUp();
  await assertNothingLeft(w);
});

test('8.4 item 115: with #processed the caller stays, and gets our media again {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: connect(`transition "other" TALKING - B2B.otherBye / { set(#processed=true); B2B.setRelayOnly(false);
      B2B.sendReinvite(true); set($t.length=0); set($t.on=1000); set($t.f=700); playRingtone(t); connectMedia(); } -> A2;`),
  });
  const bob = await w.newPhone('bob');
  bob.answers();
  const alice = await w.phone.call('x');
  await bob.isCalled({ state: 'talking' });
  await w.advance(500);
  await bob.bye();
  await w.advance(500);
  assert.equal(alice.state, 'talking');
  assert.equal(alice.remoteSdp?.address, '10.0.0.1');
  await alice.hears(tone(700));
  await alice.bye();
  await assertNothingLeft(w);
});

test('a refusal of the callee is told; the caller goes on {dsm-calls}', async () => {
  const w = await dsmWorld({ s: connect('') });
  const bob = await w.newPhone('bob');
  bob.rejects(486);
  const alice = await w.phone.call('x');
  await w.advance(1000);
  assert.equal(await placeOf(w), 's/A2');
  assert.equal(await variableOf(w, 'why'), 'Busy Here');
  assert.equal(alice.state, 'talking');
  await alice.bye();
  await assertNothingLeft(w);
});

test('a caller who hangs up while it rings cancels the other leg {dsm-calls}', async () => {
  const w = await dsmWorld({ s: connect('') });
  const bob = await w.newPhone('bob');
  bob.onCall = (call) => call.ring();
  const alice = await w.phone.call('x');
  await bob.isCalled();
  await alice.bye();
  await bob.current.isHungUp();
  assert.equal(bob.current.ending, 'cancelled');
  await assertNothingLeft(w);
});

test('a foreign callee is refused by the dial rules, and the script hears of it {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: `initial state A; state B; transition "go" A - sessionStart / B2B.connectCallee(sip:x@203.0.113.9, sip:x@203.0.113.9) -> B;
        transition "bye" B - hangup / stop(false) -> B;`,
  });
  const alice = await w.phone.call('x');
  await w.advance(300);
  assert.equal(await variableOf(w, 'errno'), 'general');
  assert.match(await variableOf(w, 'strerror'), /dial\.allow/);
  await alice.bye();
  await assertNothingLeft(w);
});

test('4.6: a re-INVITE that waits for another when its call ends harms nobody {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: `initial state A; state B;
        transition "go" A - sessionStart / { B2B.sendReinvite(true); B2B.sendReinvite(true); stop(true); } -> B;`,
  });
  await w.phone.call('x');
  await w.advance(60_000);
  assert.equal(w.phone.current.state, 'ended');
  await assertNothingLeft(w);
});
