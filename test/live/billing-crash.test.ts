/** A server that is killed while it bills: no record of a confirmed call is lost or doubled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CrashReport, crashRounds } from './billing-crash.ts';

test('20 times kill -9 at random moments of a load: each confirmed call has one record, and the charges are its talk time {billing}', {
  timeout: 800_000,
}, async (context) => {
  // Two machines side by side: mostly they wait, for a start or for the moment of a kill.
  const reports = await Promise.all([crashRounds(10, 2026, 6, 44_000), crashRounds(10, 4052, 6, 44_400)]);
  const sum = (member: keyof CrashReport): number => reports.reduce((total, report) => total + report[member], 0);
  const [confirmed, cut, records] = [sum('confirmed'), sum('cut'), sum('records')];
  context.diagnostic(`${records} records, ${confirmed} of confirmed calls, ${cut} of calls that a kill cut`);
  assert.ok(confirmed > 100 && cut > 20);
});
