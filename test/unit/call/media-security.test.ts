import assert from 'node:assert/strict';
import { test } from 'node:test';
import { srtpFor } from '../../../core/call/media-security.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import type { Flow } from '../../../core/sip/index.ts';

const { random } = createSimulation({ seed: 1 }).host('10.0.0.1').seams;
const listen = [
  { transport: 'udp', address: '0.0.0.0', port: 5060 },
  { transport: 'udp', address: '10.0.0.1', port: 5070, srtp: 'required' },
  { transport: 'tls', address: '0.0.0.0', port: 5061, srtp: 'optional' },
] as const;

function flow(transport: Flow['transport'], port: number): Flow {
  const local = { address: '10.0.0.1', port };
  return { transport, local, remote: { address: '10.0.0.9', port: 5060 }, connectionId: 0, trusted: false };
}

const policyOf = (transport: Flow['transport'], port: number, wish: 'off' | 'optional' | 'required' | null = null) => {
  const { policy, offersKeys } = srtpFor(flow(transport, port), wish, { srtp: 'optional' }, [...listen], random);
  return [policy, offersKeys];
};

test('a call says more than its listener, and that more than media.srtp {sdes}', () => {
  assert.deepEqual(policyOf('udp', 5060)[0], 'optional');
  assert.deepEqual(policyOf('udp', 5070)[0], 'required');
  assert.deepEqual(policyOf('udp', 5070, 'off')[0], 'off');
  assert.equal(srtpFor(flow('udp', 5060), null, {}, [], random).policy, 'off');
});

test('keys are offered in the clear only where a listener or the call asks for it {sdes}', () => {
  assert.deepEqual(policyOf('udp', 5060), ['optional', false]);
  assert.deepEqual(policyOf('udp', 5060, 'optional'), ['optional', true]);
  assert.deepEqual(policyOf('tls', 5061), ['optional', true]);
  assert.deepEqual(policyOf('tls', 40_000), ['optional', true]); // a connection that we made
  assert.deepEqual(policyOf('tcp', 5060), ['optional', false]);
  assert.deepEqual(policyOf('wss', 443), ['optional', true]);
});
