/** SEMS's click-to-dial: dial_auth_b2b calls one party, speaks to it, and connects it with the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeWav } from '../../core/media/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const sine = (hz: number, ms: number): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, i) => 12_000 * Math.sin((2 * Math.PI * hz * i) / 8000));
const wav = (hz: number): Uint8Array => encodeWav({ sampleRateHz: 8000, samples: sine(hz, 600) });

interface Stage {
  readonly w: World;
  readonly alice: Phone;
  readonly bob: Phone;
  /** Gives what dial_auth_b2b gives. */
  dial(callee?: string, announcement?: string): Promise<string>;
}

async function stage(config: object = {}): Promise<Stage> {
  const w = await world({
    files: { '/sounds/default.wav': wav(300), '/sounds/shop.wav': wav(700) },
    config: { modules: { di_dial: {}, click2dial: { announce_path: '/sounds/', ...config } } },
  });
  const alice = w.phone;
  const bob = await w.newPhone('bob', {});
  return {
    w,
    alice,
    bob,
    async dial(callee = bob.uri, announcement = 'shop') {
      const parties = ['sip:shop@example.org', 'sip:alice@example.org', alice.uri, callee];
      const [tag] = (await w.invoke(
        'di_dial.dial_auth_b2b',
        'click2dial',
        announcement,
        ...parties,
        'r',
        'u',
        'p',
      )) as [string];
      return tag;
    },
  };
}

test('{di-dial} click2dial: the caller hears its announcement, then both hear each other; either ends both', async () => {
  const { w, alice, bob, dial } = await stage();
  alice.answers();
  bob.answers(1000);
  const tag = await dial();
  assert.match(tag, /^[0-9a-f]{24}$/);
  await w.until(() => alice.calls.at(-1)?.state === 'talking');
  await alice.hears(tone(700));
  assert.equal(bob.calls.length, 0, 'nobody is called before the caller has heard the announcement');
  await w.until(() => bob.calls.at(-1)?.state === 'talking');
  assert.equal(bob.current.dialog.from.uriText, 'sip:shop@example.org', 'From and To are those of the caller');
  alice.says(tone(440));
  bob.says(tone(1000));
  await bob.hears(tone(440));
  await alice.hears(tone(1000));
  await alice.bye();
  await bob.current.isHungUp();
  await assertNothingLeft(w);
});

test('{di-dial} click2dial: without an announcement of that name the default is heard; a callee that refuses ends the caller', async () => {
  const { w, alice, bob, dial } = await stage();
  alice.answers();
  bob.rejects(486);
  await dial(bob.uri, 'unknown');
  await w.until(() => alice.calls.at(-1)?.state === 'talking');
  await alice.hears(tone(300));
  await alice.current.isHungUp();
  await assertNothingLeft(w);
});

test('{di-dial} click2dial: a caller that hangs up while the callee rings ends it', async () => {
  const { w, alice, bob, dial } = await stage();
  alice.answers();
  bob.onCall = (call) => call.ring();
  await dial();
  await w.until(() => bob.calls.length === 1);
  await w.advance(200);
  await alice.bye();
  await w.until(() => bob.current.ending === 'cancelled');
  await assertNothingLeft(w);
});

test('{di-dial} click2dial: a callee that may not be dialled ends the caller; without the four values nobody is rung on', async () => {
  const { w, alice, dial } = await stage();
  alice.answers();
  await dial('sip:eve@203.0.113.7');
  await w.until(() => alice.calls.at(-1)?.ending !== undefined, 20_000);
  await w.invoke('di_dial.dial', 'click2dial', 'shop', 'sip:a@example.org', alice.uri);
  await w.until(() => w.server.calls.calls().length === 0, 20_000);
  await assertNothingLeft(w);
});

test('{di-dial} click2dial: an incoming call is refused', async () => {
  const w = await world({
    files: { '/sounds/default.wav': wav(300) },
    config: { routing: [{ application: 'click2dial' }], modules: { click2dial: { announce_path: '/sounds' } } },
  });
  const call = await w.phone.call('sip:x@10.0.0.1').catch((fault: unknown) => String(fault));
  assert.match(JSON.stringify(call), /606/);
  await w.stop();
});
