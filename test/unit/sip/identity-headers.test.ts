import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertedIdentities,
  callerIdentity,
  diversionsOf,
  endsUsage,
  historyOf,
  namedDialog,
  parseContacts,
  parseDialogReference,
  parseEvent,
  parseSipFragment,
  parseSubscriptionState,
  printDialogReference,
  privacyOf,
  reasonsOf,
  referralOf,
  remotePartyId,
  type SipHeaders,
  sipFragment,
  uriWithReplaces,
} from '../../../core/sip/index.ts';

/** A message of header lines `Name: value`. */
function message(...lines: readonly string[]): SipHeaders {
  const all = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const values = (name: string): string[] =>
    all.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return { header: (name) => values(name)[0] ?? null, headers: values, allHeaders: () => all };
}

test('P-Asserted-Identity has one SIP URI and one number at most {identity}', () => {
  const uris = (...lines: string[]): string[] => assertedIdentities(message(...lines)).map(({ uriText }) => uriText);
  assert.deepEqual(uris('P-Asserted-Identity: "Ann" <sip:ann@a>, <tel:+491>'), ['sip:ann@a', 'tel:+491']);
  assert.deepEqual(uris('P-Asserted-Identity: <sip:ann@a>', 'P-Asserted-Identity: <sip:bob@b>'), ['sip:ann@a']);
  assert.deepEqual(uris('P-Asserted-Identity: <mailto:x@y>'), []);
  assert.deepEqual(uris('P-Asserted-Identity: <broken'), []);
});

test('who calls: asserted before remote party before From, and Privacy hides {identity}', () => {
  const from = 'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1';
  const of = (...lines: string[]) => {
    const { address, source, anonymous } = callerIdentity(message(...lines));
    return [address?.uriText, source, anonymous];
  };
  assert.deepEqual(of(from), ['sip:anonymous@anonymous.invalid', 'from', true]);
  assert.deepEqual(of(from, 'P-Asserted-Identity: <sip:ann@a>', 'Privacy: id;critical'), [
    'sip:ann@a',
    'asserted',
    true,
  ]);
  assert.deepEqual(of('From: <sip:x@y>', 'Remote-Party-ID: <sip:ann@a>;party=calling;screen=yes;privacy=off'), [
    'sip:ann@a',
    'remote-party',
    false,
  ]);
  assert.deepEqual(privacyOf(message('Privacy: ID; user', 'Privacy: id')), ['id', 'user']);
  const called = remotePartyId(message('Remote-Party-ID: <sip:a@a>, <sip:b@b>;party=called;screen=yes'), 'called');
  assert.deepEqual([called?.address.uriText, called?.screened], ['sip:b@b', true]);
});

test('Diversion, History-Info and Reason are read in their order {identity}', () => {
  const diverted = diversionsOf(
    message('Diversion: <sip:bob@b>;reason=no-answer;counter=2', 'Diversion: <sip:ann@a>;reason="user-busy"'),
  );
  assert.deepEqual(
    diverted.map(({ address, reason, counter }) => [address.uriText, reason, counter]),
    [
      ['sip:bob@b', 'no-answer', 2],
      ['sip:ann@a', 'user-busy', 1],
    ],
  );
  const history = historyOf(
    message('History-Info: <sip:ann@a>;index=1, <sip:bob@b?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1'),
  );
  assert.deepEqual(
    history.map(({ index, reason, change }) => [index.join('.'), reason, change?.kind ?? null]),
    [
      ['1', null, null],
      ['1.1', 'SIP;cause=302', 'mp'],
    ],
  );
  assert.deepEqual(reasonsOf(message('Reason: Q.850;cause=16;text="Normal, clearing", SIP;cause=200')), [
    { protocol: 'Q.850', cause: 16, text: 'Normal, clearing' },
    { protocol: 'SIP', cause: 200, text: null },
  ]);
});

test('early-only keeps its spelling when a Replaces is printed again {sip-replaces}', () => {
  const value = '12@h;to-tag=a;from-tag=b;early-only';
  const reference = parseDialogReference(value);
  assert(reference !== null);
  assert.equal(printDialogReference(reference), value);
  const misspelt = parseDialogReference('12@h;from-tag=b;to-tag=a;early_only');
  assert.equal(misspelt === null ? '' : printDialogReference(misspelt), value);
});

test('a Replaces needs a Call-ID and both tags; two of them, or one and a Join, are 400 {sip-replaces}', () => {
  for (const bad of [
    '',
    ';to-tag=a;from-tag=b',
    '1;to-tag=a',
    '1;from-tag=b',
    '1 2;to-tag=a;from-tag=b',
    '1,2;to-tag=a;from-tag=b',
  ])
    assert.equal(parseDialogReference(bad), null, bad);
  const one = '1;to-tag=a;from-tag=b';
  assert.equal(namedDialog(message()).kind, 'none');
  assert.equal(namedDialog(message(`Replaces: ${one}`)).kind, 'replaces');
  assert.equal(namedDialog(message(`Join: ${one}`)).kind, 'join');
  assert.equal(namedDialog(message(`Replaces: ${one}`, `Replaces: ${one}`)).kind, 'bad');
  assert.equal(namedDialog(message(`Replaces: ${one}`, `Join: ${one}`)).kind, 'bad');
});

test('a Replaces in a Refer-To is unescaped when read and escaped when written {sip-refer}', () => {
  const reference = { callId: '98@a;x', toTag: 't', fromTag: 'f', earlyOnly: false };
  const uri = uriWithReplaces('sip:bob@10.0.0.2:5070;transport=tcp', reference);
  assert.equal(uri, 'sip:bob@10.0.0.2:5070;transport=tcp?Replaces=98%40a%3Bx%3Bto-tag%3Dt%3Bfrom-tag%3Df');
  const read = referralOf(
    message('Refer-To: <sip:bob@h;transport=tcp?Replaces=98%40a%3Bto-tag%3Dt%3Bfrom-tag%3Df&X=1>'),
  );
  assert(typeof read !== 'string');
  assert.deepEqual(read.replaces, { ...reference, callId: '98@a' });
  assert.equal(read.target, 'sip:bob@h;transport=tcp');
  assert.deepEqual(read.ignoredHeaders, ['x']);
});

test('a REFER has one Refer-To; method, Refer-Sub and Referred-By are read from it {sip-refer}', () => {
  assert.equal(referralOf(message()), 'Missing Refer-To header');
  assert.equal(referralOf(message('Refer-To: <sip:a@b>', 'Refer-To: <sip:c@d>')), 'More than one Refer-To header');
  assert.equal(referralOf(message('Refer-To: <<>')), 'Malformed Refer-To header');
  const read = referralOf(
    message(
      'Refer-To: <sip:a@b;method=BYE>',
      'Refer-Sub: FALSE',
      'Referred-By: <sip:ann@a>;cid=1',
      'Refer-Events-At: <sip:e@x>',
    ),
  );
  assert(typeof read !== 'string');
  assert.deepEqual(
    [read.method, read.target, read.wantsSubscription, read.referredBy, read.eventsAt],
    ['BYE', 'sip:a@b', false, '<sip:ann@a>;cid=1', 'sip:e@x'],
  );
  const bare = referralOf(message('Refer-To: sip:a@b'));
  assert.equal(typeof bare === 'string' ? bare : bare.method, 'INVITE');
});

test('Event and Subscription-State are read; what RFC 6665 does not know is refused {sip-subscribe}', () => {
  assert.deepEqual(parseEvent('Refer;id=93809823'), { package: 'refer', id: '93809823' });
  assert.equal(parseEvent(''), null);
  assert.equal(parseEvent('a b'), null);
  assert.deepEqual(parseSubscriptionState('Terminated; reason=probation; retry-after=60'), {
    state: 'terminated',
    reason: 'probation',
    expiresSeconds: null,
    retryAfterSeconds: 60,
  });
  assert.equal(parseSubscriptionState('active;expires=99999999999')?.expiresSeconds, null);
  assert.equal(parseSubscriptionState('active;expires=4000000000')?.expiresSeconds, 86_400);
  assert.equal(parseSubscriptionState('maybe'), null);
  assert.deepEqual([404, 481, 489, 500, 503].map(endsUsage), [true, true, true, false, false]);
});

test('a sipfrag begins with a status line {sip-refer}', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { contentType, content } = sipFragment(180);
  assert.deepEqual(parseSipFragment(contentType, content), { status: 180, reason: 'Ringing' });
  assert.deepEqual(parseSipFragment('message/sipfrag', bytes('SIP/2.0 200\r\nTo: x')), { status: 200, reason: '' });
  for (const text of ['', 'SIP/2.0', 'SIP/2.0 2000 OK', 'HTTP/1.1 200 OK'])
    assert.equal(parseSipFragment('message/sipfrag', bytes(text)), null, text);
  assert.equal(parseSipFragment('text/plain', bytes('SIP/2.0 200 OK')), null);
});

test('corner case 24: Contact is `*`, absent, or several values in one line or many {sip-parser}', () => {
  const count = (...lines: string[]): number | '*' | null => {
    const contacts = parseContacts(lines);
    return contacts === null || contacts === '*' ? contacts : contacts.length;
  };
  assert.equal(count('*'), '*');
  assert.equal(count(), 0);
  assert.equal(count('<sip:a@b>, "x, y" <sip:c@d>;expires=5'), 2);
  assert.equal(count('<sip:a@b>', 'sip:c@d;q=0.5', '<sip:e@f>'), 3);
  assert.equal(count('<sip:a@b>, *'), null);
});
