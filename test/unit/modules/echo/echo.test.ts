import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echo } from '../../../../di-modules/echo/index.ts';
import { makeModule } from '../make-module.ts';

test('{echo} answers, sends back, and cycles the playout by the key * {playout}', async () => {
  const { answered, stream, clock, engine, media } = await makeModule(echo);
  const dialog = await answered('sip:600@192.0.2.1');
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['echo'],
  );
  const chosen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    stream().press('*');
    await clock.advance(500);
    chosen.push(stream().playout.type ?? 'as configured');
  }
  assert.deepEqual(chosen, ['fixed', 'simple', 'as configured']);
  dialog.bye();
  await clock.advance(1000);
  assert.deepEqual([engine.calls().length, media.open.length], [0, 0]);
});

test('{echo} with enable_session_timer its calls have a timer of their own {session-timer}', async () => {
  const { answered } = await makeModule(echo, { enable_session_timer: true, session_expires: 300 });
  const dialog = await answered('sip:echo@192.0.2.1');
  assert.deepEqual(
    dialog.timerOptions.map((option) => typeof option === 'object' && [option.mode, option.expiresSeconds]),
    [['always', 300]],
  );
});
