import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Floor } from '../../../../di-modules/webconference/floor.ts';

test('{floor-control} hands wait in order, once each', () => {
  const floor = new Floor();
  assert.equal(floor.raise('a') && floor.raise('b'), true);
  assert.equal(floor.raise('a'), false);
  assert.deepEqual(
    ['a', 'b', 'c'].map((call) => floor.place(call)),
    [1, 2, 0],
  );
  assert.equal(floor.lower('c'), false);
  assert.equal(floor.grant('a'), true);
  assert.deepEqual(
    ['a', 'b'].map((call) => floor.place(call)),
    [0, 1],
  );
});

test('{floor-control} without moderation nobody is kept silent; with it, who has no floor', () => {
  const floor = new Floor();
  assert.equal(floor.hushes('a'), false);
  floor.moderated = true;
  floor.grant('b');
  assert.deepEqual(
    ['a', 'b'].map((call) => floor.hushes(call)),
    [true, false],
  );
  assert.equal(floor.grant('b'), false);
  assert.deepEqual(floor.revokeAll(), ['b']);
  assert.equal(floor.revoke('b'), false);
});

test('{floor-control} {sip-replaces} an heir has the place and the floor of whom it replaces', () => {
  const floor = new Floor();
  for (const call of ['a', 'b']) floor.raise(call);
  floor.passOn('a', 'x');
  assert.deepEqual(floor.queue, ['x', 'b']);
  floor.grant('x');
  floor.passOn('x', 'y');
  assert.deepEqual([floor.has('x'), floor.has('y')], [false, true]);
});
