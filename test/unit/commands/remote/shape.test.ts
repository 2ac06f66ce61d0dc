import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeWord } from '../../../../core/commands/remote/shape.ts';
import { distance, suggestions } from '../../../../core/commands/remote/suggest.ts';
import { Type } from '../../../../core/runtime/index.ts';

test('a word becomes what the schema asks for {command-line}', () => {
  const number = Type.Integer({ minimum: 0, maximum: 9 });
  const mode = Type.Union([Type.Literal('both'), Type.Literal('receive')]);
  for (const [word, schema, value] of [
    ['5', number, 5],
    ['5', Type.String(), '5'],
    ['true', Type.Boolean(), true],
    ['off', Type.Boolean(), false],
    ['true', Type.String(), 'true'],
    ['1', Type.Union([Type.Boolean(), Type.Integer()]), 1],
    ['null', Type.Union([Type.String(), Type.Null()]), null],
    ['both', mode, 'both'],
    ['1e3', Type.Number(), 1000],
    ['a,b', Type.Array(Type.String()), ['a', 'b']],
    ['1,2', Type.Array(Type.Integer()), [1, 2]],
    ['["a,b"]', Type.Array(Type.String()), ['a,b']],
    ['{"a":1}', Type.Object({ a: Type.Integer() }), { a: 1 }],
    ['{"a":1}', {}, { a: 1 }],
    ['plain', {}, 'plain'],
  ] as const) {
    assert.deepEqual(shapeWord(word, { ...schema }), { value }, `${word} ${JSON.stringify(schema)}`);
  }
});

test('a word that fits nothing is told with what was expected {command-line}', () => {
  const number = Type.Integer({ minimum: 0, maximum: 9 });
  for (const [word, schema, expected] of [
    ['12', number, /expected an integer from 0 to 9, got "12"/],
    ['five', number, /expected an integer/],
    ['', Type.String({ minLength: 1 }), /expected a non-empty string, got ""/],
    ['{', Type.Object({}), /expected an object/],
    ['99999999999999999999', Type.Integer(), /expected an integer/],
  ] as const) {
    const shaped = shapeWord(word, { ...schema });
    assert.match('fault' in shaped ? shaped.fault : 'none', expected);
  }
});

test('mistakes of a letter or two are seen through {command-line}', () => {
  assert.deepEqual([distance('get', 'gte'), distance('mute', 'unmute'), distance('', 'ab')], [1, 2, 2]);
  assert.deepEqual(suggestions('roomCraete', ['roomCreate', 'roomDelete', 'roomInfo']), ['roomCreate']);
  assert.deepEqual(suggestions('xyz', ['roomCreate']), []);
});
