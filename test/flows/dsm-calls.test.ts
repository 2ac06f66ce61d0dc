/** Whole calls whose service is a script (reference/dsm 8.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { dsmWorld, placeOf, variableOf } from './dsm-world.ts';

test('8.4 item 96: an invite that nobody handles is answered 200 {dsm-calls}', async () => {
  for (const enter of ['', 'enter { set($connect_session=0); }']) {
    const w = await dsmWorld({ plain: `initial state A ${enter}; transition "bye" A - hangup / stop(false) -> A;` });
    const call = await w.phone.call('x');
    assert.equal(call.status, 200);
    assert.equal(await placeOf(w), 'plain/A');
    await call.bye();
    await assertNothingLeft(w);
  }
});
