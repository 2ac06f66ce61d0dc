/** Two simulated phones without a server: what the test support stands on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillDefaults } from '../../../core/config/defaults.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import { type SipConfig, SipConfigSchema } from '../../../core/sip/index.ts';
import { Driver } from '../../support/driver.ts';
import { Phone } from '../../support/phone.ts';
import { tone } from '../../support/tones.ts';

async function twoPhones() {
  const simulation = createSimulation({ seed: 1 });
  const driver = new Driver(simulation.clock);
  const defaults = fillDefaults(SipConfigSchema, {}) as SipConfig;
  const sip: SipConfig = { ...defaults, listen: [], newCallsPerSecondPerSource: 0, serverHeader: '' };
  const make = (name: string, address: string): Promise<Phone> =>
    Phone.create({ ...simulation.host(address, { name }), sip, driver, server: '10.0.0.1', options: { name } });
  const alice = await make('alice', '10.0.1.1');
  const bob = await make('bob', '10.0.1.2');
  return { ...simulation, driver, alice, bob };
}

async function assertClean({ driver, clock, alice, bob }: Awaited<ReturnType<typeof twoPhones>>): Promise<void> {
  await driver.advance(40_000);
  assert.deepEqual([alice.sip.load.transactions, bob.sip.load.transactions], [0, 0]);
  await alice.close();
  await bob.close();
  await driver.advance(0);
  assert.deepEqual([...alice.host.openSockets(), ...bob.host.openSockets()], []);
  assert.deepEqual(clock.pendingDelaysMs(), []);
}

test('one phone calls the other, each hears what the other says, keys arrive once', async () => {
  const both = await twoPhones();
  const { alice, bob } = both;
  bob.answers(1000);
  await alice.call(bob.uri);
  assert.deepEqual(alice.current.provisional, [100, 180]);
  alice.says(tone(440));
  bob.says(tone(600));
  await Promise.all([alice.hears(tone(600)), bob.hears(tone(440), { without: [tone(600)] })]);
  await alice.press('12#');
  await both.driver.advance(100);
  const { keys, missing, largestGapMs } = bob.figures();
  assert.deepEqual({ keys, missing, largestGapMs }, { keys: '12#', missing: 0, largestGapMs: 20 });
  await alice.bye();
  await bob.current.isHungUp();
  assert.equal(bob.current.ending, 'they hung up');
  await assertClean(both);
});

test('hold stops the audio of the holding side, resume brings it back', async () => {
  const both = await twoPhones();
  const { alice, bob } = both;
  bob.answers();
  await alice.call(bob.uri);
  alice.says(tone(440));
  await bob.hears(tone(440));
  await alice.hold();
  assert.equal(bob.current.remoteSdp?.direction, 'sendonly');
  await alice.resume();
  await bob.hears(tone(440));
  await bob.bye();
  await alice.current.isHungUp();
  await assertClean(both);
});

test('a refusal and a cancel are seen on both sides', async () => {
  const both = await twoPhones();
  const { alice, bob } = both;
  bob.rejects(486);
  await assert.rejects(alice.call(bob.uri), /alice was refused: 486/);
  bob.onCall = (call) => call.ring();
  const call = await alice.dial(bob.uri);
  await bob.isCalled();
  await call.bye();
  await bob.current.isHungUp();
  assert.equal(bob.current.ending, 'cancelled');
  await assertClean(both);
});
