import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSourceCount } from '../../../core/http/source-count.ts';

test('an address has so many connections and no more, until one closes; others are not concerned {http}', () => {
  const sources = createSourceCount(2);
  sources.add('192.0.2.1', 1);
  assert.ok(!sources.isFull('192.0.2.1'));
  sources.add('192.0.2.1', 1);
  assert.ok(sources.isFull('192.0.2.1'));
  assert.ok(!sources.isFull('192.0.2.2'));
  sources.add('192.0.2.1', -1);
  assert.ok(!sources.isFull('192.0.2.1'));
  sources.add('192.0.2.1', -1);
  assert.equal(sources.size, 0, 'the table holds open connections only');
});

test('loopback has no limit, nor has anybody with 0 {http}', () => {
  const one = createSourceCount(1);
  for (const source of ['127.0.0.1', '127.1.2.3', '::1', '192.0.2.1']) one.add(source, 1);
  assert.deepEqual(
    ['127.0.0.1', '127.1.2.3', '::1', '192.0.2.1'].map((source) => one.isFull(source)),
    [false, false, false, true],
  );
  const none = createSourceCount(0);
  none.add('192.0.2.1', 1);
  assert.ok(!none.isFull('192.0.2.1'));
});

test('a connection that its owner counts elsewhere gives its place back, in whichever order it closes {http}', () => {
  for (const atClose of [[-1, 1] as const, [1, -1] as const]) {
    const sources = createSourceCount(1);
    sources.add('192.0.2.1', 1);
    sources.add('192.0.2.1', -1);
    assert.ok(!sources.isFull('192.0.2.1'));
    for (const change of atClose) sources.add('192.0.2.1', change);
    assert.equal(sources.size, 0);
  }
});
