import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { authorize, chooseChallenge, parseChallenge } from '../../../core/sip/index.ts';

const mufasa = { user: 'Mufasa', password: 'Circle Of Life', realm: '' };
const common = { method: 'GET', uri: '/dir/index.html', body: new Uint8Array(0), nonceCount: 1 };

function response(header: string | null) {
  return /response="([0-9a-f]+)"/.exec(header ?? '')?.[1];
}

test('the example of RFC 2617 3.5 comes out {sip-digest}', () => {
  const challenge =
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const header = authorize([challenge], mufasa, { ...common, cnonce: '0a4f113b' });
  assert.equal(response(header), '6629fae49393a05397450978507c4ef1');
  assert.match(header ?? '', /^Digest username="Mufasa", .*qop=auth, nc=00000001, cnonce="0a4f113b"$/);
  assert.match(header ?? '', /opaque="5ccc069c403ebaf9f0171e9517f40e41"/);
});

test('the examples of RFC 7616 3.9.1 come out, the topmost supported challenge first {sip-digest}', () => {
  const credentials = { ...mufasa, password: 'Circle of Life' };
  const rest =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const request = { ...common, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
  const sha256 = `Digest ${rest}, algorithm=SHA-256`;
  const md5 = `Digest ${rest}, algorithm=MD5`;
  assert.equal(
    response(authorize([`Digest ${rest}, algorithm=X`, 'Basic realm="a"', sha256, md5], credentials, request)),
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  );
  assert.equal(response(authorize([md5, sha256], credentials, request)), '8ca523f5e9506fed4657c9700eebdbec');
});

test('SHA-512-256, auth-int and -sess hash what RFC 7616 3.4 tells {sip-digest}', () => {
  const h = (text: string) => createHash('sha512-256').update(text).digest('hex');
  const header = authorize(
    ['Digest realm="r", nonce="n", qop="auth-int", algorithm=SHA-512-256-sess'],
    { user: 'u', password: 'p', realm: 'r' },
    { method: 'INVITE', uri: 'sip:a', body: Buffer.from('body'), nonceCount: 255, cnonce: 'c' },
  );
  const a1 = h(`${h('u:r:p')}:n:c`);
  assert.equal(response(header), h(`${a1}:n:000000ff:c:auth-int:${h(`INVITE:sip:a:${h('body')}`)}`));
});

test('without qop the answer is that of RFC 2069 {sip-digest}', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const header = authorize(
    ['Digest realm="r",nonce="n"'],
    { user: 'u', password: 'p', realm: '' },
    { ...common, cnonce: 'c' },
  );
  assert.equal(response(header), md5(`${md5('u:r:p')}:n:${md5('GET:/dir/index.html')}`));
  assert.doesNotMatch(header ?? '', /cnonce|nc=|qop/);
});

test('a challenge of another realm, scheme, algorithm or qop is passed over {sip-digest}', () => {
  const good = 'Digest realm="b", nonce="2", stale=TRUE';
  assert.equal(chooseChallenge(['Digest realm="a", nonce="1"', good], (realm) => realm === 'b')?.nonce, '2');
  assert.equal(parseChallenge(good)?.stale, true);
  for (const bad of [
    '',
    'Digest',
    'Basic realm="a"',
    'NoOneKnowsThisScheme opaque-data=here',
    'Digest realm="a"',
    'Digest realm="a", nonce="1", qop="x"',
    'Digest realm="a", nonce="1", algorithm=AKAv1-MD5',
    'Digest realm="a, nonce="1"',
    'Digest realm="a" nonce="1"',
  ]) {
    assert.equal(
      chooseChallenge([bad], () => true),
      null,
      bad,
    );
  }
});
