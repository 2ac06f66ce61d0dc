import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import {
  assertFormat,
  byteOrder,
  type DiValue,
  Double,
  diEquals,
  diKind,
  expandScopes,
  isRowScope,
  maskSecrets,
  parseScope,
  printValue,
  secret,
  toDi,
} from '../../../core/di/index.ts';

test('every value has the AmArg type that its form says', () => {
  const kinds: [DiValue, string][] = [
    [null, 'undef'],
    [true, 'bool'],
    [2147483647, 'int'],
    [2147483648, 'longlong'],
    [5n, 'longlong'],
    [0.5, 'double'],
    [new Double(2), 'double'],
    ['x', 'string'],
    [new Uint8Array(1), 'blob'],
    [[], 'array'],
    [{}, 'struct'],
    [1e300, 'double'],
  ];
  for (const [value, kind] of kinds) assert.equal(diKind(value), kind, String(value));
});

test('equality is strict about types and deep', () => {
  assert.equal(diEquals(1, 1), true);
  assert.equal(diEquals(1, new Double(1)), false);
  assert.equal(diEquals(1, 1n), false);
  assert.equal(diEquals(1, true), false);
  assert.equal(diEquals('1', 1), false);
  assert.equal(diEquals(new Double(2), new Double(2)), true);
  assert.equal(diEquals(4294967296, 4294967296n), true);
  assert.equal(diEquals([1, { a: ['x', null] }], [1, { a: ['x', null] }]), true);
  assert.equal(diEquals({ a: 1 }, { b: 1 }), false);
  assert.equal(diEquals([1], [1, 2]), false);
  assert.equal(diEquals(new Uint8Array([1]), new Uint8Array([1])), true);
});

test('the text form is that of AmArg::print', () => {
  const value = {
    b: [1, null, true],
    a: new Double(3),
    c: { é: 0.1, z: new Uint8Array(4) },
    d: "it's",
    e: 9007199254740993n,
  };
  assert.equal(
    printValue(value),
    "{'a': 3.0, 'b': [1, , true], 'c': {'z': <Blob of size:4>, 'é': 0.1}, 'd': 'it's', 'e': 9007199254740993}",
  );
  assert.equal(printValue(null), '');
  assert.equal(printValue([]), '[]');
  assert.equal(printValue({}), '{}');
  assert.equal(printValue(Number.NaN), 'null');
  assert.equal(printValue(new Double(1e22)), '1.0e+22');
  assert.equal(printValue([[[1]]], 2), '[[...]]');
});

test('struct members sort by their UTF-8 bytes', () => {
  assert.deepEqual(['\u{1F600}', '\uFFFD', 'b', 'a', 'ab'].sort(byteOrder), ['a', 'ab', 'b', '\uFFFD', '\u{1F600}']);
});

test('JavaScript values become DI values; what has no form is refused', () => {
  assert.deepEqual(toDi({ a: undefined, b: [undefined, 1], c: 2 ** 40 }), { b: [null, 1], c: 2n ** 40n });
  const same = { a: [1, 'x'] };
  assert.equal(toDi(same), same);
  const hostile: unknown = JSON.parse('{"__proto__":{"x":1},"y":4294967296}');
  assert.deepEqual(Object.keys(toDi(hostile) as object), ['__proto__', 'y']);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const bad of [() => 1, Symbol('s'), new Date(0), new Map(), 2n ** 64n, cycle]) {
    assert.throws(() => toDi(bad), { code: 'rpc.unrepresentable' });
  }
});

test("assertFormat checks the first arguments by SEMS's letters", () => {
  assertFormat(['a', 1, 'further'], 'si');
  assertFormat([1n, true, 0.5, new Uint8Array(0), [], {}], 'ltfbau');
  assertFormat(['x'], '?');
  assert.throws(() => assertFormat(['a'], 'ss'), { code: 'rpc.tooFewArguments' });
  assert.throws(() => assertFormat([1], 's'), /argument 1: expected string, got int/);
  assert.throws(() => assertFormat([true], 'i'), { code: 'rpc.wrongType' });
  assert.throws(() => assertFormat([{}], 'o'), { code: 'rpc.wrongType' });
});

test('scopes: grammar, rows without wildcards, roles {access-control}', () => {
  assert.deepEqual(parseScope('rooms:read'), { module: 'rooms', action: 'read' });
  assert.deepEqual(parseScope('*:*'), { module: '*', action: '*' });
  for (const bad of ['rooms', 'rooms:', 'rooms:write', ':read', 'a:b:c', 'ro oms:read'])
    assert.equal(parseScope(bad), null);
  assert.equal(isRowScope('rooms:*'), false);
  assert.deepEqual(expandScopes(['viewer', 'rooms:control']), ['*:read', 'rooms:control']);
  assert.throws(() => expandScopes(['boss']), /viewer, operator, admin/);
});

test('masking follows the schema, and names where there is none {audit}', () => {
  const schema = Type.Object({
    room: Type.String(),
    pin: secret(Type.String()),
    list: Type.Array(Type.Object({ key: secret(Type.String()) })),
  });
  assert.deepEqual(
    maskSecrets(schema, { room: '5', pin: '1', list: [{ key: 'k' }], extra: { password: 'p', user: 'u' } }),
    {
      room: '5',
      pin: '***',
      list: [{ key: '***' }],
      extra: { password: '***', user: 'u' },
    },
  );
  const either = Type.Union([secret(Type.Object({ a: Type.String() })), Type.Null()]);
  assert.equal(maskSecrets(either, { a: 'x' }), '***');
});
