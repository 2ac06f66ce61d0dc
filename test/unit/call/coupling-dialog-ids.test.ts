import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapDialogIds, mapHeaderIds, mapReferEvent, mapReferTo } from '../../../core/call/coupling-dialog-ids.ts';

const own = { callId: 'one@a', localTag: 'us1', remoteTag: 'alice' };
const other = { callId: 'two', localTag: 'us2', remoteTag: 'bob' };
const otherIds = (callId: string, tags: readonly string[]) =>
  callId === own.callId && tags.includes(own.localTag) ? { own, other } : null;

test('Replaces names the dialog of the other leg, whichever side is which {b2bua}', () => {
  assert.equal(mapDialogIds('one@a;to-tag=us1;from-tag=alice', otherIds), 'two;to-tag=bob;from-tag=us2');
  assert.equal(mapDialogIds('one@a;from-tag=us1;to-tag=alice', otherIds), 'two;from-tag=bob;to-tag=us2');
});

test('corner case 156: early-only keeps its spelling, as do other parameters {b2bua}', () => {
  assert.equal(
    mapDialogIds('one@a;to-tag=us1;early-only;from-tag=alice;x=Y', otherIds),
    'two;to-tag=bob;early-only;from-tag=us2;x=Y',
  );
});

test('unknown dialogs and values without a tag are not touched {b2bua}', () => {
  for (const value of ['other;to-tag=us1;from-tag=alice', 'one@a;to-tag=us1', 'one@a', ''])
    assert.equal(mapDialogIds(value, otherIds), value);
});

test('Refer-To: decoded, mapped, encoded again; broken escapes stay {b2bua}', () => {
  assert.equal(
    mapReferTo('"Bob" <sip:bob@b?a=b&Replaces=one%40a%3Bto-tag%3Dus1%3Bfrom-tag%3Dalice>;x', otherIds),
    '"Bob" <sip:bob@b?a=b&Replaces=two%3Bto-tag%3Dbob%3Bfrom-tag%3Dus2>;x',
  );
  for (const value of ['<sip:b@b?Replaces=%E0%A4%A>', '<sip:b@b>']) assert.equal(mapReferTo(value, otherIds), value);
});

test('only the headers that carry ids are mapped {b2bua}', () => {
  const value = 'one@a;to-tag=us1;from-tag=alice';
  assert.deepEqual(
    mapHeaderIds(
      [
        ['replaces', value],
        ['X-Replaces', value],
      ],
      otherIds,
    ),
    [
      ['replaces', 'two;to-tag=bob;from-tag=us2'],
      ['X-Replaces', value],
    ],
  );
});

test('the id of Event: refer is translated where it is known {b2bua}', () => {
  const cseqs = new Map([['11', '3']]);
  assert.deepEqual(mapReferEvent([['Event', 'refer;id=11']], cseqs), [['Event', 'refer;id=3']]);
  assert.deepEqual(mapReferEvent([['Event', 'refer;id=12']], cseqs), [['Event', 'refer;id=12']]);
});
