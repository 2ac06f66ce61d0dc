/** Modules that are asked about coupled calls over the bus (di-interfaces 5.10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOf } from '../../core/call/call-control.ts';
import { Any, type DiValue, defineModule, rest, rowsFor, Type } from '../../core/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

/** A module that answers `actions` to start, and notes what it was asked. */
function controlModule(name: string, actions: DiValue, asked: DiValue[][]) {
  const { fn, defineFunctions } = rowsFor<null>();
  const row = (what: string) =>
    fn({
      summary: what,
      params: [rest('arguments', Any)],
      result: Any,
      scope: `${name}:control`,
      handler: (_context, ...args: DiValue[]) => {
        asked.push([`${name}.${what}`, ...args]);
        if (actions === 'throws') throw new Error('broken');
        return what === 'start' ? actions : null;
      },
    });
  return defineModule({
    name,
    summary: 'Call control of a test.',
    config: Type.Object({}, { default: {} }),
    functions: defineFunctions({ start: row('start'), connect: row('connect'), end: row('end') }),
    start: () => null,
  });
}

async function controlled(first: DiValue, second: DiValue = []) {
  const asked: DiValue[][] = [];
  const w = await world({
    modules: [controlModule('one', first, asked), controlModule('two', second, asked)],
    config: {
      modules: {
        one: {},
        two: {},
        b2bua: {
          target: '10.0.1.2:5060/udp',
          callControl: [
            { module: 'one', values: { uuid: '7' } },
            { module: 'two', section: 'limit' },
          ],
        },
      },
      routing: [{ application: 'b2bua', account: 'acme' }],
    },
  });
  const bob = await w.newPhone('bob');
  bob.answers(1000);
  return { w, bob, asked, names: () => asked.map(([name]) => name) };
}

test('{b2bua} call control is asked in order, told the answer and the end, and its timer ends the call', async () => {
  const { w, bob, asked, names } = await controlled([[2, 30]], ['skipped', [], [2, 5]]);
  await w.phone.call('bob');
  await w.phone.current.isHungUp({ limitMs: 5500 });
  assert.equal(bob.current.state, 'ended');
  await w.advance(100);
  assert.deepEqual(names(), ['one.start', 'two.start', 'one.connect', 'two.connect', 'one.end', 'two.end']);
  const [, section, tag, call, invite, times, values, timer] = asked[0] ?? [];
  assert.deepEqual([section, values, timer], ['one', { uuid: '7' }, 10]);
  assert.equal((call as { account: string }).account, 'acme');
  assert.equal((invite as { uri: string }).uri, 'sip:bob@10.0.0.1');
  assert.deepEqual((times as number[]).slice(2), [0, 0, 0, 0]);
  const [, , ofConnect, , , connectTimes, other] = asked[2] ?? [];
  assert.equal(ofConnect, tag);
  assert.ok(Array.isArray(connectTimes) && Number(connectTimes[2]) > 0);
  assert.ok(typeof other === 'string' && other !== '');
  await assertNothingLeft(w);
});

test('{b2bua} a refusal of call control goes to the caller with its headers, and those before are told the end', async () => {
  const { w, bob, names } = await controlled([], [[1, 402, 'No Credit', ['Retry-After: 60']]]);
  const call = await w.phone.dial('bob');
  assert.equal(await call.isRefused(), 402);
  assert.equal(call.refusal?.header('Retry-After'), '60');
  assert.equal(bob.calls.length, 0);
  assert.deepEqual(names(), ['one.start', 'two.start', 'one.end']);
  await assertNothingLeft(w);
});

test('{b2bua} call control that fails is 500', async () => {
  const { w, bob } = await controlled('throws');
  assert.equal(await (await w.phone.dial('bob')).isRefused(), 500);
  assert.equal(bob.calls.length, 0);
  await assertNothingLeft(w);
});

test('{b2bua} a caller who gives up before the answer is told to call control', async () => {
  const { w, names } = await controlled([]);
  await w.phone.dial('bob');
  await w.advance(500);
  await w.phone.bye();
  await w.advance(1000);
  assert.deepEqual(names(), ['one.start', 'two.start', 'one.end', 'two.end']);
  await assertNothingLeft(w);
});

test('{b2bua} actions are checked: what is no list is skipped, what is unknown is a fault', () => {
  assert.deepEqual(verdictOf(null), { kind: 'go', maxCallMs: 0 });
  assert.deepEqual(verdictOf([[], 'x', [2, 1.5]]), { kind: 'go', maxCallMs: 1500 });
  assert.equal(verdictOf([[0]]).kind, 'refuse');
  for (const bad of [[[9]], [[2, 0]], [[2, 'x']], [[1, 200, 'OK']], [[1, 486, 'Busy', ['a\r\nb: c']]]])
    assert.throws(() => verdictOf(bad), { code: 'rpc.wrongType' }, JSON.stringify(bad));
});
