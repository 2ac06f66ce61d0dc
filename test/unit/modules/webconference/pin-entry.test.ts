import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type PinAction,
  type PinRules,
  pinKey,
  splitRoom,
  startOfPinEntry,
} from '../../../../di-modules/webconference/pin-entry.ts';

const rules: PinRules = { starFinishes: true, maxFailures: 0, accepts: (digits) => digits === '42' };

/** Types `keys`; gives the state at the end and all actions. */
function type(keys: string, changed: Partial<PinRules> = {}) {
  let state = startOfPinEntry;
  const actions: PinAction[] = [];
  for (const key of keys) {
    const step = pinKey(state, key, { ...rules, ...changed });
    state = step.state;
    actions.push(...step.actions);
  }
  return { ...state, actions };
}

test('digits are collected, each stops the prompt', () => {
  assert.deepEqual(type('42'), { phase: 'entering', digits: '42', failures: 0, actions: ['flush', 'flush'] });
});

test('hash or star ends the entry: the number is told, then the room entered', () => {
  for (const end of ['#', '*']) {
    const { phase, actions } = type(`42${end}`);
    assert.equal(phase, 'admitted');
    assert.deepEqual(actions.slice(2), ['flush', 'tellDigits', 'sayEntering', 'enter']);
  }
});

test('star is ignored where it does not finish', () => {
  assert.deepEqual(type('4*2', { starFinishes: false }).digits, '42');
});

test('an empty entry says so and goes on', () => {
  assert.deepEqual(type('#'), { phase: 'entering', digits: '', failures: 0, actions: ['sayWrongPin'] });
});

test('a wrong number is cleared, without end when there is no limit', () => {
  const { phase, digits, failures } = type('1#'.repeat(50));
  assert.deepEqual({ phase, digits, failures }, { phase: 'entering', digits: '', failures: 50 });
});

test('the last allowed wrong number ends the call', () => {
  const { phase, actions } = type('1#2#3#', { maxFailures: 3 });
  assert.equal(phase, 'over');
  assert.deepEqual(actions.slice(-3), ['flush', 'sayWrongPinBye', 'hangUp']);
});

test('keys after the end, letters and digits past 32 do nothing', () => {
  assert.deepEqual(type('42#99#').digits, '42');
  assert.equal(type('A'.repeat(3)).digits, '');
  assert.equal(type('1'.repeat(50)).digits.length, 32);
});

test('a split number has a room and a participant id, and must be longer than the room', () => {
  assert.deepEqual(splitRoom('123456', 4), { room: '1234', participantId: '56' });
  assert.equal(splitRoom('1234', 4), null);
  assert.deepEqual(splitRoom('1234', 0), { room: '1234', participantId: '' });
});
