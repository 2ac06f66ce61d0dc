import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curlLine, shellWord } from '../../../../clients/web/lines/curl.ts';
import { pythonLines } from '../../../../clients/web/lines/python.ts';
import { type LineRequest, variableOf } from '../../../../clients/web/lines/request.ts';

const at = { origin: 'http://127.0.0.1:8090', signedIn: false };
const line = (request: Partial<LineRequest>): LineRequest => ({ ...at, method: 'm.f', params: {}, ...request });

/** What a POSIX shell makes of a line, with these variables: quotes, backslashes, expansions in double quotes. */
function words(text: string, variables: { readonly [name: string]: string } = {}): string[] {
  const found: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "'") {
      const end = text.indexOf("'", i + 1);
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (character === '"') {
      const end = text.indexOf('"', i + 1);
      word = (word ?? '') + text.slice(i + 1, end).replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? '');
      i = end;
    } else if (character === '\\') {
      i++;
      if (text[i] !== '\n') word = (word ?? '') + text[i];
    } else if (character === ' ' || character === '\n') {
      if (word !== null) found.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  return word === null ? found : [...found, word];
}

test('a curl line is one command whose words are what was meant, whatever the values have in them {web-operator}', () => {
  const params = { call: `it's "$(reboot)" \`x\` \\ $HOME\n!`, data: { 'a b': [1, null, 'ü😀'] } };
  const [curl, silent, url, ...rest] = words(curlLine(line({ params })));
  assert.deepEqual([curl, silent, url], ['curl', '-s', 'http://127.0.0.1:8090/jsonrpc']);
  assert.deepEqual(rest.slice(0, 3), ['-H', 'Content-Type: application/json', '-d']);
  assert.deepEqual(JSON.parse(rest[3] ?? ''), { jsonrpc: '2.0', method: 'm.f', params, id: 1 });
});

test('a secret never stands in a line: a variable of the environment does {web-operator}', () => {
  const params = { room: '4711', adminPin: '123456', auth: { user: 'x', password: 'hunter2' }, key: 'mine' };
  const request = line({ method: 'webconference.mute', params, secrets: ['key'], order: ['room', 'adminPin'] });
  for (const text of [curlLine(request), pythonLines(request)]) {
    assert.ok(!/123456|hunter2|mine/.test(text), text);
    assert.ok(text.includes('ADMIN_PIN') && text.includes('PASSWORD') && text.includes('KEY'), text);
  }
  const body = words(curlLine(request), { ADMIN_PIN: '99', PASSWORD: 'p', KEY: 'k' }).at(-1) ?? '';
  const wanted = { room: '4711', adminPin: '99', auth: { user: 'x', password: 'p' }, key: 'k' };
  assert.deepEqual(JSON.parse(body).params, wanted);
  const byPosition = curlLine(line({ params: ['4711', '123456'], order: ['room', 'adminPin'] }));
  assert.ok(!byPosition.includes('123456') && byPosition.includes('ADMIN_PIN'));
});

test('who signed in reads the token from the environment {web-operator}', () => {
  const request = line({ signedIn: true });
  assert.match(curlLine(request), /-H "Authorization: Bearer \$CALLBUS_TOKEN"/);
  assert.match(
    pythonLines(request),
    /^import os\n[\s\S]*headers=\[\("Authorization", "Bearer " \+ os\.environ\["CALLBUS_TOKEN"\]\)\]/,
  );
});

test('Python uses XML-RPC where it can say the call {web-operator}', () => {
  const order = ['filter', 'limit', 'deep'];
  const request = line({ method: 'call.list', params: { limit: 5, filter: { state: 'new' } }, order });
  assert.match(pythonLines(request), /^print\(server\.call\.list\(\{"state": "new"\}, 5\)\)$/m);
  assert.match(pythonLines(line({ method: 'dsm.continue' })), /getattr\(server, "dsm\.continue"\)\(\)/);
});

test('Python uses JSON-RPC for what XML-RPC has no word for {web-operator}', () => {
  const order = ['a', 'b'];
  for (const params of [{ b: 1 }, { a: null }, { a: 2 ** 40 }, { a: '\u0001' }, { a: 1, other: 2 }])
    assert.match(pythonLines(line({ params, order })), /^import json, urllib\.request\n/, JSON.stringify(params));
  assert.match(pythonLines(line({ params: { a: true, b: null } })), /"params": \{"a": True, "b": None\}/);
});

test('words of a shell, names of variables {web-operator}', () => {
  assert.deepEqual(
    [shellWord('a.b-c'), shellWord('a b'), shellWord("'"), shellWord('')],
    ['a.b-c', "'a b'", "''\\'''", "''"],
  );
  assert.deepEqual(['adminPin', 'auth_pwd', '1x', 'a.b'].map(variableOf), [
    'ADMIN_PIN',
    'AUTH_PWD',
    'SECRET_1X',
    'A_B',
  ]);
});
