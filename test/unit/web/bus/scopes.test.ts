import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeCovers } from '../../../../clients/web/bus/scopes.ts';

const cases: readonly [granted: readonly string[], needed: string, covers: boolean][] = [
  [[], 'calls:read', false],
  [['*:*'], 'server:admin', true],
  [['*:read'], 'calls:read', true],
  [['*:read'], 'calls:control', false],
  [['webconference:*'], 'webconference:control', true],
  [['webconference:*'], 'calls:control', false],
  [['webconference:read', 'calls:control'], 'calls:control', true],
  [['webconference:read', 'calls:control'], 'webconference:control', false],
];
for (const [granted, needed, covers] of cases) {
  test(`${granted.join(', ') || 'nothing'} ${covers ? 'covers' : 'does not cover'} ${needed} {web-sign-in}`, () => {
    assert.equal(scopeCovers(granted, needed), covers);
  });
}
