import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { typeOf, typesFromOpenRpc } from '../../../../clients/typescript/index.ts';
import {
  Any,
  arg,
  Bool,
  createBus,
  Int,
  openRpcDocument,
  opt,
  rest,
  rowsFor,
  Struct,
  Text,
  Void,
} from '../../../../core/di/index.ts';
import { Counters, SimClock, SimRandom, silentLog } from '../../../../core/runtime/index.ts';

test('the contract has optional, repeated and alternative arguments, results and events {typescript-client}', () => {
  const bus = createBus({ clock: new SimClock(), log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  const { fn, defineFunctions } = rowsFor<null>();
  const rows = defineFunctions({
    add: fn({
      summary: 'Adds */ it.',
      params: [arg('id', Text), opt('count', Int)],
      overloads: [[arg('id', Text), arg('at', Bool)]],
      result: Type.Array(Any),
      scope: 'm:read',
      deprecated: 'use put',
      handler: () => [],
    }),
    log: fn({
      summary: 'Logs.',
      params: [arg('id', Text), rest('values', Struct)],
      result: Void,
      scope: 'm:read',
      handler: () => null,
    }),
  });
  bus.register('m', rows, null);
  const text = typesFromOpenRpc(openRpcDocument(bus, { title: 't', version: '1' }));
  assert.ok(
    text.includes(
      '/** Adds * / it. @deprecated use put */\n  readonly "m.add": (...args: [id: string, count?: number] | [id: string, at: boolean]) => readonly JsonValue[];',
    ),
    text,
  );
  assert.ok(
    text.includes('readonly "m.log": (...args: [id: string, ...values: readonly JsonObject[]]) => null;'),
    text,
  );
  assert.match(
    text,
    /readonly "dtmf": \{ readonly "call": string; .*readonly "source": "rtp" \| "inband" \| "info" \};/,
  );
});

test('schemas become types', () => {
  assert.equal(typeOf(Type.Tuple([Type.Integer(), Type.String()])), 'readonly [number, string]');
  assert.equal(typeOf(Type.Array(Type.Union([Type.String(), Type.Null()]))), 'readonly (string | null)[]');
  assert.equal(typeOf(Type.Record(Type.String(), Type.Integer())), '{ readonly [member: string]: number }');
  assert.equal(typeOf(Type.Object({ a: Type.Optional(Type.Boolean()) })), '{ readonly "a"?: boolean }');
  assert.equal(typeOf({}), 'JsonValue');
});
