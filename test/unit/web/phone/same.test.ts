import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameCalls } from '../../../../clients/web/phone/same.ts';

test('the echo by RPC: somebody is rung and connected to it {web-phone}', () => {
  const [dial, ...others] = sameCalls('echo', 'tag-1', '127.0.0.1');
  assert.equal(dial?.method, 'di_dial.dial');
  assert.deepEqual(dial?.params, ['echo', 'echo', 'sip:callbus@127.0.0.1', 'sip:alice@127.0.0.1:5070']);
  assert.deepEqual(
    others.map(({ method, params }) => [method, params]),
    [
      ['call.get', ['tag-1']],
      ['call.end', ['tag-1']],
    ],
  );
});

test('an address by RPC: both are rung, and connected', () => {
  const [dial] = sameCalls('bob@example.com', null, '127.0.0.1');
  assert.deepEqual(dial?.params, [{ a: 'sip:alice@127.0.0.1:5070', b: 'sip:bob@example.com' }]);
  const [number] = sameCalls('4711', null, '127.0.0.1');
  assert.deepEqual(number?.params, [{ a: 'sip:alice@127.0.0.1:5070', b: 'sip:4711@127.0.0.1' }]);
});
