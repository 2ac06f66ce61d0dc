/** The bus describes itself whole: nobody should need the source to call a function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FunctionRow, methodHelp, methodSignature } from '../../../core/di/index.ts';
import { fullBus } from '../../lint/full-bus.ts';
import { makeBus } from './make-bus.ts';

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

test('every function has an example that its own schemas take, and no more arguments than there are {generated-clients}', async () => {
  const faults: string[] = [];
  for (const { module, name, row } of functions) {
    const full = `${module}.${name}`;
    const examples = row.examples ?? [];
    if (examples.length === 0) faults.push(`${full}: no example`);
    const lists = [row.params, ...(row.overloads ?? [])];
    const most = lists.flat().some(({ kind }) => kind === 'rest')
      ? 100
      : Math.max(...lists.map(({ length }) => length));
    for (const example of examples) {
      if (example.params.length > most) faults.push(`${full}: ${example.params.length} arguments, at most ${most}`);
      const fault = await misfitOf(module, name, row, example);
      if (fault !== null) faults.push(`${full}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
});

type Example = NonNullable<FunctionRow['examples']>[number];

/** Calls the function with the example, on a bus that checks results too; what it answers is the example's result. */
async function misfitOf(module: string, name: string, row: FunctionRow, example: Example): Promise<string | null> {
  const { bus, context, lines } = makeBus();
  const answering: FunctionRow = { ...row, aliases: [], handler: () => example.result };
  bus.register(module, { [name]: answering }, undefined as never);
  try {
    const given = await bus.invoke(module, name, example.params, context());
    return (given === null) === (example.result === null) ? null : 'answers nothing, the example something';
  } catch (fault) {
    return [fault, ...lines.map(({ fields }) => JSON.stringify(fields))].join(' ');
  }
}

function describedBy(schema: object): string {
  return 'description' in schema ? String(schema.description) : '';
}
