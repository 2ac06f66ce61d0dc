/** The half hour of test/flows, four times as long. */
import { test } from 'node:test';
import { conferenceTwice } from '../flows/conference-twice.ts';

test('two hours of a conference of three: twice the same, and once more from its journal', async () => {
  await conferenceTwice(120);
});
