import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TlsPeer } from '../../../core/runtime/index.ts';
import { subjectNames } from '../../../core/runtime/subject-names.ts';
import { serverFault, sipIdentities } from '../../../core/sip/transport-identity.ts';

const peer = (text: string, more: Partial<TlsPeer> = {}): TlsPeer => ({
  names: subjectNames(text),
  commonName: null,
  fault: null,
  ...more,
});

test('a subjectAltName is read as Node prints it; a name inside a quoted value is none {sip-tls}', () => {
  assert.deepEqual(subjectNames('DNS:a.example, URI:sip:b.example, IP Address:192.0.2.1, email:x@y'), [
    { kind: 'dns', value: 'a.example' },
    { kind: 'uri', value: 'sip:b.example' },
    { kind: 'ip', value: '192.0.2.1' },
  ]);
  assert.deepEqual(subjectNames('URI:"sip:b.example, DNS:evil.example", DNS:a.example'), [
    { kind: 'uri', value: 'sip:b.example, DNS:evil.example' },
    { kind: 'dns', value: 'a.example' },
  ]);
  assert.deepEqual(subjectNames('X-Y:"a, DNS:evil.example, b'), []);
  assert.deepEqual(subjectNames(''), []);
});

test('RFC 5922 7.1: sip: URIs without user are the identities; DNS names count only without them {sip-tls}', () => {
  assert.deepEqual(sipIdentities(peer('DNS:dns.example, URI:sip:URI.example, URI:sip:two.example:5061;x=y')), [
    'uri.example',
    'two.example',
  ]);
  assert.deepEqual(sipIdentities(peer('DNS:Dns.example')), ['dns.example']);
  assert.deepEqual(sipIdentities(peer('DNS:dns.example, URI:sips:a.example, URI:sip:joe@b.example, URI:https://c')), [
    'dns.example',
  ]);
  assert.deepEqual(sipIdentities(peer('', { commonName: 'CN.example' })), ['cn.example']);
  assert.deepEqual(sipIdentities(peer('IP Address:192.0.2.1', { commonName: 'cn.example' })), []);
  assert.deepEqual(sipIdentities(peer('', { commonName: 'Joe Smith' })), []);
  assert.deepEqual(sipIdentities(peer('DNS:dns.example', { fault: 'CERT_HAS_EXPIRED' })), []);
});

test('RFC 5922 7.2: names match in their entirety, without regard to case and without wildcards {sip-tls}', () => {
  assert.equal(serverFault(peer('URI:sip:Example.org'), 'example.ORG'), null);
  assert.equal(serverFault(peer('DNS:example.org'), 'example.org.'), null);
  assert.equal(serverFault(peer('DNS:example.org, IP Address:192.0.2.1'), '192.0.2.1'), null);
  for (const [names, wanted] of [
    ['DNS:*.example.org', 'a.example.org'],
    ['DNS:.example.org', 'a.example.org'],
    ['DNS:example.org', 'a.example.org'],
    ['DNS:a.example.org', 'example.org'],
    ['DNS:example.org', '192.0.2.1'],
  ] as const) {
    assert.match(serverFault(peer(names), wanted) ?? '', /its certificate is for .*, not for /, names);
  }
  assert.match(serverFault(peer('', { fault: 'none' }), 'a') ?? '', /gave no certificate/);
  assert.match(serverFault(peer('DNS:a', { fault: 'CERT_HAS_EXPIRED' }), 'a') ?? '', /CERT_HAS_EXPIRED/);
});
