import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DscpSchema, dscpOf, fitsSchema, markSocket, openPacketIo } from '../../../core/runtime/index.ts';

test('a mark is auto, off, a name or a number {dscp}', () => {
  const schema = DscpSchema('cs3', 'SIP');
  for (const good of ['auto', 'off', 'ef', 'cs3', 'af31', 0, 63]) assert.ok(fitsSchema(schema, good), String(good));
  for (const bad of ['EF!', 'af44', 1.5, null]) assert.ok(!fitsSchema(schema, bad), String(bad));
  assert.equal(dscpOf('off', 'sip.dscp', 'cs3'), null);
  assert.deepEqual(dscpOf('auto', 'sip.dscp', 'cs3'), { codePoint: 24, required: false, key: 'sip.dscp' });
  assert.deepEqual(dscpOf('af31', 'sip.dscp', 'cs3'), { codePoint: 26, required: true, key: 'sip.dscp' });
  assert.equal(dscpOf(46, 'media.dscp', 'ef')?.codePoint, 46);
});

test('where sockets cannot be marked a mark that was asked for is refused by its key, auto is left out {dscp}', () => {
  const wanted = dscpOf('ef', 'media.dscp', 'ef');
  assert.throws(() => openPacketIo('dgram', { dscp: wanted }), {
    code: 'config.invalid',
    message: /media\.dscp: sockets cannot be marked with 46: they are of node:dgram.*auto or off/,
  });
  openPacketIo('dgram', { dscp: dscpOf('auto', 'media.dscp', 'ef') }).dispose();
  const sip = dscpOf('cs3', 'sip.dscp', 'cs3');
  assert.throws(() => markSocket({}, 4, sip), { code: 'config.invalid', message: /sip\.dscp: .*descriptors/ });
  markSocket({}, 4, dscpOf('auto', 'sip.dscp', 'cs3'));
  markSocket({}, 4, null);
});
