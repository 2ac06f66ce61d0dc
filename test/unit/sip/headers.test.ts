import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseContacts,
  parseCSeq,
  parseNameAddress,
  parseNameAddressList,
  parseVia,
  parseViaList,
  printNameAddress,
  splitHeaderList,
  viaLineWithSource,
} from '../../../core/sip/index.ts';

test('a list is split at commas outside quotes and angle brackets {sip-parser}', () => {
  assert.deepEqual(splitHeaderList('a, b'), ['a', 'b']);
  assert.deepEqual(splitHeaderList('"x, \\" y" <sip:a,b@h>;p="1,2" , <sip:c@h>'), [
    '"x, \\" y" <sip:a,b@h>;p="1,2"',
    '<sip:c@h>',
  ]);
  assert.deepEqual(splitHeaderList('a,,b'), ['a', '', 'b']);
});

const good: readonly [string, string | null, string, Record<string, string>][] = [
  ['sip:a@h;tag=1', null, 'sip:a@h', { tag: '1' }],
  ['<sip:a@h;x=1>;tag=1', null, 'sip:a@h;x=1', { tag: '1' }],
  ['Joe Bloggs <sip:a@h>', 'Joe Bloggs', 'sip:a@h', {}],
  ['caller<sip:a@h>', 'caller', 'sip:a@h', {}],
  ['"J \\\\\\" R"   <sip:a@h>\t;\ttag = 9', 'J \\" R', 'sip:a@h', { tag: '9' }],
  ['Jörg <sip:a@h>', 'Jörg', 'sip:a@h', {}],
  [
    '<sip:a@h>;expires="60";+sip.instance="<urn:uuid:1>";flag',
    null,
    'sip:a@h',
    { expires: '60', '+sip.instance': '<urn:uuid:1>', flag: '' },
  ],
  ['<isbn:2983792873>', null, 'isbn:2983792873', {}],
  ['sip:a@h;x="<y>"', null, 'sip:a@h', { x: '<y>' }],
  ['<sip:a@h>;tag=1;tag=1', null, 'sip:a@h', { tag: '1' }],
];
for (const [text, displayName, uriText, parameters] of good) {
  test(`reads ${text} {sip-parser}`, () => {
    const value = parseNameAddress(text);
    assert.deepEqual([value?.displayName, value?.uriText], [displayName, uriText]);
    assert.deepEqual(Object.fromEntries(value?.parameters ?? []), parameters);
  });
}

for (const text of [
  '',
  '<>',
  '"open <sip:a@h>',
  '"trailing\\',
  'Bell, Alexander <sip:a@h>',
  '< sip:a@h >',
  '<sip:a@h',
  '<sip:a@h> junk',
  '<sip:a@h>;;',
  '<sip:a@h>;tag=1;tag=2',
  'sip:a@h?Route=x',
  'sip:a@h,sip:b@h',
  'poo <bear@h>',
]) {
  test(`refuses the address ${JSON.stringify(text)} {sip-parser}`, () => assert.equal(parseNameAddress(text), null));
}

test('Contact is a star or a list over several lines {sip-parser}', () => {
  assert.equal(parseContacts(['*']), '*');
  assert.equal(parseContacts([' *, <sip:a@h>']), null);
  assert.equal(parseNameAddressList(['<sip:a@h>, "b, c" <sip:b@h>', 'sip:c@h'])?.length, 3);
});

test('a printed address quotes its display name and what is no token {sip-parser}', () => {
  const parameters = new Map([
    ['tag', 'a'],
    ['x', 'two words'],
    ['flag', ''],
  ]);
  assert.equal(
    printNameAddress({ displayName: 'a "b"', uriText: 'sip:a@h', parameters }),
    '"a \\"b\\"" <sip:a@h>;tag=a;x="two words";flag',
  );
});

test('Via is read with blanks anywhere, IPv6 and all its parameters {sip-parser}', () => {
  const via = parseVia(
    'SIP  / 2.0 / udp  [2001:db8::9:1] : 6050 ; branch = z9hG4bK1;rport;received=[::1];ttl=3;maddr=1.2.3.4',
  );
  assert.deepEqual(
    [via?.transport, via?.host, via?.port, via?.branch, via?.rport, via?.received, via?.ttl, via?.maddr],
    ['UDP', '2001:db8::9:1', 6050, 'z9hG4bK1', 'asked', '::1', 3, '1.2.3.4'],
  );
  assert.equal(parseVia('SIP/2.0/UDP h;received=2001:db8::9:255;rport=5')?.received, '2001:db8::9:255');
  assert.equal(parseViaList(['SIP/2.0/UDP a;branch=1 , SIP/2.0/TCP b', 'SIP/2.0/WSS c'])?.length, 3);
});

test('a Via that nobody could answer is refused {sip-parser}', () => {
  for (const text of [
    'SIP/2.0/UDP',
    'SIP/2.0/UDP h;;,;,,',
    'SIP/2.0/UDP h:99999',
    'SIP/3.0/UDP h',
    'SIP/2.0/UDP a b',
    'SIP/2.0/UDP h;rport=x',
    'SIP/2.0/UDP [::1',
    'x',
  ])
    assert.equal(parseVia(text), null, text);
});

test('the source goes into the topmost Via only, and changes nothing else {sip-parser}', () => {
  const source = { address: '192.0.2.9', port: 4000 };
  assert.equal(viaLineWithSource('SIP/2.0/UDP 192.0.2.9;branch=1', source), 'SIP/2.0/UDP 192.0.2.9;branch=1');
  assert.equal(
    viaLineWithSource('SIP/2.0/UDP  host ;Branch=1, SIP/2.0/UDP b;rport', source),
    'SIP/2.0/UDP  host ;Branch=1;received=192.0.2.9, SIP/2.0/UDP b;rport',
  );
  assert.equal(
    viaLineWithSource('SIP/2.0/UDP 192.0.2.9;rport;branch=1;received=1.1.1.1', source),
    'SIP/2.0/UDP 192.0.2.9;rport=4000;branch=1;received=192.0.2.9',
  );
});

test('CSeq is a number below 2^31 and a method {sip-parser}', () => {
  assert.deepEqual(parseCSeq('0009 \t INVITE'), { number: 9, method: 'INVITE' });
  assert.deepEqual(parseCSeq('2147483647 X'), { number: 2147483647, method: 'X' });
  for (const text of ['2147483648 X', '-1 X', '1', 'X', '1 A B', '36893488147419103232 REGISTER', '1 <']) {
    assert.equal(parseCSeq(text), null, text);
  }
});
