import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPlace } from '../../../core/config/index.ts';

const text = 'sip:\n  listen:\n    - transport: tls\n      tls: { certFile: a.pem }\n';

test('a fault that begins with a key gets the place of that key, or of the nearest that holds it {configuration}', () => {
  assert.equal(
    withPlace('sip.listen[0].tls.certFile: no', 'a.yaml', text),
    'a.yaml:4:24: sip.listen[0].tls.certFile: no',
  );
  assert.equal(
    withPlace('sip.listen[0].tls.keyFile: no', 'a.yaml', text),
    'a.yaml:4:12: sip.listen[0].tls.keyFile: no',
  );
  assert.equal(withPlace('sip.trusted: no', 'a.yaml', text), 'a.yaml:2:3: sip.trusted: no');
  assert.equal(withPlace('no key at all', 'a.yaml', text), 'no key at all');
  const placed = 'a.yaml:3:5: modules.echo.loud: unknown key';
  assert.equal(withPlace(placed, 'a.yaml', text), placed, 'it is told once');
});
