import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../../../../core/index.ts';
import { Changes } from '../../../../di-modules/mwi/changes.ts';
import { accountUri, countsOf, noneUrgent, summary } from '../../../../di-modules/mwi/summary.ts';

test('messages are counted by state; empty ones and what is no list do not count {mwi}', () => {
  const messages = [['a', 1, 10], ['b', 1, 20], ['c', 0, 30], ['empty', 1, 0], ['d'], 'e', null];
  assert.deepEqual(countsOf([0, messages]), { fresh: 2, old: 1 });
  for (const answer of [[2, null], [0], null, 'x', []]) assert.deepEqual(countsOf(answer), { fresh: 0, old: 0 });
});

test('the body is that of RFC 3842 5.2, byte for byte {mwi}', () => {
  const { contentType, content } = summary('sip:alice@example.org', { fresh: 2, old: 8 }, noneUrgent);
  assert.equal(contentType, 'application/simple-message-summary');
  assert.equal(
    Buffer.from(content).toString(),
    'Messages-Waiting: yes\r\nMessage-Account: sip:alice@example.org\r\nVoice-Message: 2/8 (0/0)\r\n',
  );
  assert.match(Buffer.from(summary('sip:a@b', noneUrgent, noneUrgent).content).toString(), /^Messages-Waiting: no\r\n/);
});

test('whatever stands in a user, the account is one URI on one line {mwi}', () => {
  assert.equal(accountUri('alice', 'example.org'), 'sip:alice@example.org');
  assert.equal(accountUri('a b>\r\n@', 'example.org'), 'sip:a%20b%3E%0D%0A%40@example.org');
});

test('the first change begins the time, and what comes within it is told with it {mwi}', async () => {
  const clock = new SimClock();
  const told: string[] = [];
  const changes = new Changes(clock, 500, (domain, user) => void told.push(`${user}@${domain} ${clock.nowMs()}`));
  const began = clock.nowMs();
  changes.note('x', 'alice');
  await clock.advance(300);
  changes.note('x', 'alice');
  changes.note('x', 'bob');
  await clock.advance(300);
  changes.note('x', 'alice');
  changes.stop();
  await clock.advance(1000);
  assert.deepEqual(told, [`alice@x ${began + 500}`]);
});
