/** mod_subscription against a peer that serves a package (reference/dsm 5.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSipStack, type ServerSubscription, type SipStack } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { World } from '../support/world.ts';
import { dsmWorld, variableOf } from './dsm-world.ts';

const address = '10.0.1.7';

/** A machine that serves packages. */
function notifier(w: World): Promise<SipStack> {
  const listen = [{ transport: 'udp' as const, address, port: 5060 }];
  return w.clock.during(createSipStack(w.newHost(address).seams, { ...w.config.sip, listen }));
}

const body = (text: string) => ({ contentType: 'text/plain', content: Buffer.from(text) });

const script = (domain: string): string =>
  `import(mod_subscription); initial state A; state B; state end;
   transition "s" A - sessionStart / { set($r.domain=${domain}); set($r.user=300); set($r.from_user=200); subscription.create(r);
     set($missing=$errno); set($r.event=reg); set($r.accept=text/plain); set($r.expires=600); subscription.create(r); } -> B;
   transition "n" B - subscription / { append($seen, #status); append($seen, " "); set($last=#has_body); set($code=#code); } -> B;
   transition "1" B - key(#key==1) / subscription.refresh($r.handle, 300) -> B;
   transition "2" B - key(#key==2) / { subscription.remove($r.handle); subscription.refresh($r.handle); } -> B;
   transition "bye" B - hangup / stop(false) -> end;`;

test('a script subscribes, hears of every state, refreshes and leaves {dsm-modules}', async () => {
  const w = await dsmWorld({ s: script(address) });
  const peer = await notifier(w);
  peer.open();
  let served: ServerSubscription | null = null;
  let asked = 0;
  peer.notifier('reg', {
    onSubscribe(subscription) {
      served = subscription;
      asked++;
      subscription.accept({ body: body('one') });
    },
  });
  const call = await w.phone.call('x');
  await w.advance(500);
  assert.deepEqual([await variableOf(w, 'missing'), await variableOf(w, 'errno')], ['arg', '']);
  assert.deepEqual([await variableOf(w, 'seen'), await variableOf(w, 'last')], ['active ', 'true']);
  assert.equal(asked, 1);
  const serving = served as ServerSubscription | null;
  assert.equal(serving?.request.header('From')?.startsWith(`<sip:200@${address}>`), true);
  serving?.notify(body('two'));
  await w.advance(200);
  await call.press('1');
  await w.advance(500);
  assert.equal(serving?.expiresSeconds, 300);
  await call.press('2');
  await w.advance(1000);
  assert.equal(serving?.state, 'terminated');
  assert.equal(await variableOf(w, 'errno'), 'general');
  assert.match(await variableOf(w, 'seen'), /^active active .*terminated $/);
  await call.bye();
  await peer.close();
  await assertNothingLeft(w);
});

test('a refusal is the status failed; where the dial rules do not lead it is errno arg {dsm-modules}', async () => {
  const w = await dsmWorld({ s: script(address) });
  const peer = await notifier(w);
  peer.open();
  peer.notifier('reg', { onSubscribe: (subscription) => subscription.reject(403) });
  const call = await w.phone.call('x');
  await w.advance(500);
  assert.deepEqual([await variableOf(w, 'seen'), await variableOf(w, 'code')], ['failed ', '403']);
  await call.bye();
  await peer.close();
  await assertNothingLeft(w);

  const other = await dsmWorld({ s: script('198.51.100.9') });
  const second = await other.phone.call('x');
  await other.advance(200);
  assert.equal(await variableOf(other, 'errno'), 'arg');
  assert.match(await variableOf(other, 'strerror'), /dial\.allow/);
  await second.bye();
  await assertNothingLeft(other);
});
