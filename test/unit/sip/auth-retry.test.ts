import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createSimulation } from '../../../core/runtime/index.ts';
import {
  Authorizer,
  type Credentials,
  type HeaderLine,
  ParsedResponse,
  parseMessage,
} from '../../../core/sip/index.ts';

const alice: Credentials = { user: 'alice', password: 'secret', realm: '' };
const none = new Uint8Array(0);

function authorizer(...credentials: Credentials[]): Authorizer {
  return new Authorizer(credentials, createSimulation({ seed: 1 }).host('10.0.0.1').seams.random);
}

function response(status: number, ...headers: string[]): ParsedResponse {
  const text = [
    `SIP/2.0 ${status} Whatever`,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
    'From: <sip:a@b>;tag=1',
    'To: <sip:c@d>;tag=2',
    'Call-ID: x',
    'CSeq: 1 INVITE',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ];
  const message = parseMessage(Buffer.from(text.join('\r\n')));
  assert.ok(message instanceof ParsedResponse);
  return message;
}

const challenge = (realm: string, nonce: string, more = ''): string =>
  `Digest realm="${realm}", nonce="${nonce}", qop="auth"${more}`;
const www = (realm: string, nonce: string, more = ''): string => `WWW-Authenticate: ${challenge(realm, nonce, more)}`;
const proxy = (realm: string, nonce: string): string => `Proxy-Authenticate: ${challenge(realm, nonce)}`;
const invite = (auth: Authorizer): readonly HeaderLine[] => auth.lines('INVITE', 'sip:c@d', none);

test('a server and two proxies of other realms all get their credentials in one request {sip-digest}', () => {
  const auth = authorizer({ ...alice, realm: 'p1' }, { ...alice, user: 'bob', realm: 'p2' }, alice);
  assert.ok(auth.accept(response(407, proxy('p1', 'n1'), proxy('p2', 'n2')), 0));
  assert.ok(auth.accept(response(401, www('server', 'n3')), 1));
  const lines = invite(auth);
  assert.deepEqual(
    lines.map(([name, value]) => `${name}: ${/username="(\w+)", realm="(\w+)", nonce="(\w+)"/.exec(value)?.slice(1)}`),
    ['Proxy-Authorization: alice,p1,n1', 'Proxy-Authorization: bob,p2,n2', 'Authorization: alice,server,n3'],
  );
});

test('corner case 122: one retry for a stale nonce, none for a wrong password {sip-digest}', () => {
  const auth = authorizer(alice);
  assert.ok(auth.accept(response(401, www('r', 'n1')), 0));
  invite(auth);
  assert.ok(auth.accept(response(401, www('r', 'n2', ', stale=true')), 1), 'stale: once more');
  invite(auth);
  assert.equal(auth.accept(response(401, www('r', 'n3', ', stale=true')), 2), false, 'stale again');

  const wrong = authorizer(alice);
  assert.ok(wrong.accept(response(401, www('r', 'n1')), 0));
  invite(wrong);
  assert.equal(wrong.accept(response(401, www('r', 'n2')), 1), false);
  assert.deepEqual(invite(wrong), [], 'what was refused is not shown again');
});

test('requests in flight together may answer the same nonce, each with its own count {sip-digest}', () => {
  const auth = authorizer(alice);
  assert.ok(auth.accept(response(401, www('r', 'n1')), 0));
  assert.match(invite(auth)[0]?.[1] ?? '', /nc=00000001/);
  assert.ok(auth.accept(response(401, www('r', 'n1')), 0));
  assert.match(invite(auth)[0]?.[1] ?? '', /nc=00000002/);
});

test('a nextnonce takes the place of the nonce and counts from 1 {sip-digest}', () => {
  const auth = authorizer(alice);
  auth.accept(response(401, www('r', 'n1')), 0);
  invite(auth);
  auth.accept(response(200, 'Authentication-Info: nextnonce="n9", qop=auth'), 1);
  assert.match(invite(auth)[0]?.[1] ?? '', /nonce="n9".*nc=00000001/);
  auth.accept(response(200, 'Authentication-Info: '), 0);
  assert.match(invite(auth)[0]?.[1] ?? '', /nonce="n9".*nc=00000002/);
});

test('an ACK duplicates the credentials of its INVITE; a CANCEL has none {sip-digest}', () => {
  const auth = authorizer(alice);
  auth.accept(response(401, www('r', 'n1')), 0);
  const sent = invite(auth);
  auth.lines('INFO', 'sip:c@d', none);
  assert.deepEqual(auth.lines('ACK', 'sip:other', none), sent);
  assert.deepEqual(auth.lines('CANCEL', 'sip:c@d', none), []);
});

test('corner case 126: an empty, blank or broken challenge is refused without a fault {sip-digest}', () => {
  for (const header of ['', ' ', '   \t ', ',', '=', 'Digest', 'Digest ,', 'Digest =', 'Digest "', '"']) {
    assert.equal(authorizer(alice).accept(response(401, `WWW-Authenticate: ${header}`), 0), false, header);
    assert.equal(authorizer(alice).accept(response(407, `Proxy-Authenticate: ${header}`), 0), false, header);
  }
});

test('corner case 121: values longer than 255 bytes are hashed whole {sip-digest}', () => {
  const [user, realm, nonce] = ['u'.repeat(300), 'r'.repeat(400), 'n'.repeat(500)];
  const auth = authorizer({ user, password: 'p'.repeat(600), realm: '' });
  auth.accept(response(401, `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}"`), 0);
  const uri = `sip:${'x'.repeat(700)}@d`;
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const expected = md5(`${md5(`${user}:${realm}:${'p'.repeat(600)}`)}:${nonce}:${md5(`INVITE:${uri}`)}`);
  assert.match(auth.lines('INVITE', uri, none)[0]?.[1] ?? '', new RegExp(`response="${expected}"`));
});

test('corner case 120: qop, nc and algorithm go without quotes {sip-digest}', () => {
  const auth = authorizer(alice);
  auth.accept(response(401, www('r', 'n', ', algorithm=MD5, opaque="a\\"b"')), 0);
  const value = invite(auth)[0]?.[1] ?? '';
  assert.match(value, /, algorithm=MD5, opaque="a\\"b", qop=auth, nc=00000001, cnonce="[0-9a-f]+"$/);
  assert.doesNotMatch(value, /[\r\n]/);
});

test('a UTF-8 user name is hashed as UTF-8, and as its hash when the server wants userhash {sip-digest}', () => {
  const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('hex');
  const auth = authorizer({ user: 'Jäsøn', password: 'pä', realm: '' });
  auth.accept(response(401, 'WWW-Authenticate: Digest realm="ré", nonce="n", charset=UTF-8, userhash=true'), 0);
  const value = invite(auth)[0]?.[1] ?? '';
  assert.match(value, new RegExp(`username="${md5('Jäsøn:ré')}".*userhash=true`));
  assert.match(value, new RegExp(`response="${md5(`${md5('Jäsøn:ré:pä')}:n:${md5('INVITE:sip:c@d')}`)}"`));
});

test('the topmost algorithm of a realm that we know is taken {sip-digest}', () => {
  const auth = authorizer(alice);
  const offers = ['AKAv1-MD5', 'SHA-256', 'MD5'].map((name) => www('r', 'n', `, algorithm=${name}`));
  auth.accept(response(401, ...offers), 0);
  assert.deepEqual(
    invite(auth).map(([, value]) => /algorithm=([^,]+)/.exec(value)?.[1]),
    ['SHA-256'],
  );
});
