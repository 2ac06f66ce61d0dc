import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { packageFile, packageRoot } from '../../../core/runtime/index.ts';

test("files that come with Callbus are found from the package's root", () => {
  assert.ok(existsSync(packageFile('package.json')));
  assert.ok(packageFile('core/runtime').startsWith(packageRoot()));
});
