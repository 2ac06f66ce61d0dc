import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeCovers } from '../../../../clients/web/bus/scopes.ts';
import { scopeCovers as serverCovers } from '../../../../core/di/index.ts';

const granted = [[], ['*:*'], ['*:read'], ['webconference:*'], ['webconference:read', 'calls:control']];
const needed = ['webconference:read', 'webconference:control', 'calls:read', 'calls:control', 'server:admin'];

test('the page counts scopes as the server does {web-sign-in}', () => {
  for (const scopes of granted)
    for (const scope of needed)
      assert.equal(scopeCovers(scopes, scope), serverCovers(scopes, scope), `${scopes.join()} for ${scope}`);
});
