import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DialRules } from '../../../core/call/dial-rules.ts';
import { mayDial } from '../../../core/call/may-dial.ts';
import { CodedError } from '../../../core/runtime/index.ts';

interface Lists {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly gateways?: Record<string, string>;
}

const rulesOf = ({ allow = [], deny = [], gateways = {} }: Lists): DialRules =>
  new DialRules({ allow: [...allow], deny: [...deny], gateways });

function verdict(lists: Lists, uri: string): 'yes' | 'ask the address' | string {
  try {
    const permit = mayDial(rulesOf(lists), uri);
    return permit.admits('198.51.100.7') ? 'yes' : 'ask the address';
  } catch (fault) {
    assert(fault instanceof CodedError);
    return fault.code;
  }
}

const cases: readonly (readonly [lists: Lists, uri: string, verdict: string])[] = [
  [{}, 'sip:a@127.0.0.1', 'yes'],
  [{}, 'sip:a@[::1]:5070', 'yes'],
  [{}, 'sip:a@10.1.2.3', 'yes'],
  [{}, 'sip:a@172.31.0.1', 'yes'],
  [{}, 'sip:a@172.32.0.1', 'dial.forbidden'],
  [{}, 'sip:a@192.168.1.1', 'yes'],
  [{}, 'sip:a@[::ffff:8.8.8.8]', 'dial.forbidden'],
  [{}, 'sip:a@[::ffff:10.0.0.1]', 'yes'],
  [{}, 'sip:a@8.8.8.8', 'dial.forbidden'],
  [{}, 'sip:a@pbx.example.org', 'ask the address'],
  [{}, 'tel:+4930123', 'dial.forbidden'],
  [{}, 'http://x', 'dial.failed'],
  [{}, 'sip:a@127.0.0.1;maddr=8.8.8.8', 'dial.forbidden'],
  [{ allow: ['pbx.example.org'] }, 'sip:a@PBX.example.org', 'yes'],
  [{ allow: ['*.example.org'] }, 'sip:a@pbx.example.org', 'yes'],
  [{ allow: ['*.example.org'] }, 'sip:a@badexample.org', 'ask the address'],
  [{ allow: ['8.8.0.0/16'] }, 'sip:a@8.8.8.8', 'yes'],
  [{ allow: ['+49'] }, 'tel:+49-30-123', 'yes'],
  [{ allow: ['+49'] }, 'tel:+4330123', 'dial.forbidden'],
  [{ allow: ['*'] }, 'sip:a@8.8.8.8', 'yes'],
  [{ gateways: { pstn: 'gw.example.net:5080' } }, 'sip:+4930@gw.example.net:5080', 'yes'],
  [{ allow: ['*'], deny: ['+4990'] }, 'sip:+4990123@gw.example.net', 'dial.forbidden'],
  [{ deny: ['10.0.0.0/8'] }, 'sip:a@10.1.2.3', 'dial.forbidden'],
  [{ allow: ['*'], deny: ['198.51.100.0/24'] }, 'sip:a@pbx.example.org', 'ask the address'],
];

for (const [lists, uri, expected] of cases) {
  test(`${uri} with ${JSON.stringify(lists)}: ${expected} {may-dial}`, () => {
    assert.equal(verdict(lists, uri), expected);
  });
}

test('a refusal names the host and the key to change {may-dial}', () => {
  assert.throws(() => mayDial(rulesOf({}), 'sip:a@8.8.8.8'), /8\.8\.8\.8 .*dial\.allow/);
});

test('a host that no rule names is judged by its addresses {may-dial}', () => {
  const permit = mayDial(rulesOf({}), 'sip:a@pbx.example.org');
  assert.equal(permit.admits('10.0.0.1'), true);
  assert.equal(permit.admits('8.8.8.8'), false);
});

test('an entry that is nothing is refused when the server starts', () => {
  assert.throws(() => rulesOf({ allow: ['10.0.0.0/99'] }), /dial\.allow/);
});
