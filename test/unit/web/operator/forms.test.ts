import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../../../../clients/typescript/index.ts';
import { catalogueOf } from '../../../../clients/web/operator/forms/catalogue.ts';
import { draftOf, emptyDraft, outcomeOf, structOutcome } from '../../../../clients/web/operator/forms/draft.ts';
import { fieldOf } from '../../../../clients/web/operator/forms/field.ts';
import { resultTable } from '../../../../clients/web/operator/forms/result-table.ts';
import { fullDocument } from '../../../lint/full-bus.ts';

const typed = (text: string) => ({ kind: 'typed', text }) as const;
const faultOf = (schema: JsonValue, text: string) => outcomeOf(fieldOf(schema), typed(text)).fault?.sentence ?? '';

test('every function of the bus has a form, and its own example fits it {web-operator}', () => {
  const { functions, events } = catalogueOf(JSON.parse(JSON.stringify(fullDocument())));
  assert.ok(functions.length > 150 && events.length > 30, `${functions.length} functions, ${events.length} events`);
  for (const { name, params, example, scope } of functions) {
    assert.match(scope, /^\w+:\w+$/, name);
    const drafts = Object.fromEntries(
      params.flatMap((param) => {
        const value = example[param.name];
        return value === undefined ? [] : [[param.name, draftOf(param.field, value)]];
      }),
    );
    assert.deepEqual(structOutcome(params, drafts), { value: example, fault: null }, name);
  }
});

test('secrets are known by their names, also inside of an object {web-operator}', () => {
  const { functions } = catalogueOf(JSON.parse(JSON.stringify(fullDocument())));
  const secretsOf = (name: string) => functions.find((each) => each.name === name)?.secrets ?? [];
  assert.deepEqual(secretsOf('webconference.changeRoomAdminpin'), ['adminPin', 'newAdminPin']);
  assert.ok(secretsOf('click_to_dial.dial').length > 0);
  assert.deepEqual(secretsOf('call.list'), []);
});

test('what was typed wrong is told with a sentence {web-operator}', () => {
  const port = { type: 'integer', minimum: 1, maximum: 65535 };
  assert.deepEqual(
    ['', 'x', '1.5', '0', '70000', '1e30', '5060'].map((text) => faultOf(port, text)),
    [
      'This is needed.',
      'This must be a number.',
      'This must be a whole number.',
      'At least 1.',
      'At most 65535.',
      'This is more than a browser can count exactly.',
      '',
    ],
  );
  const name = { type: 'string', minLength: 1, maxLength: 3, pattern: '^[a-z]+$' };
  assert.deepEqual(
    ['', 'abcd', 'A', 'abc'].map((text) => faultOf(name, text)),
    ['This is needed.', 'At most 3 characters.', 'This must match ^[a-z]+$.', ''],
  );
  assert.match(faultOf({ type: 'object' }, '[]'), /must be an object/);
  assert.match(faultOf({}, '{'), /not JSON/);
});

test('constants are one choice; alternatives of types are tried in their order {web-operator}', () => {
  const state = fieldOf({ anyOf: [{ const: 'new' }, { const: 'early' }] });
  assert.deepEqual(state, { kind: 'choice', options: ['new', 'early'] });
  const on = fieldOf({ anyOf: [{ type: 'boolean' }, { type: 'integer' }] });
  assert.deepEqual(outcomeOf(on, draftOf(on, 7)), { value: 7, fault: null });
  assert.deepEqual(outcomeOf(on, emptyDraft(on)), { value: false, fault: null });
  const orNull = fieldOf({ anyOf: [{ const: 'a' }, { type: 'null' }] });
  assert.deepEqual(outcomeOf(orNull, draftOf(orNull, null)), { value: null, fault: null });
});

test('a struct gives only what was asked for, and names the member at fault {web-operator}', () => {
  const field = fieldOf({
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string', minLength: 1 }, b: { type: 'array', items: { type: 'integer' } } },
  });
  assert.deepEqual(emptyDraft(field), { kind: 'struct', members: { a: typed('') } });
  const members = { a: typed('x'), b: { kind: 'list', items: [typed('1'), typed('two')] } } as const;
  assert.deepEqual(outcomeOf(field, { kind: 'struct', members }).fault, {
    where: ['b', '2'],
    sentence: 'This must be a number.',
  });
  assert.deepEqual(outcomeOf(field, { kind: 'struct', members: { a: typed('x') } }).value, { a: 'x' });
});

test('results are tables where they have the shape of one {web-operator}', () => {
  assert.deepEqual(resultTable([{ a: 1 }, { b: 'x' }]), {
    columns: ['a', 'b'],
    rows: [
      ['1', ''],
      ['', 'x'],
    ],
  });
  assert.deepEqual(resultTable({ a: [1], b: true }), {
    columns: ['Member', 'Value'],
    rows: [
      ['a', '[1]'],
      ['b', 'true'],
    ],
  });
  assert.deepEqual(resultTable([0, 'OK']), {
    columns: ['#', 'Value'],
    rows: [
      ['1', '0'],
      ['2', 'OK'],
    ],
  });
  assert.deepEqual(resultTable([[1, 2], [3]]), {
    columns: ['1', '2'],
    rows: [
      ['1', '2'],
      ['3', ''],
    ],
  });
  assert.deepEqual([resultTable(3), resultTable([]), resultTable({})], [null, null, null]);
});
