import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUri, printUri, uriEquals } from '../../../core/sip/index.ts';

function fields(text: string) {
  const uri = parseUri(text);
  return uri === null ? null : [uri.scheme, uri.user, uri.password, uri.host, uri.port];
}

test('a SIP URI falls into its parts {sip-parser}', () => {
  assert.deepEqual(fields('sip:alice@atlanta.com'), ['sip', 'alice', null, 'atlanta.com', null]);
  assert.deepEqual(fields('SIPS:alice:secret@h:5061'), ['sips', 'alice', 'secret', 'h', 5061]);
  assert.deepEqual(fields('sip:example.com'), ['sip', null, null, 'example.com', null]);
  assert.deepEqual(fields('sip:bob@[2001:db8::1]:5070'), ['sip', 'bob', null, '2001:db8::1', 5070]);
  assert.deepEqual(fields('sip:[::ffff:192.0.2.10]:19823'), ['sip', null, null, '::ffff:192.0.2.10', 19823]);
  assert.deepEqual(fields('tel:+1-201-555-0123;phone-context=x'), ['tel', '+1-201-555-0123', null, '', null]);
  assert.deepEqual(fields('isbn:2983792873'), ['isbn', '2983792873', null, '', null]);
});

test('the user part keeps semicolons and question marks, and escapes are undone {sip-parser}', () => {
  assert.equal(parseUri('sip:user;par=u%40example.net@example.com')?.user, 'user;par=u@example.net');
  assert.equal(parseUri('sip:+1;phone-context=x@h')?.user, '+1;phone-context=x');
  assert.equal(parseUri('sip:null-%00-null@example.com')?.user, 'null-\0-null');
  assert.equal(parseUri('sip:%E2%82%AC@h')?.user, '€');
  assert.equal(parseUri('sip:%FF@h')?.user, 'ÿ');
});

test('parameters and headers are read unescaped, without value as empty {sip-parser}', () => {
  const uri = parseUri('sip:a@h;%6C%72;n%61me=v%61lue%25%34%31;transport=TCP;?Route=%3Csip:x%3E&a=');
  assert.deepEqual(
    [...(uri?.parameters ?? [])],
    [
      ['lr', ''],
      ['name', 'value%41'],
      ['transport', 'TCP'],
    ],
  );
  assert.deepEqual(
    [...(uri?.headers ?? [])],
    [
      ['Route', '<sip:x>'],
      ['a', ''],
    ],
  );
});

for (const bad of [
  '',
  'sip:',
  'sip:@h',
  'sip:a@',
  'alice@h',
  'sip:a@h:65536',
  'sip:a@h:',
  'sip:a@h:5a',
  'sip:a@[::1',
  'sip:a@[::1]x',
  'sip:2001:db8::10',
  'sip:a b@h',
  'sip: a@h',
  'sip:a@h%',
  'sip:a%4@h',
  'sip:a@h\0',
  '<sip:a@h>',
  'sip:a@h;=1',
  'tel:',
  'tel:abc!',
  `sip:${'a.'.repeat(200)}com`,
]) {
  test(`refuses ${JSON.stringify(bad.slice(0, 30))} {sip-parser}`, () => assert.equal(parseUri(bad), null));
}

test('a printed URI says what was parsed {sip-parser}', () => {
  for (const text of [
    'sip:alice@atlanta.com',
    'sip:alice:p%40ss@h:5070;lr;transport=tcp',
    'sip:user;par=u%40example.net@example.com',
    'sip:[2001:db8::1]:5060;maddr=[::1]',
    'sip:a@h?Subject=hello%20world&Route=%3Csip:x%3E',
    'tel:+12015550123;phone-context=example.com',
    'urn:service:sos',
  ]) {
    const uri = parseUri(text);
    assert.equal(uri && printUri(uri), text);
  }
});

const equal: readonly [string, string][] = [
  ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
  ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com'],
  [
    'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
    'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
  ],
  ['sip:alice@atlanta.com?subject=a&priority=b', 'sip:alice@atlanta.com?priority=b&subject=a'],
  ['tel:+1-201-555-0123', 'tel:+12015550123'],
  ['tel:7042;phone-context=Example.COM', 'tel:70-42;phone-context=example.com'],
  ['tel:863-1234;phone-context=+1-914-555', 'tel:8631234;phone-context=+1914555'],
  ['tel:+1(201)5550123;ext=1-2;isub=a', 'tel:+12015550123;isub=A;ext=12'],
];
const different: readonly [string, string][] = [
  ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
  ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
  ['sip:a@h;security=on', 'sip:a@h;security=off'],
  ['sip:a;b@h', 'sip:a%3Bb@h'],
  ['sip:a@h', 'sips:a@h'],
  ['sip:a@h;maddr=1.2.3.4', 'sip:a@h'],
  ['tel:7042', 'tel:+7042'],
  ['tel:+12015550123', 'tel:+12015550123;ext=1'],
  ['tel:7042;phone-context=example.com', 'tel:7042;phone-context=example.org'],
];
test('URIs are compared as RFC 3261 19.1.4 tells {sip-parser}', () => {
  for (const [a, b] of equal) assert.ok(uriEquals(a, b) && uriEquals(b, a), `${a} = ${b}`);
  for (const [a, b] of different) assert.ok(!uriEquals(a, b) && !uriEquals(b, a), `${a} ≠ ${b}`);
});
