import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWebCallTo, type OwnAddresses } from '../../../core/call/web-call.ts';
import type { Flow } from '../../../core/sip/index.ts';

const own = (): OwnAddresses => ({ hosts: new Set(['localhost', '10.0.0.1', '::1']), ports: new Set([5060, 5062]) });
const page = (more: Partial<Flow> = {}): Flow =>
  ({
    transport: 'ws',
    trusted: true,
    pageHost: 'pbx.example',
    local: { address: '10.0.0.1', port: 8090 },
    ...more,
  }) as Flow;

test('a page calls other hosts, and other ports of this machine, through us {webrtc} {b2bua}', () => {
  const foreign = ['sip:bob@10.0.0.2', 'sips:bob@phones.example', 'sip:bob@10.0.0.1:5070', 'sip:bob@[::1]:5070'];
  for (const uri of foreign) assert.equal(isWebCallTo(uri, page(), own), true, uri);
});

test('what is ours is no call through us, by whatever name and port we listen {webrtc} {b2bua}', () => {
  const ours = ['sip:echo@PBX.example', 'sip:echo@localhost', 'sip:echo@10.0.0.1:5060', 'sip:echo@[::1]:5062'];
  for (const uri of [...ours, 'sip:echo@10.0.0.1:8090', 'tel:+4312345', 'echo'])
    assert.equal(isWebCallTo(uri, page(), own), false, uri);
});

test('phones, and pages that are not trusted, have no such way {webrtc} {b2bua}', () => {
  for (const flow of [page({ transport: 'udp' }), page({ trusted: false })])
    assert.equal(isWebCallTo('sip:bob@10.0.0.2', flow, own), false);
});
