import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import {
  Any,
  arg,
  Blob,
  Int,
  jsonSchema,
  Long,
  methodHelp,
  methodSignature,
  Num,
  openRpcDocument,
  opt,
  rest,
  rowsFor,
  secret,
  Text,
  Void,
} from '../../../core/di/index.ts';
import { makeBus } from './make-bus.ts';

const { fn, defineFunctions } = rowsFor<null>();

function documented() {
  const { bus } = makeBus();
  bus.register(
    'rooms',
    defineFunctions({
      create: fn({
        summary: 'Creates a room.',
        params: [arg('room', Text, 'Its name.'), opt('seconds', Int), opt('weight', Num)],
        overloads: [[arg('room', Text), arg('at', Blob)]],
        result: Type.Array(Any),
        scope: 'rooms:control',
        limit: 'room',
        aliases: ['make'],
        deprecated: 'use open',
        examples: [{ params: ['5'], result: [0, 'OK'] }],
        handler: () => [],
      }),
      log: fn({
        summary: 'Logs.',
        params: [arg('pin', secret(Text)), rest('values', Any)],
        result: Void,
        scope: 'rooms:read',
        handler: () => null,
      }),
      inner: fn({
        summary: 'Internal.',
        params: [],
        result: Long,
        scope: 'rooms:read',
        exported: false,
        handler: () => 1n,
      }),
    }),
    null,
  );
  return bus;
}

test('the OpenRPC document tells names, aliases, parameters, results, errors and scopes {openrpc}', () => {
  const document = JSON.parse(
    JSON.stringify(openRpcDocument(documented(), { title: 'Callbus', version: '1.2.3', url: 'http://h/' })),
  );
  assert.equal(document.openrpc, '1.3.2');
  assert.deepEqual(document.info, { title: 'Callbus', version: '1.2.3' });
  assert.deepEqual(
    document.methods.map(({ name }: { name: string }) => name),
    ['rooms.create', 'rooms.log'],
  );
  const [create, log] = document.methods;
  assert.deepEqual(create['x-aliases'], ['rooms.make']);
  assert.equal(create['x-scope'], 'rooms:control');
  assert.equal(create.deprecated, true);
  assert.deepEqual(create.params[0], {
    name: 'room',
    summary: 'Its name.',
    required: true,
    schema: { type: 'string' },
  });
  assert.equal(create.params[1].required, false);
  assert.deepEqual(create['x-overloads'][0][1].schema, { type: 'string', contentEncoding: 'base64', 'x-di': 'blob' });
  assert.deepEqual(create.examples[0], {
    name: 'example 1',
    params: [{ name: 'room', value: '5' }],
    result: { name: 'result', value: [0, 'OK'] },
  });
  assert.equal(log.params[0].schema['x-secret'], true);
  assert.deepEqual(log.params[1], {
    name: 'values',
    required: false,
    schema: { type: 'array', items: {} },
    'x-rest': true,
  });
  assert.equal(document['x-events']['call.ended']['x-scope'], 'calls:read');
  for (const { $ref } of create.errors) assert.ok(document.components.errors[$ref.split('/').at(-1)], $ref);
});

test('a document schema holds no marks of the builder', () => {
  assert.deepEqual(Reflect.ownKeys(jsonSchema(Type.Optional(Type.String())) as object), ['type']);
});

test('XML-RPC introspection: one signature for each accepted length and overload {xml-rpc}', () => {
  const bus = documented();
  const create = bus.find('rooms', 'create');
  const log = bus.find('rooms', 'log');
  assert.ok(create && log);
  assert.deepEqual(methodSignature(create), [
    ['array', 'string'],
    ['array', 'string', 'int'],
    ['array', 'string', 'int', 'double'],
    ['array', 'string', 'base64'],
  ]);
  assert.deepEqual(methodSignature(log), [
    ['int', 'string'],
    ['int', 'string', 'any'],
  ]);
  const help = methodHelp(create);
  assert.match(
    help,
    /^Creates a room\.\n\nrooms\.create\(room: string, \[seconds: int\], \[weight: double\]\) -> array\n/,
  );
  assert.match(help, /room: a string\. Its name\./);
  assert.match(help, /Scope: rooms:control\nAlso: make\nDeprecated: use open$/);
});
