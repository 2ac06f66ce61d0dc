/** The bus describes itself whole: nobody should need the source to call a function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methodHelp, methodSignature } from '../../../core/di/index.ts';
import { fullBus } from '../../lint/full-bus.ts';

const bus = fullBus();
const functions = bus.functions().filter(({ row, aliasOf }) => row.exported !== false && aliasOf === null);

test('every function has a summary, and every argument says what it is {generated-clients}', () => {
  const missing = functions.flatMap(({ module, name, row }) => {
    const parameters = [row.params, ...(row.overloads ?? [])].flat();
    const silent = parameters.filter(({ summary, schema }) => (summary ?? describedBy(schema)).trim() === '');
    return [
      ...(row.summary.length < 5 ? [`${module}.${name}: summary`] : []),
      ...silent.map((parameter) => `${module}.${name}: ${parameter.name}`),
    ];
  });
  assert.deepEqual(missing, []);
});

test('every event has a summary, a scope and a payload {generated-clients}', () => {
  for (const [name, { summary, scope, payload }] of bus.events()) {
    assert.ok(summary.length > 5 && /:\w+$/.test(scope), name);
    assert.equal('type' in payload ? payload.type : 'object', 'object', name);
  }
});

test('XML-RPC introspection answers for every function {generated-clients}', () => {
  for (const registered of functions) {
    const name = `${registered.module}.${registered.name}`;
    const signatures = methodSignature(registered);
    assert.ok(signatures.length > 0 && signatures.every((signature) => signature.every((type) => type !== '')), name);
    const help = methodHelp(registered);
    for (const { name: parameter } of registered.row.params)
      assert.ok(help.includes(`  ${parameter}`), `${name}: ${parameter}`);
    assert.match(help, /\nScope: \w+:(read|control|admin)/, name);
  }
});

test('examples fit what they are examples of: no more arguments than there are {generated-clients}', () => {
  for (const { module, name, row } of functions) {
    const hasRest = row.params.some(({ kind }) => kind === 'rest');
    for (const { params } of row.examples ?? []) {
      const most = Math.max(row.params.length, ...(row.overloads ?? []).map((list) => list.length));
      assert.ok(hasRest || params.length <= most, `${module}.${name}`);
    }
  }
});

function describedBy(schema: object): string {
  return 'description' in schema ? String(schema.description) : '';
}
