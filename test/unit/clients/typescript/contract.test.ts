import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'node:test';
import { packageFile } from '../../../../core/runtime/index.ts';
import { generatedFiles } from '../../../lint/contract.ts';

for (const { path, text } of generatedFiles()) {
  test(`${relative(packageFile('.'), path)} is what the rows say {typescript-client} {generated-clients}`, () => {
    const isCurrent = readFileSync(path, 'utf8') === text;
    assert.ok(isCurrent, 'the rows changed: npx tsx test/lint/contract.ts --write');
  });
}
