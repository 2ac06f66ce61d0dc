/** The examples in the text of the XML-RPC specification. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeReply } from '../../rpc/xmlrpc/client-codec.ts';
import { decodeMethodCall } from '../../rpc/xmlrpc/decode.ts';

const folder = join(process.env['CALLBUS_CONFORMANCE'] ?? '', 'xmlrpc/spec');
const skip =
  process.env['CALLBUS_CONFORMANCE'] !== undefined && existsSync(folder)
    ? false
    : 'no conformance data (CALLBUS_CONFORMANCE)';
const limits = { depth: 32, values: 1000 };

/** All XML fragments of one element, from the specification's code blocks. */
function fragments(name: string, element: string): string[] {
  const blocks = readFileSync(join(folder, name), 'utf8').match(/```xml[\s\S]*?```/g) ?? [];
  return blocks.flatMap((block) => block.match(new RegExp(`<${element}>[\\s\\S]*</${element}>`)) ?? []);
}

const paramsOf = (value: string): unknown =>
  decodeMethodCall(
    `<methodCall><methodName>m</methodName><params><param><value>${value}</value></param></params></methodCall>`,
    limits,
  ).params[0];

test('the XML-RPC specification’s requests are read {xml-rpc}', { skip }, () => {
  const calls = ['spec.md', 'xml-rpc-in-json.md'].flatMap((name) => fragments(name, 'methodCall'));
  assert.deepEqual(
    calls.map((text) => decodeMethodCall(text, limits)),
    [
      { method: 'examples.getStateName', params: [41] },
      { method: 'examples.getStateName', params: [50] },
      { method: 'examples.getStateList', params: [[12, 44, 4, 1]] },
      { method: 'examples.getStateStruct', params: [{ state1: 12, state2: 8 }] },
    ],
  );
});

test('the XML-RPC specification’s structs, arrays and scalars are read {xml-rpc}', { skip }, () => {
  const [struct = ''] = fragments('spec.md', 'struct').filter((text) => text.includes('lowerBound'));
  const [array = ''] = fragments('spec.md', 'array');
  assert.deepEqual(paramsOf(struct), { lowerBound: 18, upperBound: 139 });
  assert.deepEqual(paramsOf(array), [12, 'Egypt', false, -31]);
  const rows = readFileSync(join(folder, 'spec.md'), 'utf8').match(/<tr>.*?<\/tr>/g) ?? [];
  const read = rows.flatMap((row) => {
    const [names = '', , example = ''] = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell ?? '');
    return [...names.matchAll(/&lt;([\w.]+)>/g)].map(([, type]) => paramsOf(`<${type}>${example}</${type}>`));
  });
  assert.deepEqual(read, [
    -12,
    -12,
    true,
    'hello world',
    -12.214,
    '19980717T14:08:55',
    new Uint8Array(Buffer.from("you can't read this!")),
  ]);
});

test('the XML-RPC specification’s responses and faults are read by our client {xmlrpc2di-client}', { skip }, () => {
  const replies = ['spec.md', 'xml-rpc-in-json.md'].flatMap((name) => fragments(name, 'methodResponse'));
  assert.deepEqual(replies.map(decodeReply), [
    { kind: 'value', value: 'South Dakota' },
    { kind: 'fault', code: 4, text: 'Too many parameters.' },
    { kind: 'value', value: 'South Carolina' },
    { kind: 'fault', code: 1, text: "Can't delete the file because it doesn't exist." },
  ]);
});
