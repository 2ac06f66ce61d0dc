import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedLabels, labelsOf, mergedLabels } from '../../../core/call/index.ts';

test('labels keep what was given and nothing else {routing-runtime}', () => {
  assert.deepEqual(labelsOf(), {});
  assert.deepEqual(labelsOf({ account: 'acme', data: null }), { account: 'acme', data: null });
  assert.deepEqual(mergedLabels({ account: 'a', tariff: 't' }, { account: 'b' }), { account: 'b', tariff: 't' });
});

test('data over 4096 bytes as JSON is refused with its size {routing-runtime}', () => {
  checkedLabels({ data: 'x'.repeat(4094) });
  assert.throws(() => checkedLabels({ data: 'x'.repeat(4095) }), /data: 4097 bytes/);
  assert.throws(() => checkedLabels({ data: 'ä'.repeat(3000) }), /data: 6002 bytes/);
  checkedLabels({ data: [12345678901234567890n, new Uint8Array(2)] });
});

test('an account is a name without line breaks {routing-runtime}', () => {
  assert.throws(() => checkedLabels({ account: 'a\nb' }), /account/);
  assert.throws(() => checkedLabels({ tariff: 'x'.repeat(129) }), /tariff/);
});
