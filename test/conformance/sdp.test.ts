import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp, printSdp } from '../../core/sdp/index.ts';
import { names, skipWithout, text } from './sip-data.ts';

const skip = skipWithout('sdp');
if (skip !== false) test('session descriptions of others {sdp}', { skip }, () => {});

/** Lines in one order: their order within a section is not ours. */
const sorted = (source: string) =>
  source
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .sort();

for (const name of names('sdp', '.sdp')) {
  test(`${name} is read and printed without loss {sdp}`, () => {
    const source = text('sdp', name);
    const description = parseSdp(source);
    const printed = printSdp(description);
    assert.deepEqual(parseSdp(printed), description);
    const expected = source.replace(/^s=\s*$/m, 's=-').replace(/^(s=.*?)(\r?\n)(?![\s\S]*^t=)/m, '$1$2t=0 0$2');
    assert.deepEqual(sorted(printed), sorted(expected));
  });
}
