import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedRouting, type RoutingConfig } from '../../../core/call/index.ts';
import { Router } from '../../../core/call/routing.ts';

const loaded = ['echo', 'conference', 'webconference', 'announcement', 'voicemail'];

interface Case {
  readonly rules: RoutingConfig;
  readonly mapping?: readonly string[];
  readonly uri: string;
  readonly header?: string;
  readonly serves: string | null;
}

const cases: readonly Case[] = [
  { rules: [{ application: 'echo' }], uri: 'sip:x@h', serves: 'echo' },
  { rules: [{ application: '$(ruri.user)' }], uri: 'sip:echo@h', serves: 'echo' },
  { rules: [{ application: '$(ruri.user)' }], uri: 'sip:ec%68o@h', serves: null },
  { rules: [{ application: '$(ruri.user)' }], uri: 'sip:echo:secret@h', serves: 'echo' },
  { rules: [{ application: '$(ruri.user)' }], uri: 'sip:h', serves: null },
  { rules: [{ application: '$(ruri.param)' }], uri: 'sip:x@h;app=echo;y=1', serves: 'echo' },
  { rules: [{ application: '$(apphdr)' }], uri: 'sip:x@h', header: 'voicemail', serves: 'voicemail' },
  { rules: [{ application: '$(mapping)' }], mapping: ['^sip:1=>echo'], uri: 'sip:101@h', serves: 'echo' },
  { rules: [{ application: '$(app_mapping)' }], mapping: ['# x', '', '9=>echo'], uri: 'sip:9@h', serves: 'echo' },
  { rules: [{ application: '$(mapping)' }], mapping: ['^sip:2=>echo'], uri: 'sip:101@h', serves: null },
  { rules: [{ match: '^sip:(.*)-room@', application: '\\1' }], uri: 'sip:conference-room@h', serves: 'conference' },
  { rules: [{ match: 'ECHO', application: 'echo' }], uri: 'sip:echo@h', serves: null },
  { rules: [{ application: 'absent' }, { application: 'echo' }], uri: 'sip:x@h', serves: 'echo' },
  { rules: embeddedRouting, uri: 'sip:600@h', serves: 'echo' },
  { rules: embeddedRouting, uri: 'sip:512@h', serves: 'conference' },
  { rules: embeddedRouting, uri: 'sip:5123@h', serves: null },
  { rules: embeddedRouting, uri: 'sip:welcome@h', serves: 'announcement' },
  { rules: embeddedRouting, uri: 'sip:nobody@h', serves: null },
  { rules: [{ application: 'echo' }], uri: `sip:${'x'.repeat(5000)}@h`, serves: null },
];

for (const { rules, mapping = [], uri, header = null, serves } of cases) {
  const shown = rules === embeddedRouting ? 'the embedded rules' : JSON.stringify(rules);
  test(`${uri.slice(0, 40)} by ${shown} is served by ${serves} {routing}`, () => {
    const router = new Router(rules, mapping);
    assert.equal(
      router.route({ uri, applicationHeader: header }, (name) => loaded.includes(name))?.application ?? null,
      serves,
    );
  });
}

test('the embedded rules tell in the 404 what can be dialled {routing}', () => {
  const all = new Router(embeddedRouting, []).notFoundReason(() => true);
  assert.equal(all, 'Not Found (try echo, 600, conference, 5xx, webconference, room-name, welcome)');
  const some = new Router(embeddedRouting, []).notFoundReason((name) => name === 'echo');
  assert.equal(some, 'Not Found (try echo, 600)');
  assert.equal(
    new Router([{ application: 'echo' }], []).notFoundReason(() => true),
    'Not Found',
  );
});

test('a rule or mapping line that makes no sense is refused with its place {routing}', () => {
  assert.throws(() => new Router([{ match: '(', application: 'echo' }], []), /routing\[0\]\.match/);
  assert.throws(() => new Router([], ['echo']), /calls\.mapping\[0\]/);
});
