import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonCall, offline, type RpcWorld, withRpc } from './world.ts';

const json = (title: string, work: (world: RpcWorld) => Promise<void>): void => {
  test(`${title} {json-rpc}`, () => withRpc(offline, work));
};

/** The text that comes back from `same` for a text of parameters. */
async function same({ rpc }: RpcWorld, value: string): Promise<string> {
  const text = await rpc.dispatchJson(`{"jsonrpc":"2.0","method":"same","params":[${value}],"id":1}`);
  return /^\{"jsonrpc":"2.0","result":(.*),"id":1\}$/s.exec(text ?? '')?.[1] ?? String(text);
}

const values: readonly (readonly [sent: string, back: string])[] = [
  ['-5', '-5'],
  ['-5.0', '-5.0'],
  ['2.0', '2.0'],
  ['0.1', '0.1'],
  ['1e3', '1000'],
  ['1E-1', '0.1'],
  ['5e-324', '5e-324'],
  ['-0', '0'],
  ['2147483647', '2147483647'],
  ['2147483648', '2147483648'],
  ['9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['"\\u00e9\\ud83d\\ude00\\n\\/"', '"é😀\\n/"'],
  ['"a\\"b\\\\"', '"a\\"b\\\\"'],
  ['"\\u0007"', '"\\u0007"'],
  ['[]', '[]'],
  ['{}', '{}'],
  [' [ 1 , [ null , true ] , {"b":{"c":[]},"a":false} ] ', '[1,[null,true],{"a":false,"b":{"c":[]}}]'],
  ['{"a":1,"a":2}', '{"a":2}'],
  ['{"__proto__":{"x":1.5}}', '{"__proto__":{"x":1.5}}'],
  ['"1.5 and 12345678901234567890"', '"1.5 and 12345678901234567890"'],
];
for (const [sent, back] of values) {
  json(`${sent} comes back as ${back}`, async (world) => assert.equal(await same(world, sent), back));
}

json('declared results: counts, doubles, bytes, voids', async ({ rpc }) => {
  const text = async (method: string, params = '[]') =>
    (await rpc.dispatchJson(`{"jsonrpc":"2.0","method":"${method}","params":${params},"id":1}`)) ?? '';
  assert.match(await text('count'), /"result":9007199254740993,/);
  assert.match(await text('half', '[4]'), /"result":2\.0,/);
  assert.match(await text('bytes'), /"result":"AQL\/",/);
  assert.match(await text('nothing'), /"result":null,/);
  assert.match(await text('flag'), /"result":true,/);
});

json('ids come back as they were, and a null id is answered', async ({ rpc }) => {
  for (const id of ['"x"', '""', '0', '-7', '1.5', '9007199254740993', 'null']) {
    const answer = await rpc.dispatchJson(`{"jsonrpc":"2.0","method":"calls","id":${id}}`);
    assert.equal(answer, `{"jsonrpc":"2.0","result":3,"id":${id}}`);
  }
});

json('a notification is run and not answered, whatever becomes of it', async ({ rpc }) => {
  assert.equal(await rpc.dispatchJson('{"jsonrpc":"2.0","method":"set_loglevel","params":[1]}'), null);
  assert.equal((await jsonCall(rpc, 'get_loglevel'))['result'], 1);
  assert.equal(await rpc.dispatchJson('{"jsonrpc":"2.0","method":"broken"}'), null);
  assert.equal(await rpc.dispatchJson('{"jsonrpc":"2.0","method":"nope"}'), null);
});

json('parameters go by name, with missing ones left out', async ({ rpc }) => {
  assert.equal((await jsonCall(rpc, 'subtract', { subtrahend: 23, minuend: 42 }))['result'], 19);
  assert.deepEqual((await jsonCall(rpc, 'sample.struct', { options: { a: 1 } }))['result'], { a: 1 });
});

json('core.* answers as SEMS', async ({ rpc }) => {
  assert.deepEqual((await jsonCall(rpc, 'core.calls'))['result'], [3]);
  assert.deepEqual((await jsonCall(rpc, 'core.get_loglevel'))['result'], [2]);
  assert.equal((await jsonCall(rpc, 'core.set_loglevel', [3]))['result'], null);
  assert.equal(((await jsonCall(rpc, 'core.nope')) as { error: { code: number } }).error.code, -32601);
});

json('di reaches any exported function', async ({ rpc }) => {
  assert.deepEqual((await jsonCall(rpc, 'di', ['sample', 'echo', 1, 'x']))['result'], [1, 'x']);
  const list = (await jsonCall(rpc, 'di', ['sample', '_list']))['result'];
  assert.ok(Array.isArray(list) && list.includes('echo') && !list.includes('hidden'));
});

json('rpc.discover gives the OpenRPC document', async ({ rpc }) => {
  const document = (await jsonCall(rpc, 'rpc.discover'))['result'] as { methods: { name: string }[] };
  assert.ok(document.methods.some(({ name }) => name === 'sample.struct'));
});

const errors: readonly (readonly [title: string, text: string, code: number, detail: RegExp])[] = [
  ['an unknown bare name', '{"jsonrpc":"2.0","method":"nope","id":1}', -32601, /nope/],
  ['an unknown module', '{"jsonrpc":"2.0","method":"nope.x","id":1}', -32601, /nope/],
  ['an internal function', '{"jsonrpc":"2.0","method":"sample.hidden","id":1}', -32601, /sample\.hidden/],
  ['a prototype’s name', '{"jsonrpc":"2.0","method":"constructor","id":1}', -32601, /constructor/],
  ['too few arguments', '{"jsonrpc":"2.0","method":"same","id":1}', -32602, /value/],
  ['a wrong type', '{"jsonrpc":"2.0","method":"sample.struct","params":["x"],"id":1}', -32602, /options/],
  ['a throw', '{"jsonrpc":"2.0","method":"broken","id":1}', -32000, /trace/],
  ['a coded error', '{"jsonrpc":"2.0","method":"refuses","id":1}', -32010, /tag X/],
  ['no scope', '{"jsonrpc":"2.0","method":"wipe","id":1}', -32003, /sample:admin/],
  ['no scope behind di', '{"jsonrpc":"2.0","method":"di","params":["sample","wipe"],"id":1}', -32003, /sample:admin/],
  ['JSON-RPC 1.0', '{"method":"calls","params":[],"id":1}', -32600, /"jsonrpc": "2.0" is missing/],
  ['another version', '{"jsonrpc":2.0,"method":"calls","id":1}', -32600, /must be the string/],
  ['a method that is no text', '{"jsonrpc":"2.0","method":1,"id":1}', -32600, /"method" must be a string/],
  ['text for params', '{"jsonrpc":"2.0","method":"calls","params":"x","id":1}', -32600, /"params" must be/],
  ['a double for params', '{"jsonrpc":"2.0","method":"calls","params":2.0,"id":1}', -32600, /"params" must be/],
  ['null for params', '{"jsonrpc":"2.0","method":"calls","params":null,"id":1}', -32600, /"params" must be/],
  ['an object for an id', '{"jsonrpc":"2.0","method":"calls","id":{}}', -32600, /"id" must be/],
  ['a bare number', '1', -32600, /a request is an object/],
  ['nothing', '', -32700, /line 1, column 1: expected a value, found the end/],
  ['a cut-off text', '{"jsonrpc":', -32700, /line 1, column 12/],
  ['a trailing comma', '{"a":1,}', -32700, /column 8: expected a member name/],
  ['a second value', '{} {}', -32700, /column 4: expected the end/],
  ['a bad escape', '["\\x"]', -32700, /known escape/],
  ['a raw control character', '["\n"]', -32700, /control character/],
  ['a leading zero', '[01]', -32700, /comma or a closing bracket/],
  ['NaN', '[NaN]', -32700, /expected a value/],
  ['single quotes', "{'a':1}", -32700, /member name in quotes/],
  ['a monstrous number', `[${'9'.repeat(5000)}]`, -32700, /usable size/],
  ['deep nesting', '['.repeat(100_000), -32005, /nested more than 32 deep/],
  ['an empty batch', '[]', -32600, /batch is empty/],
  ['a batch over the limit', `[${'1,'.repeat(100)}1]`, -32005, /101 requests/],
];
for (const [title, text, code, detail] of errors) {
  json(`${title} gives error ${code}`, async ({ rpc }) => {
    const { error } = JSON.parse((await rpc.dispatchJson(text)) ?? 'null');
    assert.equal(error.code, code);
    assert.match(error.data.detail, detail);
    assert.equal(error.data.why[0].code, error.data.code);
  });
}

json('a batch answers what is to be answered, in order, and holds no batch', async ({ rpc }) => {
  const batch =
    '[{"jsonrpc":"2.0","method":"set_loglevel","params":[3]},{"jsonrpc":"2.0","method":"get_loglevel","id":"a"},[],{"jsonrpc":"2.0","method":"broken","id":2}]';
  const answers = JSON.parse((await rpc.dispatchJson(batch)) ?? '');
  assert.deepEqual(
    answers.map(({ id, result, error }: Record<string, { code: number }>) => [id, result ?? error?.code]),
    [
      ['a', 3],
      [null, -32600],
      [2, -32000],
    ],
  );
});

json('every truncation of a request is an answered error', async ({ rpc }) => {
  const whole = '{"jsonrpc":"2.0","method":"same","params":[{"a":[1.5,"\\u0041",true,null]}],"id":1}';
  for (let length = 0; length < whole.length; length++)
    assert.match((await rpc.dispatchJson(whole.slice(0, length))) ?? '', /-32700/);
});

test('a function that does not end is given up at its deadline {json-rpc}', () =>
  withRpc({ ...offline, limits: { deadlineMs: 100 } }, async ({ rpc }) => {
    assert.equal(((await jsonCall(rpc, 'slow')) as { error: { code: number } }).error.code, -32001);
  }));

json('names of another wire are told where they are', async ({ rpc }) => {
  const detail = async (method: string) =>
    JSON.parse((await rpc.dispatchJson(`{"jsonrpc":"2.0","method":"${method}","id":1}`)) ?? '').error.data.detail;
  assert.match(await detail('events.subscribe'), /WebSocket/);
  assert.match(await detail('auth.login'), /Authorization/);
  assert.match(await detail('system.listMethods'), /rpc\.discover/);
});

test('JSON may begin with a byte order mark, and must be UTF-8 {json-rpc}', () =>
  withRpc({}, async ({ url }) => {
    const post = async (body: Uint8Array) => {
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body })).text();
    };
    const call = '{"jsonrpc":"2.0","method":"calls","id":1}';
    assert.match(await post(Buffer.from(`\ufeff${call}`)), /"result":3/);
    assert.match(await post(Buffer.from(call.replace('calls', 'é'), 'latin1')), /-32700/);
  }));
