/**
 * A long conference of three in seconds of real time, the same to the byte whenever it is run, and repeated from its
 * journal without the callers. Two hours of it: test/soak.
 */
import { test } from 'node:test';
import { conferenceTwice } from './conference-twice.ts';

test('half an hour of a conference of three: twice the same, and once more from its journal {simulated-time}', async () => {
  await conferenceTwice(30);
});
