import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createSimulation } from '../../../core/runtime/index.ts';
import { createSelfSignedStore } from '../../../rpc/self-signed.ts';
import { rpcConfig } from './world.ts';

const dayMs = 86_400_000;

function world() {
  const { clock, host } = createSimulation({ seed: 1 });
  const { seams } = host('192.0.2.1');
  const store = (listen: object = {}, further: object = {}) =>
    createSelfSignedStore({
      config: rpcConfig({ listen: { port: 8090, tls: 'self-signed', ...listen }, ...further }),
      seams: { ...seams, network: { ...seams.network, checkTls: () => {}, localAddresses: () => ['192.0.2.1'] } },
      folder: 'var',
    });
  return { clock, seams, store };
}

test('a self-signed certificate is for the listener, its hosts and this machine, and is kept', async () => {
  const { seams, store } = world();
  const first = store({ address: '0.0.0.0' }, { hosts: ['pbx.example:8090'] });
  assert.equal(first.fingerprint, null);
  const { cert, key } = await first.current();
  const certificate = new X509Certificate(cert);
  assert.equal(
    certificate.subjectAltName,
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:pbx.example, IP Address:192.0.2.1',
  );
  assert.equal(certificate.fingerprint256, first.fingerprint);
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  const second = store({ address: '0.0.0.0' }, { hosts: ['pbx.example:8090'] });
  assert.deepEqual(await second.current(), { cert, key });
  assert.deepEqual(await seams.files.list('var'), ['https-self-signed.pem']);
});

test('a name that it lacks, or a file that is broken, makes another', async () => {
  const { seams, store } = world();
  const { cert } = await store().current();
  const other = await store({}, { hosts: ['pbx.example'] }).current();
  assert.notEqual(other.cert, cert);
  await seams.files.write('var/https-self-signed.pem', Buffer.from('nothing'));
  const third = await store({}, { hosts: ['pbx.example'] }).current();
  assert.notEqual(third.cert, other.cert);
});

test('it is renewed a month before its end, while the server runs', async () => {
  const { clock, store } = world();
  const selfSigned = store();
  const { cert } = await selfSigned.current();
  const renewed: string[] = [];
  const watch = selfSigned.watch((tls) => renewed.push(tls.cert));
  await clock.advance(366 * dayMs);
  assert.deepEqual(renewed, []);
  await clock.advance(dayMs);
  // A key pair is made outside of simulated time.
  while (renewed.length === 0) await new Promise((resolve) => setImmediate(resolve));
  watch.dispose();
  assert.equal(renewed.length, 1);
  assert.notEqual(renewed[0], cert);
  assert.equal(clock.pending, 0);
});
