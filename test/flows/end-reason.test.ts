/** Calls that the server ends for a reason of its own: the device gets the sentence of `call.ended` to show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/call/index.ts';
import { CodedError } from '../../core/runtime/index.ts';
import { BrowserAgent } from '../support/browser-agent.ts';
import { header } from '../support/browser-sip.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import { type World, world } from '../support/world.ts';
import { listen } from './b2bua-world.ts';
import { scripted } from './scripted-app.ts';

/** The sentence of the one `call.ended`. */
function sentence(w: World): string {
  const [event] = w.eventsOf('call.ended');
  const [why] = (event?.payload['why'] ?? []) as readonly { readonly sentence: string }[];
  assert.ok(why !== undefined, 'no call has ended');
  return why.sentence;
}

/** The Reason of the BYE that ends the call. */
async function byeReason(w: World, call: PhoneCall): Promise<string | null> {
  const events = listen(call);
  await w.until(() => events.some(({ kind }) => kind === 'bye'), 70_000);
  const bye = events.find((event) => event.kind === 'bye');
  return bye?.kind === 'bye' ? bye.request.header('Reason') : null;
}

const answers = async (call: Call): Promise<void> => void (await call.accept());

test('a caller who falls silent is told so in the BYE {end-reason} {rtp-timeout}', async () => {
  const w = await scripted(answers, { config: { media: { rtpTimeoutMs: 5000 } } });
  const call = await w.phone.call('x');
  call.audio.sending = false;
  assert.equal(await byeReason(w, call), 'SIP;cause=408;text="The other side fell silent: no RTP came."');
  assert.match(sentence(w), /fell silent: no RTP came/);
});

test('a server that drains says that it shuts down {end-reason}', async () => {
  const w = await scripted(answers);
  const call = await w.phone.call('x');
  void w.server.calls.drain(1000);
  assert.equal(await byeReason(w, call), 'SIP;cause=503;text="The server is shutting down."');
  assert.equal(sentence(w), 'The server is shutting down.');
});

test('the longest duration of an account ends its call with a sentence {end-reason}', async () => {
  const w = await scripted(() => {}, { config: { dial: { limits: { maxMinutes: 1 } } } });
  const bob = await w.newPhone('bob');
  bob.answers();
  w.server.calls.originate({
    application: 'scripted',
    user: 'x',
    from: 'sip:us@10.0.0.1',
    to: bob.uri,
    requestUri: bob.uri,
    origin: { name: 'test' },
  });
  await w.until(() => bob.calls.length === 1 && bob.current.state === 'talking');
  const reason = await byeReason(w, bob.current);
  assert.equal(reason, 'SIP;cause=503;text="The call reached its longest duration."');
});

test('a fault after the answer comes with the BYE, one before it as a Q.850 cause of the refusal {end-reason}', async () => {
  const w = await scripted(async (call) => {
    if (call.user === 'late') await call.accept();
    throw new CodedError('media.failed', 'the worker died: secret detail');
  });
  const early = await w.phone.dial('early');
  assert.equal(await early.isRefused(), 500);
  assert.equal(early.refusal?.header('Reason'), `Q.850;cause=41;text="${sentence(w)}"`);
  const late = await w.phone.call('late');
  assert.equal(await byeReason(w, late), `SIP;cause=500;text="${sentence(w)}"`);
  assert.ok(!sentence(w).includes('secret'));
});

test('quotes, lines and length of a sentence stay inside its quotes {end-reason}', async () => {
  const sentences = new Map([
    ['quote', 'say "no" \\ now'],
    ['lines', 'one\r\nContact: <sip:evil@example.org>\r\n\r\nü'],
    ['long', 'x'.repeat(5000)],
  ]);
  const w = await scripted(async (call) => {
    await call.accept();
    call.hangup({ code: 'test.own', sentence: sentences.get(call.user) ?? '' });
  });
  const reasons: (string | null)[] = [];
  for (const user of sentences.keys()) reasons.push(await byeReason(w, await w.phone.call(user)));
  assert.equal(reasons[0], 'SIP;cause=200;text="say \\"no\\" \\\\ now"');
  assert.equal(reasons[1], 'SIP;cause=200;text="one Contact: <sip:evil@example.org> ü"');
  assert.equal(reasons[2], `SIP;cause=200;text="${'x'.repeat(159)}…"`);
});

test('an ordinary hang-up and a refusal of the application have no Reason {end-reason}', async () => {
  const w = await scripted(async (call) => {
    if (call.user === 'busy') call.reject(486);
    else {
      await call.accept();
      call.hangup();
    }
  });
  const busy = await w.phone.dial('busy');
  assert.equal(await busy.isRefused(), 486);
  assert.equal(busy.refusal?.header('Reason'), null);
  assert.equal(await byeReason(w, await w.phone.call('x')), null);
});

test('a callee that does not answer in time gets the reason with the CANCEL {end-reason}', async () => {
  const w = await scripted(() => {});
  const bob = await w.newPhone('bob');
  bob.onCall = (call) => call.ring();
  const call = w.server.calls.originate({
    application: 'scripted',
    user: 'x',
    from: 'sip:us@10.0.0.1',
    to: bob.uri,
    requestUri: bob.uri,
    origin: { name: 'test' },
  });
  await w.until(() => bob.calls.length === 1);
  const events = listen(bob.current);
  await w.advance(1000);
  call.hangup({ code: 'call.noAnswer', sentence: 'Nobody answered in time.' });
  await w.until(() => events.some(({ kind }) => kind === 'cancelled'));
  const cancel = events.find((event) => event.kind === 'cancelled');
  assert.ok(cancel?.kind === 'cancelled');
  assert.equal(cancel.request.header('Reason'), 'SIP;cause=408;text="Nobody answered in time."');
});

test('a page whose audio cannot pass is told so {end-reason} {webrtc}', async () => {
  const w = await world({ phone: null });
  const page = new BrowserAgent(w, '10.0.2.1');
  const call = await page.dial('echo');
  call.transport.blocked = true;
  await call.isAnswered();
  await call.isHungUp(20_000);
  const bye = call.requests.find(({ start }) => start.startsWith('BYE '));
  assert.ok(bye !== undefined);
  assert.equal(header(bye, 'Reason'), `SIP;cause=480;text="${sentence(w)}"`);
  assert.match(sentence(w), /audio cannot reach this server/);
  page.close();
});
