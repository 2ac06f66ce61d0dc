import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contractFile, currentContract } from '../../../lint/contract.ts';

test('the contract is that of the modules as they are {typescript-client}', () => {
  const isCurrent = readFileSync(contractFile, 'utf8') === currentContract();
  assert.ok(isCurrent, 'the rows changed: npx tsx test/lint/contract.ts --write');
});
