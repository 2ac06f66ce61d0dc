import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppParameters, incomingParameters } from '../../../core/call/app-params.ts';

const cases: readonly (readonly [text: string, key: string, value: string | null])[] = [
  ['usr=joe;dom=example.org', 'dom', 'example.org'],
  ["mod=both;eml='joe@example.org';usr=joe;", 'eml', 'joe@example.org'],
  ['snd=\'"A, B" <sip:a@b;x=1>\';dom=d', 'snd', '"A, B" <sip:a@b;x=1>'],
  ['snd="A, B" <sip:a@b>;dom=d', 'dom', 'd'],
  ['snd="A; B" <sip:a@b>;dom=d', 'snd', '"A; B" <sip:a@b>'],
  ['eml=;usr=joe', 'eml', ''],
  ['eml=;usr=joe', 'usr', 'joe'],
  ['flag;usr=joe', 'flag', ''],
  ['u=a=b=c', 'u', 'a=b=c'],
  ['u=1;u=2', 'u', '1'],
  ['  Language = de ; x = 1', 'language', 'de'],
  ['LNG=fr', 'lng', 'fr'],
  ['a="x\\"y"', 'a', 'x"y'],
  ["snd=O'Neill;usr=x", 'usr', 'x'],
  ["snd='open;usr=x", 'usr', 'x'],
  ['usr=joe', 'dom', null],
  ['', 'dom', null],
];

for (const [text, key, value] of cases) {
  test(`${key} of ${text} is ${JSON.stringify(value)}`, () => {
    assert.equal(AppParameters.parse(text).get(key), value);
  });
}

test('the short name is tried before the long one', () => {
  const parameters = AppParameters.parse('Language=de;lng=fr');
  assert.equal(parameters.get('lng', 'Language'), 'fr');
});

const headers = (map: Record<string, string>) => incomingParameters((name) => map[name] ?? null);

test('an old single header counts only where P-App-Param is wholly absent', () => {
  assert.equal(headers({ 'P-Language': 'de' })('Language'), 'de');
  assert.equal(headers({ 'P-Language': 'de', 'P-App-Param': 'x=1' })('Language'), null);
  assert.equal(headers({ 'P-Refer-To': 'sip:a@b', 'P-App-Param': 'x=1' })('Refer-To'), 'sip:a@b');
});
