import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsSchema, Type } from '../../../core/runtime/index.ts';

test('schemas are those of TypeBox, whose types they have {configuration}', async () => {
  const { default: TypeBox } = await import('typebox');
  const built = [Type, TypeBox].map((make) =>
    make.Object(
      {
        a: make.Optional(make.String({ default: 'x', maxLength: 3 })),
        b: make.Union([make.Literal('u'), make.Literal(2), make.Null()], { description: 'b' }),
        c: make.Record(make.String(), make.Array(make.Integer({ minimum: 1 }))),
        d: make.Tuple([make.Number(), make.Boolean()]),
        e: make.Optional(make.Unsafe<string>({ type: 'string', 'x-secret': true })),
        f: make.Object({}, { additionalProperties: false }),
      },
      { additionalProperties: false, default: {} },
    ),
  );
  assert.deepEqual(JSON.parse(JSON.stringify(built[0])), JSON.parse(JSON.stringify(built[1])));
});

test('schemas of TypeBox mix with ours: what it marks optional is optional {configuration}', async () => {
  const { default: TypeBox } = await import('typebox');
  const inner = { a: TypeBox.Optional(TypeBox.String()), b: TypeBox.String() };
  assert.deepEqual(JSON.parse(JSON.stringify(Type.Object(inner))).required, ['b']);
  const outer = TypeBox.Object({ a: Type.Optional(Type.String()), b: Type.String() });
  assert.deepEqual(JSON.parse(JSON.stringify(outer)).required, ['b']);
});

test('data of our own is checked by the builder alone', () => {
  const schema = Type.Object({
    role: Type.Union([Type.Literal('caller'), Type.Literal('callee')]),
    ports: Type.Array(Type.Integer()),
    note: Type.Optional(Type.String()),
  });
  assert.equal(fitsSchema(schema, { role: 'caller', ports: [1, 2] }), true);
  assert.equal(fitsSchema(schema, { role: 'caller', ports: [], note: 'x', more: 1 }), true);
  assert.equal(fitsSchema(schema, { role: 'other', ports: [] }), false);
  assert.equal(fitsSchema(schema, { role: 'caller', ports: [1.5] }), false);
  assert.equal(fitsSchema(schema, { role: 'caller' }), false);
  assert.equal(fitsSchema(schema, { role: 'caller', ports: [], note: 1 }), false);
  assert.equal(fitsSchema(schema, null), false);
});
