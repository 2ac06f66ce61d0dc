/** Calls that carry another peer's offer, a lost peer that is kept, streams that send nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../core/call/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { scripted } from './scripted-app.ts';

const order = (target: string) => ({
  application: 'scripted',
  user: 'x',
  from: '<sip:us@10.0.0.1>',
  to: `<${target}>`,
  requestUri: target,
  origin: { name: 'test' },
});

test("an INVITE with another peer's offer, a tag and a Call-ID of our choice {call-out}", async () => {
  const w = await scripted(() => {});
  const bob = await w.newPhone('bob');
  bob.answers();
  const content = Buffer.from(
    'v=0\r\no=- 1 1 IN IP4 10.0.1.9\r\ns=-\r\nc=IN IP4 10.0.1.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
  );
  const call = w.server.calls.originate({
    ...order(bob.uri),
    tag: 'chosen-1',
    callId: 'chosen@example.org',
    body: { contentType: 'application/sdp', content },
    onCall: ({ session }) => {
      session.onEvent = (event) => {
        if (event.kind !== 'sip' || event.event.kind !== 'answered') return 'default';
        session.dialog.acknowledge();
        return 'handled';
      };
    },
  });
  assert.equal(call.tag, 'chosen-1');
  await w.until(() => call.state === 'connected');
  assert.equal(bob.current.remoteSdp?.address, '10.0.1.9');
  assert.equal(bob.current.dialog.ids.callId, 'chosen@example.org');
  assert.equal(call.session.media, null);
  assert.throws(() => w.server.calls.originate({ ...order(bob.uri), tag: 'chosen-1' }), /in use/);
  assert.throws(() => w.server.calls.originate({ ...order(bob.uri), tag: 'no token' }), /no token/);
  assert.throws(() => w.server.calls.originate({ ...order(bob.uri), callId: 'no word' }), /no word/);
  call.hangup();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('a borrowed description has our origin line, each time at its next version; ours comes after it {sip-call}', async () => {
  const served: Call[] = [];
  const w = await scripted(async (call) => {
    served.push(call);
    await call.accept();
  });
  const phone = await w.phone.call('x');
  const { session } = served[0] ?? assert.fail('no call');
  const originOf = (text: string): string[] => /^o=(.*)$/m.exec(text)?.[1]?.trim().split(' ') ?? [];
  const first = originOf(Buffer.from((await session.answerBody()).content).toString());
  const foreign = { contentType: 'application/sdp', content: Buffer.from('v=0\r\no=x 7 9 IN IP4 10.9.9.9\r\ns=-\r\n') };
  const [one, two] = [session.borrowBody(foreign), session.borrowBody(foreign)].map(({ content }) =>
    originOf(Buffer.from(content).toString()),
  );
  assert.deepEqual([one?.[1], two?.[1]], [first[1], first[1]]);
  assert.ok(Number(two?.[2]) > Number(one?.[2]) && Number(one?.[2]) > Number(first[2]));
  await w.driver.during(session.reinvite({ headers: [['X-A', '1']] }), 5000, 're-INVITE');
  const again = originOf(phone.requests.at(-1)?.body ?? '');
  assert.ok(Number(again[2]) > Number(two?.[2]));
  await phone.bye();
  await assertNothingLeft(w);
});

test('a lost peer ends the call, unless its application keeps it {sip-call}', async () => {
  for (const keeps of [false, true]) {
    const served: Call[] = [];
    const w = await scripted(async (call) => {
      served.push(call);
      call.session.keepsLostPeer = keeps;
      call.on((event) => (event.kind === 'sip' && event.event.kind === 'remoteGone' && keeps ? 'handled' : 'default'));
      await call.accept();
    });
    await w.phone.call('x');
    await w.advance(1000);
    w.phone.vanish();
    const { session } = served[0] ?? assert.fail('no call');
    void session.request('OPTIONS');
    await w.advance(40_000);
    assert.equal(session.state, keeps ? 'connected' : 'ended');
    if (!keeps) assert.equal((await session.ended).why[0]?.code, 'call.remoteGone');
    session.end();
    await assertNothingLeft(w);
  }
});

test('a stream that may not send is silent, and goes on where it is {sip-call}', async () => {
  const served: Call[] = [];
  const w = await scripted(async (call) => {
    served.push(call);
    await call.accept();
    call.playItem({ kind: 'tone', frequenciesHz: [400], level: 8000, onMs: 1000, offMs: 0, lengthMs: 0 });
  });
  const phone = await w.phone.call('x');
  await phone.hears(tone(400));
  const { session } = served[0] ?? assert.fail('no call');
  session.media?.setSending(false);
  await w.advance(200);
  const heard = phone.audio.heardMs;
  await w.advance(1000);
  assert.equal(phone.audio.heardMs, heard);
  session.media?.setSending(true);
  await phone.hears(tone(400));
  await phone.bye();
  await assertNothingLeft(w);
});
