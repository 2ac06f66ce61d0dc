import { test } from 'node:test';
import { BrowserAgent } from '../support/browser-agent.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const place = '10.0.2.1';

function browserWorld(
  config: { readonly [key: string]: unknown } = {},
  phone: null | undefined = null,
): Promise<World> {
  return world({ config, ...(phone === null ? { phone } : {}) });
}

test('a page calls the echo and hears itself {webrtc}', async () => {
  const room = await browserWorld();
  const page = new BrowserAgent(room, place);
  const call = await page.call('echo');
  call.says(tone(440));
  await call.hears(tone(440));
  await call.bye();
  page.close();
  await assertNothingLeft(room);
});
