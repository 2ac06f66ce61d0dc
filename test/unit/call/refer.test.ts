import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialog } from '../../../core/sip/index.ts';
import { transferWorld } from './transfer-world.ts';

type World = Awaited<ReturnType<typeof transferWorld>>;
const follow = { calls: { refer: { inDialog: 'follow' } } };

/** Ann sits in room 510. */
async function annInRoom(options: Parameters<typeof transferWorld>[0] = {}) {
  const w = await transferWorld(options);
  const dialog = w.ann.call('510');
  await w.pass();
  assert.deepEqual(w.inRoom('510'), ['<sip:phone@10.0.0.2>;tag=t0x10.0.0.2']);
  return { ...w, dialog };
}

async function refer(
  w: World,
  dialog: Dialog,
  to: string,
  headers: readonly (readonly [string, string])[] = [],
): Promise<number> {
  const answer = dialog.request('REFER', { headers: [['Refer-To', to], ...headers] });
  await w.pass();
  return (await answer).status;
}

test('a REFER in a call is declined unless calls.refer.inDialog says follow {sip-refer}', async () => {
  const w = await annInRoom();
  assert.equal(await refer(w, w.dialog, '<sip:bob@10.0.0.3>'), 603);
  await w.nothingLeft();
});

test('a followed REFER calls the target, tells how it goes, and gives it the seat in the room {sip-refer}', async () => {
  const w = await annInRoom(follow);
  assert.equal(await refer(w, w.dialog, '<sip:bob@10.0.0.3>', [['Referred-By', '<sip:ann@x>']]), 202);
  await w.pass();
  assert.deepEqual(w.ann.heard, ['NOTIFY 100', 'NOTIFY 180', 'NOTIFY 200']);
  assert.equal(w.ann.requests.at(-1)?.header('Subscription-State'), 'terminated;reason=noresource');
  assert.deepEqual(w.inRoom('510'), ['<sip:bob@10.0.0.3>']);
  assert.equal(w.bob.dialogs[0]?.invite.header('Referred-By'), '<sip:ann@x>');
  const heir = w.engine.calls().find(({ direction }) => direction === 'out');
  assert.deepEqual([heir?.application, heir?.user], ['conference', '510']);
  assert.equal(w.dialog.state, 'confirmed');
  w.dialog.end();
  await w.pass();
  assert.deepEqual(w.inRoom('510'), ['<sip:bob@10.0.0.3>']);
  await w.nothingLeft();
});

test('a referrer that forgets to hang up is hung up on after 32 s {sip-refer}', async () => {
  const w = await annInRoom(follow);
  await refer(w, w.dialog, '<sip:bob@10.0.0.3>');
  await w.pass(33_000);
  assert.equal(w.ann.heard.at(-1), 'BYE');
  await w.nothingLeft();
});

test('a referrer that hangs up at once still moves the seat {sip-refer}', async () => {
  const w = await annInRoom(follow);
  w.bob.answer = 180;
  await refer(w, w.dialog, '<sip:bob@10.0.0.3>');
  w.dialog.end();
  await w.pass();
  assert.deepEqual(w.inRoom('510'), []);
  w.bob.dialogs[0]?.respond(200, 'OK', {
    body: { contentType: 'application/sdp', content: w.bob.dialogs[0].invite.body },
  });
  await w.pass();
  assert.deepEqual(w.inRoom('510'), ['<sip:bob@10.0.0.3>']);
  await w.nothingLeft();
});

test('a target that refuses leaves the call as it was, and another REFER may follow {sip-refer}', async () => {
  const w = await annInRoom(follow);
  w.bob.answer = 486;
  assert.equal(await refer(w, w.dialog, '<sip:bob@10.0.0.3>'), 202);
  await w.pass();
  assert.deepEqual(w.ann.heard, ['NOTIFY 100', 'NOTIFY 180', 'NOTIFY 486']);
  assert.equal(w.inRoom('510').length, 1);
  assert.equal(await refer(w, w.dialog, '<sip:carol@10.0.0.4>'), 202);
  assert.match(w.ann.requests.at(-1)?.header('Event') ?? '', /^refer;id=\d+$/);
  await w.nothingLeft();
});

test('a REFER to where we may not dial, of another method, or without target is refused {sip-refer}', async () => {
  const w = await annInRoom(follow);
  assert.equal(await refer(w, w.dialog, '<sip:bob@203.0.113.5>'), 403);
  assert.equal(await refer(w, w.dialog, '<sip:bob@10.0.0.3;method=BYE>'), 603);
  assert.equal(await refer(w, w.dialog, '<sip:bob@'), 400);
  assert.equal(w.engine.calls().length, 1);
  await w.nothingLeft();
});

test('Refer-Sub: false is answered 200 and no NOTIFY follows {sip-refer}', async () => {
  const w = await annInRoom(follow);
  const answer = w.dialog.request('REFER', {
    headers: [
      ['Refer-To', '<sip:bob@10.0.0.3>'],
      ['Refer-Sub', 'false'],
    ],
  });
  await w.pass();
  const response = await answer;
  assert.deepEqual([response.status, response.header('Refer-Sub')], [200, 'false']);
  await w.pass();
  assert.deepEqual(w.ann.heard, []);
  assert.equal(w.inRoom('510').length, 1);
  await w.nothingLeft();
});

// --- transfers of ours

test('an attended transfer is a REFER with Replaces; its outcome ends our leg or leaves it {sip-refer}', async () => {
  for (const status of [200, 486]) {
    const w = await transferWorld();
    const dialogA = w.ann.call('echo');
    const dialogB = w.bob.call('echo');
    await w.pass();
    const [a, b] = w.calls;
    assert(a !== undefined && b !== undefined);
    const seen: number[] = [];
    let outcome = 'open';
    a.transferTo(b, { until: 'completed', onProgress: (code) => seen.push(code) }).then(
      () => {
        outcome = 'completed';
      },
      (fault: Error) => {
        outcome = fault.message;
      },
    );
    await w.pass();
    const { callId, localTag, remoteTag } = dialogB.ids;
    const expected = `<sip:${localTag}@10.0.0.3:5060?Replaces=${encodeURIComponent(`${callId};to-tag=${localTag};from-tag=${remoteTag}`)}>`;
    assert.equal(w.ann.requests.at(-1)?.header('Refer-To'), expected);
    await assert.rejects(a.transfer('sip:x@10.0.0.4'), /not in a state/);
    for (const code of [100, status]) {
      void dialogA.request('NOTIFY', {
        headers: [
          ['Event', 'refer'],
          ['Subscription-State', 'active;expires=60'],
        ],
        body: { contentType: 'message/sipfrag', content: new TextEncoder().encode(`SIP/2.0 ${code} X`) },
      });
      await w.pass();
    }
    assert.deepEqual(seen, [100, status]);
    if (status === 200) assert.deepEqual([outcome, w.ann.heard.at(-1)], ['completed', 'BYE']);
    else assert.match(outcome, /486/);
    assert.equal(a.state, status === 200 ? 'ended' : 'connected');
    await w.nothingLeft();
  }
});

// --- outside a dialog

/** Ann sends a REFER to us without a call. */
async function referOutside(w: World, headers: readonly (readonly [string, string])[], to = '<sip:520@10.0.0.1>') {
  const notified: string[] = [];
  const outcome = w.ann.sip.request({
    method: 'REFER',
    requestUri: 'sip:520@10.0.0.1',
    from: '<sip:ann@10.0.0.2>',
    to,
    fromTag: 'ann',
    headers,
    contact: ({ sentBy }) => `<sip:ann@${sentBy}>`,
  });
  await w.pass();
  const { response } = await outcome;
  return { status: response.status, reason: response.reason, referSub: response.header('Refer-Sub'), notified };
}

const outside = { calls: { refer: { outOfDialog: true } }, trusted: ['10.0.0.2'] };

test('a REFER outside a call is off by default, and only for trusted peers {sip-refer}', async () => {
  const closed = await transferWorld({ trusted: ['10.0.0.2'] });
  const refused = await referOutside(closed, [['Refer-To', '<sip:bob@10.0.0.3>']]);
  assert.deepEqual([refused.status, /calls\.refer\.outOfDialog/.test(refused.reason)], [403, true]);
  await closed.nothingLeft();
  const stranger = await transferWorld({ calls: outside.calls });
  assert.equal((await referOutside(stranger, [['Refer-To', '<sip:bob@10.0.0.3>']])).status, 403);
  assert.equal(stranger.engine.calls().length, 0);
  await stranger.nothingLeft();
});

test('a REFER to a room invites the Refer-To into it {sip-refer}', async () => {
  const w = await transferWorld(outside);
  const { status, referSub } = await referOutside(w, [
    ['Refer-To', '<sip:bob@10.0.0.3;method=INVITE>'],
    ['Refer-Sub', 'false'],
  ]);
  assert.deepEqual([status, referSub], [200, 'false']);
  await w.pass();
  assert.deepEqual(w.inRoom('520'), ['<sip:bob@10.0.0.3>']);
  assert.equal(w.bob.dialogs[0]?.invite.header('Referred-By'), '<sip:ann@10.0.0.2>');
  assert.equal((await referOutside(w, [['Refer-To', '<sip:bob@203.0.113.9>']])).status, 403);
  await w.nothingLeft();
});

test('click-to-dial: the To is called, then the Refer-To, and both are connected {sip-refer}', async () => {
  const w = await transferWorld(outside);
  const { status } = await referOutside(
    w,
    [
      ['Refer-To', '<sip:carol@10.0.0.4>'],
      ['Refer-Sub', 'false'],
    ],
    '<sip:bob@10.0.0.3>',
  );
  assert.equal(status, 200);
  await w.pass();
  const [caller, callee] = w.engine.calls();
  assert.deepEqual([caller?.to, callee?.to], ['<sip:bob@10.0.0.3>', '<sip:carol@10.0.0.4>']);
  assert.equal(caller?.session.otherTag, callee?.tag);
  w.carol.dialogs[0]?.end();
  await w.pass();
  assert.equal(w.engine.calls().length, 0);
  await w.nothingLeft();
});

test('a REFER outside a call without Contact is 400 and calls nobody {sip-refer}', async () => {
  const w = await transferWorld(outside);
  const outcome = w.ann.sip.request({
    method: 'REFER',
    requestUri: 'sip:520@10.0.0.1',
    from: '<sip:ann@10.0.0.2>',
    to: '<sip:520@10.0.0.1>',
    headers: [['Refer-To', '<sip:bob@10.0.0.3>']],
  });
  await w.pass();
  assert.equal((await outcome).response.status, 400);
  assert.equal(w.engine.calls().length, 0);
  await w.nothingLeft();
});
