/** The examples of the JSON-RPC 2.0 specification, pair by pair. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { offline, withRpc } from '../unit/rpc/world.ts';

const file = join(process.env['CALLBUS_CONFORMANCE'] ?? '', 'jsonrpc/spec-examples.jsonl');
const found = process.env['CALLBUS_CONFORMANCE'] !== undefined && existsSync(file);
const skip = found ? false : 'no conformance data (CALLBUS_CONFORMANCE)';
const pairs = found
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  : [];

if (!found) test('the examples of the JSON-RPC specification {json-rpc}', { skip });

pairs.forEach((line, at) => {
  const { name, send, expect } = JSON.parse(line);
  test(`JSON-RPC specification, example ${at + 1}: ${name} {json-rpc}`, () =>
    withRpc(offline, async ({ rpc }) => {
      const answer = await rpc.dispatchJson(send);
      assert.deepEqual(answer === null ? null : withoutData(JSON.parse(answer)), expect);
    }));
});

/** Our errors carry `data`, which the specification leaves to the server. */
function withoutData(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value) => (key === 'data' ? undefined : value)));
}
