import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOf, dialoutPinsOf } from '../../../../di-modules/di_dial/dialout-pins.ts';
import { diDial } from '../../../../di-modules/di_dial/index.ts';
import { answering } from '../../call/make-engine.ts';
import { makeModule, refusal } from '../make-module.ts';

const dialled = { ...answering('dialled'), originate: () => {} };
const make = (config: Record<string, unknown> = {}, options: Record<string, unknown> = {}) =>
  makeModule(diDial, config, { applications: [dialled], ...options });

test('{di-dial} dial gives the call tag, which monitoring knows the call by', async () => {
  const { invoke, sip, engine } = await make();
  const [tag] = (await invoke('dial', 'dialled', '500', 'sip:us@192.0.2.1', 'sip:bob@10.0.0.9')) as string[];
  assert.ok(tag !== undefined && tag.length >= 24);
  const call = engine.find(tag);
  assert.equal(call?.user, '500');
  assert.equal(sip.invited[0]?.options.requestUri, 'sip:bob@10.0.0.9');
});

test('{di-dial} parameters reach the application', async () => {
  const { invoke, engine } = await make();
  const [tag = ''] = (await invoke('dial', 'dialled', 'u', 'sip:us@a', 'sip:b@10.0.0.9', { x: '1' })) as string[];
  assert.deepEqual(engine.find(tag)?.parameters, { x: '1' });
});

test('{di-dial} an unknown application, a limit or shutdown give the text <failed>', async () => {
  const { invoke, engine } = await make();
  assert.deepEqual(await invoke('dial', 'nothing', 'u', 'sip:us@a', 'sip:b@10.0.0.9'), ['<failed>']);
  assert.deepEqual(await invoke('dial_auth', 'nothing', 'u', 'sip:us@a', 'sip:b@10.0.0.9', 'r', 'a', 'p'), [
    '<failed>\n',
  ]);
  engine.shutdownMode = true;
  assert.deepEqual(await invoke('dial', 'dialled', 'u', 'sip:us@a', 'sip:b@10.0.0.9'), ['<failed>']);
});

test('{di-dial} a destination that the rules forbid is a fault that names the key', async () => {
  const { invoke } = await make();
  await assert.rejects(invoke('dial', 'dialled', 'u', 'sip:us@a', 'sip:b@198.51.100.1'), /dial\.(allow|gateways)/);
});

test('{di-dial} dial_auth and dial_auth_b2b carry credentials', async () => {
  const { invoke, sip, engine } = await make();
  await invoke('dial_auth', 'dialled', 'u', 'sip:us@a', 'sip:b@10.0.0.9', 'realm', 'user', 'pw');
  assert.deepEqual(sip.invited[0]?.options.credentials, { realm: 'realm', user: 'user', password: 'pw' });
  const [tag = ''] = (await invoke(
    'dial_auth_b2b',
    'dialled',
    'ann',
    'sip:us@a',
    'sip:b@10.0.0.9',
    'sip:caller@10.0.0.9',
    'sip:callee@10.0.0.8',
    'realm',
    'user',
    'pw',
  )) as string[];
  assert.equal(sip.invited[1]?.options.requestUri, 'sip:caller@10.0.0.9');
  assert.equal(engine.find(tag)?.user, 'ann');
  assert.deepEqual(engine.find(tag)?.parameters, ['realm', 'user', 'pw', 'sip:callee@10.0.0.8']);
});

test('{di-dial} dial_pin takes the account of the PIN; guessing is locked out', async () => {
  const { invoke, sip, clock } = await make({
    dialout_pins: [{ pin: '11', realm: '10.0.0.9', auth_user: 'a1', password: 'p1' }],
    dialout_pin0: '22;unused;10.0.0.8;a2;p2',
    pin_failures: 3,
  });
  await invoke('dial_pin', 'dialled', '22', 'local', 'bob');
  assert.equal(sip.invited[0]?.options.requestUri, 'sip:bob@10.0.0.8');
  assert.match(sip.invited[0]?.options.from ?? '', /sip:a2@10\.0\.0\.8/);
  for (let i = 0; i < 3; i++)
    assert.deepEqual(await invoke('dial_pin', 'dialled', '33', 'local', 'bob'), ['incorrect dialout pin.\n']);
  assert.equal(await refusal(invoke('dial_pin', 'dialled', '11', 'local', 'bob')), 'rpc.tooManyRequests');
  await clock.advance(60_000);
  assert.equal(((await invoke('dial_pin', 'dialled', '11', 'local', 'bob')) as string[])[0]?.length, 24);
});

test('{di-dial} arguments are checked: types, number, line breaks', async () => {
  const { invoke } = await make();
  assert.equal(await refusal(invoke('dial', 'dialled', 'u', 'sip:us@a')), 'rpc.tooFewArguments');
  assert.equal(await refusal(invoke('dial', 'dialled', 5, 'sip:us@a', 'sip:b@10.0.0.9')), 'rpc.wrongType');
  assert.equal(await refusal(invoke('dial', 'dialled', 'u', 'sip:us@a\r\nX: y', 'sip:b@10.0.0.9')), 'rpc.wrongType');
});

test('{di-dial} help gives four lines', async () => {
  const { invoke } = await make();
  assert.equal(((await invoke('help')) as string[]).length, 4);
});

test('malformed dial-out PINs are refused, numbers give the order', () => {
  const pins = dialoutPinsOf({ dialout_pins: [], dialout_pin10: 'b;u;r;a;p', dialout_pin2: 'a;u;r;a;p;' });
  assert.deepEqual(
    pins.map(({ pin }) => pin),
    ['a', 'b'],
  );
  assert.throws(() => dialoutPinsOf({ dialout_pins: [], dialout_pin0: 'a;b' }), /dialout_pin0/);
  assert.equal(accountOf(pins, 'b'), pins[1]);
  assert.equal(accountOf(pins, ''), null);
});
