/** A server that is killed while it bills: no record of a confirmed call is lost or doubled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds } from './billing-crash.ts';

test('20 times kill -9 at random moments of a load: each confirmed call has one record, and the charges are its talk time {billing}', {
  timeout: 200_000,
}, async (context) => {
  const { confirmed, cut, records } = await crashRounds(20, 2026, 7);
  context.diagnostic(`${records} records, ${confirmed} of confirmed calls, ${cut} of calls that a kill cut`);
  assert.ok(confirmed > 100 && cut > 20);
});
