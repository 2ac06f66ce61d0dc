import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialog } from '../../../core/sip/index.ts';
import { transferWorld } from './transfer-world.ts';

/** The ids of a phone's dialog with us, as a third phone names them to us. */
function named(dialog: Dialog, more = ''): string {
  const { callId, localTag, remoteTag } = dialog.ids;
  return `${callId};to-tag=${remoteTag};from-tag=${localTag}${more}`;
}

const referredBy = ['Referred-By', '<sip:phone@10.0.0.2>'] as const;

test('an INVITE with Replaces takes the seat in the room; the old leg gets BYE with a Reason {sip-replaces}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('510');
  w.bob.call('510');
  await w.pass();
  const [first] = w.calls;
  assert(first !== undefined);
  first.join('510').setMuted(true);
  const heir = w.carol.call('anything', [['Replaces', named(dialog)], referredBy]);
  await w.pass();
  assert.equal(heir.state, 'confirmed');
  assert.match(w.ann.heard.at(-1) ?? '', /^BYE SIP;cause=200/);
  assert.deepEqual(
    w.inRoom('510').map((party) => party.split('@')[1]?.slice(0, 8)),
    ['10.0.0.3', '10.0.0.4'],
  );
  const call = w.engine.calls().find(({ remoteParty }) => remoteParty.includes('10.0.0.4'));
  assert.deepEqual([call?.application, call?.user, call?.traceId], ['conference', '510', first.traceId]);
  assert.equal(w.media.open.at(-1)?.muted, true);
  await w.nothingLeft();
});

test('a call that only its application carries begins anew with who replaces it {sip-replaces}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('echo');
  await w.pass();
  const heir = w.carol.call('x', [['Replaces', named(dialog)], referredBy]);
  await w.pass();
  assert.equal(heir.state, 'confirmed');
  assert.equal(w.calls.length, 2);
  assert.equal(w.engine.calls().length, 1);
  await w.nothingLeft();
});

test('who replaces one leg of a bridge is connected to the other {sip-replaces}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('echo');
  w.bob.call('echo');
  await w.pass();
  const [a, b] = w.calls;
  assert(a !== undefined && b !== undefined);
  a.bridge(b);
  w.carol.call('x', [['Replaces', named(dialog)], referredBy]);
  await w.pass();
  assert.equal(a.state, 'ended');
  assert.equal(b.state, 'connected');
  const heir = w.engine.calls().find(({ tag }) => tag !== b.tag);
  assert.deepEqual([heir?.session.otherTag, b.session.otherTag], [b.tag, heir?.tag]);
  b.hangup();
  await w.pass();
  assert.equal(w.engine.calls().length, 0, 'either end ends the other');
  await w.nothingLeft();
});

test('Replaces of strangers gets 403 unless calls.replaces is any; off refuses all {sip-replaces}', async () => {
  for (const [replaces, statuses] of [
    ['trusted', ['403']],
    ['any', []],
    ['off', ['403']],
  ] as const) {
    const w = await transferWorld({ calls: { replaces } });
    const dialog = w.ann.call('510');
    await w.pass();
    w.carol.call('510', [['Replaces', named(dialog)]]);
    await w.pass();
    assert.deepEqual(w.carol.heard, statuses);
    assert.equal(w.inRoom('510').length, 1);
    await w.nothingLeft();
  }
});

test('a dialog that is not there is 481, early-only on an answered one 486, two of them 400 {sip-replaces}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('510');
  await w.pass();
  const one = named(dialog);
  for (const [headers, status] of [
    [[['Replaces', `${one}x`]], '481'],
    [[['Replaces', named(dialog, ';early-only')]], '486'],
    [
      [
        ['Replaces', one],
        ['Join', one],
      ],
      '400',
    ],
    [[['Replaces', 'nonsense']], '400'],
  ] as const) {
    w.carol.call('510', headers);
    await w.pass();
    assert.equal(w.carol.heard.at(-1), status, String(headers));
  }
  assert.equal(w.inRoom('510').length, 1);
  await w.nothingLeft();
});

test('a successor without a usable codec changes nothing {sip-replaces}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('510');
  await w.pass();
  const offer = 'v=0\r\no=- 1 1 IN IP4 10.0.0.4\r\ns=-\r\nc=IN IP4 10.0.0.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n';
  const heir = w.carol.sip.invite({
    requestUri: 'sip:x@10.0.0.1',
    from: '<sip:phone@10.0.0.4>',
    to: '<sip:x@10.0.0.1>',
    localTag: 'carol',
    headers: [['Replaces', named(dialog)], referredBy],
    offer: () => Promise.resolve({ contentType: 'application/sdp', content: new TextEncoder().encode(offer) }),
  });
  w.carol.watch(heir);
  await w.pass();
  assert.deepEqual(w.carol.heard, ['488']);
  assert.equal(dialog.state, 'confirmed');
  assert.equal(w.inRoom('510').length, 1);
  await w.nothingLeft();
});

test('a call of ours that still rings is picked up by whoever replaces it {sip-replaces}', async () => {
  const w = await transferWorld({ calls: { replaces: 'any' } });
  w.bob.answer = 180;
  w.engine.originate({
    application: 'conference',
    user: '530',
    from: '<sip:us@10.0.0.1>',
    to: '<sip:bob@10.0.0.3>',
    requestUri: 'sip:bob@10.0.0.3',
    origin: { name: 'test' },
  });
  await w.pass();
  const [ringing] = w.bob.dialogs;
  assert(ringing !== undefined);
  w.carol.call('x', [['Replaces', named(ringing, ';early-only')]]);
  await w.pass();
  assert.deepEqual(
    w.inRoom('530').map((party) => party.includes('10.0.0.4')),
    [true],
  );
  assert.equal(w.engine.calls().length, 1);
  await w.nothingLeft();
});

test('an INVITE with Join sits down in the room of the call that it names {sip-replaces}', async () => {
  const w = await transferWorld({ calls: { replaces: 'any' } });
  const dialog = w.ann.call('510');
  const echo = w.bob.call('echo');
  await w.pass();
  w.carol.call('x', [['Join', named(dialog)]]);
  await w.pass();
  assert.equal(w.inRoom('510').length, 2);
  assert.equal(dialog.state, 'confirmed');
  w.carol.call('x', [['Join', named(echo)]]);
  await w.pass();
  assert.equal(w.carol.heard.at(-1), '488');
  await w.nothingLeft();
});
