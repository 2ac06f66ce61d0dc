import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mailbox } from '../../../core/call/mailbox.ts';
import { SimClock, sleep } from '../../../core/runtime/index.ts';

test('what is posted is received one at a time, also when receiving takes time', async () => {
  const clock = new SimClock();
  const seen: string[] = [];
  const mailbox = new Mailbox<number>(
    async (item) => {
      seen.push(`${item} begins`);
      await sleep(clock, 10);
      seen.push(`${item} ends`);
    },
    () => {},
  );
  mailbox.post(1);
  mailbox.post(2);
  assert.deepEqual(seen, []);
  await clock.advance(100);
  assert.deepEqual(seen, ['1 begins', '1 ends', '2 begins', '2 ends']);
});

test('a receiver that throws does not keep the next item', async () => {
  const seen: number[] = [];
  const faults: unknown[] = [];
  const mailbox = new Mailbox<number>(
    (item) => {
      seen.push(item);
      if (item === 1) throw new Error('one');
    },
    (fault) => void faults.push(fault),
  );
  mailbox.post(1);
  mailbox.post(2);
  await new SimClock().advance(0);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(faults.length, 1);
});

test('a full mailbox refuses, a closed one drops', async () => {
  const seen: number[] = [];
  const mailbox = new Mailbox<number>(
    (item) => void seen.push(item),
    () => {},
    2,
  );
  assert.deepEqual([mailbox.post(1), mailbox.post(2), mailbox.post(3)], [true, true, false]);
  assert.equal(mailbox.refused, 1);
  mailbox.close();
  await new SimClock().advance(0);
  assert.deepEqual(seen, []);
});
