/**
 * Twelve simulated hours of six phones that call, press, hold, hang up and vanish at random over a
 * link that loses and reorders packets. Afterwards nothing is left over and every call that started
 * has ended exactly once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimRandom } from '../../core/runtime/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

const hours = 12;
const targets = ['echo', 'conference', '501', '502', 'welcome', 'webconference', 'nobody'];
const verbs = ['bye', 'bye', 'hold', 'resume', 'press', 'pressByInfo', 'wait', 'wait'] as const;

test(`${hours} hours of random calls over a bad link leave nothing behind`, async (context) => {
  const seed = 2026;
  const random = new SimRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)] as T;
  const day = await world({
    seed,
    phone: null,
    impairments: { latencyMs: 30, jitterMs: 15, loss: 0.02, reorder: 0.01 },
  });
  const phones: Phone[] = [];
  for (const name of ['ann', 'bob', 'cleo', 'dora', 'emil', 'fay']) phones.push(await day.newPhone(name));
  const started = new Set<unknown>();
  const ended = new Map<unknown, number>();
  day.server.bus.subscribe('call.*', ['*:*'], ({ name, payload }) => {
    if (name === 'call.started') started.add(payload['call']);
    if (name === 'call.ended') ended.set(payload['call'], (ended.get(payload['call']) ?? 0) + 1);
  });

  for (let hour = 0; hour < hours; hour++) {
    const untilMs = day.clock.nowMs() + 3_600_000;
    while (day.clock.nowMs() < untilMs) {
      await act(pick(phones)).catch((fault: unknown) => {
        // A refusal (404) or a hang-up that crossed the act is part of a day; a test fault is not.
        assert.ok(fault instanceof Error && /refused|ended|not |no call/i.test(fault.message), String(fault));
      });
      await day.advance(1000 + random.integer(20_000));
    }
    context.diagnostic(`hour ${hour + 1}: ${started.size} calls`);
  }

  async function act(phone: Phone): Promise<void> {
    const live = isLive(phone);
    if (!live) {
      const call = await phone.dial(pick(targets));
      call.says(tone(300 + random.integer(2000)));
      return;
    }
    switch (pick(verbs)) {
      case 'bye':
        return phone.bye();
      case 'hold':
        return phone.hold();
      case 'resume':
        return phone.resume();
      case 'press':
        return phone.press(String(random.integer(1000)));
      case 'pressByInfo':
        return phone.pressByInfo('12#');
      case 'wait':
        return;
    }
  }

  for (const phone of phones) if (isLive(phone)) await phone.bye().catch(() => {});
  await day.advance(600_000);
  assert.ok(started.size > hours * 50, `only ${started.size} calls`);
  assert.deepEqual(
    [...started].filter((call) => ended.get(call) !== 1),
    [],
  );
  await assertNothingLeft(day);
});

function isLive(phone: Phone): boolean {
  try {
    return phone.current.state === 'talking';
  } catch {
    return false;
  }
}
