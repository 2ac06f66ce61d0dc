import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sipTarget } from '../../../../clients/web/sip/target.ts';

const cases: readonly [typed: string, uri: string | null][] = [
  ['echo', 'sip:echo@pbx.example'],
  [' 600 ', 'sip:600@pbx.example'],
  ['+49 (30) 123-45.6', 'sip:+4930123456@pbx.example'],
  ['*21#', 'sip:*21%23@pbx.example'],
  ['sip:bob@example.com', 'sip:bob@example.com'],
  ['SIPS:bob@example.com;transport=tcp', 'sips:bob@example.com;transport=tcp'],
  ['bob@[2001:db8::1]:5070', 'sip:bob@[2001:db8::1]:5070'],
  ['<sip:bob@example.com>', 'sip:bob@example.com'],
  ['tel:+49-30-1234', 'sip:+49301234@pbx.example'],
  ['room-lobby', 'sip:room-lobby@pbx.example'],
  ['', null],
  ['bob and alice', null],
  ['bob@', null],
  ['@example.com', null],
  ['a@b@c', null],
  ['bob@exa mple', null],
  ['b"ob', null],
  ['bob\r\nVia: x', null],
  ['x'.repeat(401), null],
];

for (const [typed, uri] of cases) {
  test(`${JSON.stringify(typed.slice(0, 40))} is ${uri ?? 'no address'} {web-phone}`, () => {
    assert.equal(sipTarget(typed, 'pbx.example'), uri);
  });
}
