/** A re-INVITE that its sender cancels on its way through the B2BUA (RFC 3261 9, 14.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Withdrawal } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { bytes, serve, talking } from './b2bua-world.ts';

const sdpType = 'application/sdp';
const offer = { contentType: sdpType, content: bytes('v=0') };

test('the CANCEL of a re-INVITE goes on to the other side with its Reason, and its 487 comes back {b2bua} {cancel}', async () => {
  const { w, a, b } = await talking();
  const reasons: string[] = [];
  serve(b, 'INVITE', (request) => {
    if (reasons.length > 0) request.respond(200, 'OK', { body: b.sdp() });
    else request.respond(180);
    request.onCancel = (cancel) => {
      reasons.push(cancel.header('Reason') ?? '');
      request.respond(487);
    };
  });
  const withdrawal = new Withdrawal();
  const response = a.dialog.request('INVITE', { body: a.sdp(), withdrawal });
  await w.advance(1000);
  withdrawal.wish([['Reason', 'SIP;cause=200;text="elsewhere"']]);
  withdrawal.wish();
  assert.equal((await w.driver.during(response, 5000, 'the 487')).status, 487);
  assert.deepEqual(reasons, ['SIP;cause=200;text="elsewhere"']);
  assert.deepEqual([a.state, b.state], ['talking', 'talking']);
  await a.hold();
  await a.bye();
  await assertNothingLeft(w);
});

test('a 200 that crosses the CANCEL of a re-INVITE is the answer on both legs {b2bua} {cancel}', async () => {
  const { w, a, b } = await talking();
  serve(b, 'INVITE', (request) => {
    request.respond(180);
    request.onCancel = () => request.respond(200, 'OK', { body: b.sdp() });
  });
  const withdrawal = new Withdrawal();
  const response = a.dialog.request('INVITE', { body: a.sdp(), withdrawal });
  await w.advance(1000);
  withdrawal.wish();
  assert.equal((await w.driver.during(response, 5000, 'the 200')).status, 200);
  assert.deepEqual([a.state, b.state], ['talking', 'talking']);
  await b.bye();
  await a.isHungUp();
  await assertNothingLeft(w);
});

test('a cancelled re-INVITE that the other side never answers is 487 after 64*T1, and the call goes on {b2bua} {cancel}', async () => {
  const { w, a, b } = await talking();
  serve(b, 'INVITE', (request) => {
    request.respond(180);
    request.onCancel = () => {};
  });
  const withdrawal = new Withdrawal();
  const response = b.dialog.request('OPTIONS').then(() => a.dialog.request('INVITE', { body: offer, withdrawal }));
  await w.advance(1000);
  withdrawal.wish();
  assert.equal((await w.driver.during(response, 40_000, 'the 487')).status, 487);
  assert.deepEqual([a.state, b.state], ['talking', 'talking']);
  await a.bye();
  await assertNothingLeft(w);
});

test('a re-INVITE that waits for its turn, or for its time after 491, is cancelled where it is {b2bua} {cancel} {sip-glare}', async () => {
  const { w, a, b } = await talking();
  let seen = 0;
  serve(b, 'INVITE', (request) => {
    seen++;
    if (seen === 1) request.respond(491);
    else request.respond(200, 'OK', { body: b.sdp() });
  });
  // 491 goes to our leg, which waits 2.1 to 4 s.
  const repeated = new Withdrawal();
  const first = a.dialog.request('INVITE', { body: a.sdp(), withdrawal: repeated });
  const queued = new Withdrawal();
  const second = a.dialog.request('INVITE', { body: a.sdp(), withdrawal: queued });
  queued.wish();
  await w.advance(300);
  repeated.wish();
  const [one, two] = await w.driver.during(Promise.all([first, second]), 3000, 'both');
  assert.deepEqual([one.status, two.status, seen], [487, 487, 1]);
  await a.bye();
  await assertNothingLeft(w);
});
