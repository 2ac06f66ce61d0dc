import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printConfig } from '../../../core/config/index.ts';
import { load, wholeSchema } from './whole-schema.ts';

test('the printed configuration loads again to the same one {configuration}', () => {
  const texts = [
    '',
    'rpc: { listen: null }\nmodules: { phone: {}, echo: {} }\ndial: { gateways: { "a b": "x:1" } }',
    'sip: { listen: [{ transport: tcp, advertised: "h:1" }] }\nstorage: { path: "true" }\ncalls: { mapping: ["^1=>echo", "# x"] }',
    'rpc: { users: [{ name: a, hash: "scrypt:x", limits: { webconference: ["4711"] } }] }',
  ];
  for (const text of texts) {
    const config = load(text);
    assert.deepEqual(load(printConfig(wholeSchema, config)), config, text);
  }
});

test('modules are printed in the order of the configuration', () => {
  const config = load('modules: { phone: {}, echo: {} }');
  assert.deepEqual(Object.keys(load(printConfig(wholeSchema, config)).modules), ['phone', 'echo']);
});

test('every key has its meaning, what it accepts and its default as a comment', () => {
  const text = printConfig(wholeSchema, load());
  assert.match(
    text,
    / {2}# Timer T1 \(RFC 3261 17\), ms\. \(an integer of at least 50; default 500\)\n {2}t1Ms: 500\n/,
  );
  assert.match(text, /\ndrainMs: 30000\n/);
  assert.match(text, / {2}# phone:\n/);
});

test('a secret is not printed', () => {
  const text = printConfig(wholeSchema, load('modules: { di_dial: { password: hunter2 } }'));
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /# password: \(a secret, not shown\)/);
});
