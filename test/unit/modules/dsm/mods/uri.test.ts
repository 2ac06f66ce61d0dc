/** mod_uri (reference/dsm 5.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitNameAddress, splitUri } from '../../../../../di-modules/dsm/mods/uri-text.ts';
import { serverWith, sessionWith } from './server-of.ts';

test('a URI in pieces {dsm-modules}', () => {
  const rows: readonly [text: string, pieces: readonly string[] | null][] = [
    ['sip:bob@example.com', ['bob', 'example.com', '', '', '']],
    ['sips:b%20b:pw@[2001:db8::1]:5061;lr;x=1?H=1&J=2', ['b%20b', '[2001:db8::1]', '5061', 'H=1&J=2', 'lr;x=1']],
    ['sip:example.com', ['', 'example.com', '', '', '']],
    ['<sip:bob@h;transport=tcp>', ['bob', 'h', '', '', 'transport=tcp']],
    ['tel:+123;phone-context=x', ['+123', '', '', '', 'phone-context=x']],
    ['http://x', null],
    ['', null],
    ['sip:', null],
  ];
  for (const [text, pieces] of rows) {
    const found = splitUri(text);
    assert.deepEqual(found && [found.user, found.host, found.port, found.headers, found.param], pieces, text);
  }
});

test('a name-addr in pieces: quoted names, parameters with and without value {dsm-modules}', () => {
  const found = splitNameAddress('"Bob \\"<B>\\"" <sip:bob@h:5060;lr>;tag=a1;flag;q="x;y"');
  assert.equal(found?.displayName, 'Bob "<B>"');
  assert.deepEqual(found?.uri, { user: 'bob', host: 'h', port: '5060', headers: '', param: 'lr' });
  assert.deepEqual(found?.parameters, [
    ['tag', 'a1'],
    ['flag', ''],
    ['q', 'x;y'],
  ]);
  assert.deepEqual(splitNameAddress('sip:bob@h;tag=2')?.parameters, [['tag', '2']]);
  assert.equal(splitNameAddress('nobody'), null);
});

test('actions set variables under the prefix, and errno {dsm-modules}', async () => {
  const s = sessionWith(['mod_uri'], serverWith(), {
    variables: { hdrs: 'X-One: 1\r\nP-Id: 7\r\nx-one: 2\r\n', text: 'a b/ü%' },
  });
  await s.run('uri.parseNameaddr("Ann <sip:ann@h>;tag=9", r_);');
  assert.deepEqual(
    [s.get('r_display_name'), s.get('r_user'), s.get('r_uri_param.tag'), s.get('errno')],
    ['Ann', 'ann', '9', ''],
  );
  await s.run('uri.parse(nonsense, r_);');
  assert.equal(s.get('errno'), 'general');
  await s.run('uri.getHeader(X-ONE, h); uri.getHeader(None, n); uri.encode($e=$text); uri.decode($d=$e);');
  assert.deepEqual([s.get('h'), s.get('n'), s.get('e'), s.get('d')], ['1', '', 'a%20b%2F%C3%BC%25', 'a b/ü%']);
  await s.run('uri.decode($d="100%%+%zz");');
  assert.equal(s.get('d'), '100%+%zz');
});

test('texts of strangers are taken apart in time that grows with their length {dsm-modules}', () => {
  for (const piece of ['<', '"', '"\\', ';a=', '@', 'sip:h;"'])
    for (const repeats of [3, 8000]) {
      const text = piece.repeat(repeats).slice(0, 8000);
      assert.doesNotThrow(() => [splitUri(text), splitNameAddress(`sip:h;${text}`)]);
    }
});
