/** The 20 kills of test/live, ten times over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds } from '../live/billing-crash.ts';

test('200 times kill -9 at random moments of a load: each confirmed call has one record, and the charges are its talk time', {
  timeout: 1_700_000,
}, async (context) => {
  const { confirmed, cut, records } = await crashRounds(200, 4711, 2);
  context.diagnostic(`${records} records, ${confirmed} of confirmed calls, ${cut} of calls that a kill cut`);
  assert.ok(confirmed > 1000 && cut > 200);
});
