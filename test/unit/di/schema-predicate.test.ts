import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { predicateOf } from '../../../core/di/schema-predicate.ts';
import { ValueChecks } from '../../../core/di/value-check.ts';

const isBlob = (value: unknown): boolean => value instanceof Uint8Array;
const ajv = new Ajv({ strict: false, logger: false, validateFormats: false, meta: false, validateSchema: false });
ajv.addKeyword({ keyword: 'x-di', schemaType: 'string', compile: () => isBlob });

const values: readonly unknown[] = [
  ...[null, true, false, 0, -0, 1, 2, 2.5, -7, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 5n],
  ...['', 'a', 'ab', 'abc', 'abcd', '😀', '😀😀', '😀😀😀', '4711', 'in', 'out', undefined],
  ...[[], [1], ['a'], ['a', 1], ['a', 'b', 'c'], [undefined], new Uint8Array(2), new Map(), new Date(0)],
  ...[
    {},
    { a: 1 },
    { a: '1' },
    { a: undefined },
    { a: 1, b: 'x' },
    { b: 'x' },
    { c: 1 },
    { a: 1, c: [] },
    { a: { a: 1 } },
  ],
];

const schemas: readonly object[] = [
  ...['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'].map((type) => ({ type })),
  { type: ['string', 'integer'] },
  { const: 'in' },
  { const: null },
  { enum: ['in', 'out', 1] },
  { anyOf: [{ const: 'in' }, { type: 'integer' }] },
  ...[0, 1, 2, 3].flatMap((limit) => [{ minLength: limit }, { type: 'string', maxLength: limit }]),
  { pattern: '^[0-9]+$', type: 'string' },
  { pattern: '^.$' },
  { minimum: 1, maximum: 2 },
  { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 2.5 },
  { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
  { items: { type: 'integer' } },
  { 'x-di': 'blob' },
  { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
  { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, additionalProperties: false },
  { properties: { a: true }, additionalProperties: { type: 'integer' } },
  { required: ['toString'] },
  { type: 'object', additionalProperties: false },
  { title: 'anything', description: 'at all', default: 3, examples: [1] },
];

test('a predicate says of every value what ajv says', () => {
  for (const schema of schemas) {
    const predicate = predicateOf(schema, { blob: isBlob });
    const validate = ajv.compile(schema);
    assert(predicate !== null, JSON.stringify(schema));
    for (const value of values)
      assert.equal(predicate(value), validate(value), `${JSON.stringify(schema)} of ${String(value)}`);
  }
});

test('schemas with rare keywords are left to ajv', () => {
  for (const schema of [
    { oneOf: [{ type: 'string' }] },
    { not: { type: 'string' } },
    { items: [{ type: 'string' }] },
    { patternProperties: { '^a': { type: 'string' } } },
    { type: 'object', properties: { a: { uniqueItems: true } } },
    { $ref: '#/definitions/a' },
    { enum: [{ a: 1 }] },
    { 'x-di': 'unknown' },
    { nullable: true, type: 'string' },
  ])
    assert.equal(predicateOf(schema, { blob: isBlob }), null, JSON.stringify(schema));
});

test('why a value does not fit is told as before', () => {
  const check = new ValueChecks().compile({ type: 'object', required: ['a'], properties: { a: { type: 'integer' } } });
  assert.equal(check.fits({ a: 1 }), true);
  assert.deepEqual(check.faults({ a: 1 }), []);
  const [fault] = check.faults({ a: 'x' });
  assert.deepEqual(fault?.path, ['a']);
});
