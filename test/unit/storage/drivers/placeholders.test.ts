import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberedPlaceholders } from '../../../../core/storage/drivers/placeholders.ts';

for (const [sql, numbered] of [
  ['SELECT ?, ?', 'SELECT $1, $2'],
  ["SELECT 'a?', ?, 'it''s ?'", "SELECT 'a?', $1, 'it''s ?'"],
  ['SELECT "od?d", ?', 'SELECT "od?d", $1'],
  ['SELECT ? -- really?\n, ?', 'SELECT $1 -- really?\n, $2'],
  ['SELECT /* ? */ ?', 'SELECT /* ? */ $1'],
  ['SELECT $$ ? $$, $tag$ ? $tag$, ?', 'SELECT $$ ? $$, $tag$ ? $tag$, $1'],
  ["SELECT 'open ?", "SELECT 'open $1"],
] as const) {
  test(`${JSON.stringify(sql)} for PostgreSQL {sql-servers}`, () => {
    assert.equal(numberedPlaceholders(sql), numbered);
  });
}

test('a long statement of quotes is read in one go {sql-servers}', () => {
  const quotes = "'".repeat(200_001);
  assert.equal(numberedPlaceholders(`${quotes}?`).length > 200_000, true);
});
